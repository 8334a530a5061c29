-- The author of a device: asked at each pull, for its pass.
CREATE INDEX author_device ON author (device);

-- Lists of what is held are ordered, counted and narrowed without the rows: what came lies before their last columns, so reading
-- one reads all of what came.
CREATE INDEX quarantine_listed ON quarantine (released_at IS NOT NULL, id DESC, unit, courier, released_at);
-- How many are held of a unit, and which of a device.
CREATE INDEX quarantine_open_unit ON quarantine (unit) WHERE released_at IS NULL;
CREATE INDEX quarantine_open_courier ON quarantine (courier, document, unit) WHERE released_at IS NULL;

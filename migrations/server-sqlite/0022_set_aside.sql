-- What an administrator set aside is settled without having been let in: whether it comes again or is asked after, it counts as held.
ALTER TABLE quarantine ADD COLUMN set_aside INTEGER NOT NULL DEFAULT 0 CHECK (set_aside IN (0, 1));

-- The household heads of a premises, for its page.
CREATE INDEX person_home ON person (home_facility) WHERE home_facility IS NOT NULL;

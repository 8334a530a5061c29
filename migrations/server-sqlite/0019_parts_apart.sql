-- Inspections whose signed parts clash: few, and listed with the other clashes.
CREATE INDEX inspection_apart ON inspection (document) WHERE json_extract(summary, '$.apart') > 0;

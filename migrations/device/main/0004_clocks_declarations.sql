-- What the server saw of the clocks of devices that were off: their spans as CBOR. Only such devices are here.
CREATE TABLE device_clock (
  device BLOB PRIMARY KEY,
  spans  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Premises in which a declaration waits for an officer: what the first screen asks for.
CREATE INDEX facility_declared ON facility_index (document)
  WHERE json_extract(summary, '$.declarations_waiting') > 0;

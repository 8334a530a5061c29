-- When a device last told of itself: its version, its clock, what it had not sent. Before it did, nothing is known of these,
-- whatever stands in the columns. Until now it told that with every push, and nothing else was noted as an exchange.
ALTER TABLE device ADD COLUMN told_at INTEGER;
UPDATE device SET told_at = last_exchange_at;

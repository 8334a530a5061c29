-- The review queue shows the gravest first and, of equal gravity, the longest waiting: how many checks failed no longer
-- counts. What stood before the last six digits was the gravity.
UPDATE inspection SET danger = danger / 1000000;

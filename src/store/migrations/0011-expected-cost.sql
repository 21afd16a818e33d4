-- What a job was expected to cost when its pipeline was made: milliseconds that its node would be billed for, what its
-- leases could be at most, and the price then (nano-yen an hour). basis: `runs:N` (median of so many earlier runs),
-- `share:P` (so many per cent of its limit), `manual` (only if somebody starts it).
CREATE TABLE job_estimates (
  job_id INTEGER PRIMARY KEY,
  pipeline_id INTEGER NOT NULL,
  project_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  pool TEXT NOT NULL,
  simulated INTEGER NOT NULL,
  expected_ms INTEGER NOT NULL,
  most_ms INTEGER NOT NULL,
  price INTEGER NOT NULL,
  basis TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE INDEX job_estimates_pipeline ON job_estimates (pipeline_id);
CREATE INDEX job_estimates_project ON job_estimates (project_id, pipeline_id);
CREATE INDEX jobs_by_name ON jobs (project_id, name, id);
CREATE INDEX jobs_by_node ON jobs (node_id) WHERE node_id IS NOT NULL;

-- What people should know of the month's money, in the order it happened. A row is written with the deed, never
-- changed but for when somebody was told; the key says which deeds are one and the same.
CREATE TABLE budget_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  month TEXT NOT NULL,
  simulated INTEGER,
  detail TEXT NOT NULL,
  at INTEGER NOT NULL,
  told_at INTEGER
) STRICT;

CREATE INDEX budget_events_untold ON budget_events (id) WHERE told_at IS NULL;

-- Thresholds that were told of before events had a table of their own.
INSERT INTO budget_events (key, kind, month, simulated, detail, at, told_at)
  SELECT 'threshold ' || month || ' ' || simulated || ' ' || threshold, 'threshold', month, simulated,
    json_object('threshold', threshold, 'committedYen', committed_yen, 'budgetYen', budget_yen), at, told_at
  FROM budget_alerts ORDER BY at, threshold;
DROP TABLE budget_alerts;

-- The least of four lengths that an entry fits into: a query for a stretch of time then looks, for each of them, only
-- at entries that begin within that length before it, and an old month does not read all that came later.
ALTER TABLE ledger_entries ADD COLUMN reach INTEGER GENERATED ALWAYS AS (
  CASE
    WHEN to_at - from_at <= 3600000 THEN 3600000
    WHEN to_at - from_at <= 86400000 THEN 86400000
    WHEN to_at - from_at <= 2764800000 THEN 2764800000
    ELSE 1000000000000000
  END
) VIRTUAL;
DROP INDEX ledger_entries_span;
CREATE INDEX ledger_entries_reach ON ledger_entries (reach, from_at);

-- From the earlier beginning to the later end of a correction and what it replaces: the months that it changed.
ALTER TABLE ledger_entries ADD COLUMN touched_from INTEGER;
ALTER TABLE ledger_entries ADD COLUMN touched_to INTEGER;
UPDATE ledger_entries SET
  touched_from = (SELECT MIN(o.from_at, ledger_entries.from_at) FROM ledger_entries o WHERE o.id = ledger_entries.replaces),
  touched_to = (SELECT MAX(o.to_at, ledger_entries.to_at) FROM ledger_entries o WHERE o.id = ledger_entries.replaces)
  WHERE replaces IS NOT NULL;
CREATE INDEX ledger_entries_touched ON ledger_entries (touched_from, touched_to) WHERE replaces IS NOT NULL;

-- Running sums for the decisions on the budget: milliseconds of the current entries inside a stretch (a month), by
-- price. Every new entry and every correction keeps them; they can be made again from the entries at any time.
CREATE TABLE summed_spans (
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  PRIMARY KEY (from_at, to_at)
) STRICT, WITHOUT ROWID;

-- project_id is 0 for entries of no project.
CREATE TABLE entry_sums (
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  simulated INTEGER NOT NULL,
  project_id INTEGER NOT NULL,
  price INTEGER NOT NULL,
  ms INTEGER NOT NULL,
  PRIMARY KEY (from_at, to_at, simulated, project_id, price)
) STRICT, WITHOUT ROWID;

-- A closed day counts for the time zone that it was closed in; the empty one is whichever was configured then.
ALTER TABLE closed_days ADD COLUMN time_zone TEXT NOT NULL DEFAULT '';

-- How many of a fixed cost there are; the price is that of one.
ALTER TABLE fixed_costs ADD COLUMN count INTEGER NOT NULL DEFAULT 1;

-- Which job had a node from when to when, on the node's own time (as its interval is booked). `ordered` is the job
-- that a node was ordered for, which may never have run there.
CREATE TABLE job_spans (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  node_id TEXT NOT NULL,
  ordered INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  job_name TEXT NOT NULL,
  pipeline_id INTEGER NOT NULL,
  project_id INTEGER NOT NULL,
  user_id INTEGER NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER
) STRICT;

CREATE INDEX job_spans_node ON job_spans (node_id, id);

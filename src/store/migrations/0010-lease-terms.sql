-- Why a stretch was billed: within what was paid beforehand, let past the budget, without an order, or past the lease.
ALTER TABLE ledger_entries ADD COLUMN kind TEXT NOT NULL DEFAULT 'paid'
  CHECK (kind IN ('paid', 'allowed', 'orphan', 'overrun'));

-- JSON: stretches of the lease in order, each `{ untilMs, kind }`; null for one stretch, told by forced_by.
ALTER TABLE leases ADD COLUMN terms TEXT;
-- The monotonic clock at the opening, and the boot of the machine that it belongs to.
ALTER TABLE leases ADD COLUMN opened_boot TEXT;
ALTER TABLE leases ADD COLUMN opened_monotonic INTEGER;

-- What happened to the money that no check could prevent; a row is written with the deed, before anybody is told.
CREATE TABLE ledger_events (
  node_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('allowed', 'orphan', 'overrun')),
  pool TEXT NOT NULL,
  simulated INTEGER NOT NULL,
  project_id INTEGER,
  price INTEGER NOT NULL,
  forced_by TEXT,
  over_ms INTEGER NOT NULL,
  at INTEGER NOT NULL,
  told_at INTEGER,
  PRIMARY KEY (node_id, kind)
) STRICT, WITHOUT ROWID;

CREATE INDEX ledger_events_untold ON ledger_events (at) WHERE told_at IS NULL;

-- Why a stretch was billed: within what was paid beforehand, let past the budget, without an order, or past the lease.
ALTER TABLE ledger_entries ADD COLUMN kind TEXT NOT NULL DEFAULT 'paid'
  CHECK (kind IN ('paid', 'allowed', 'orphan', 'overrun'));

-- JSON: stretches of the lease in order, each `{ untilMs, kind }`; null for one stretch, told by forced_by.
ALTER TABLE leases ADD COLUMN terms TEXT;
-- The monotonic clock at the opening, and the boot of the machine that it belongs to.
ALTER TABLE leases ADD COLUMN opened_boot TEXT;
ALTER TABLE leases ADD COLUMN opened_monotonic INTEGER;
-- How long the node had existed when it first spoke, by a monotonic clock; null before that.
ALTER TABLE leases ADD COLUMN spoke_ms INTEGER;

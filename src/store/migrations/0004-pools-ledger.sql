-- Money: leases are prepaid, entries are what was billed. Times are wall milliseconds, durations milliseconds,
-- prices nano-yen an hour; a product of the two is never stored (it would not fit).
CREATE TABLE leases (
  node_id TEXT PRIMARY KEY,
  pool TEXT NOT NULL,
  price INTEGER NOT NULL,
  vm TEXT,
  region TEXT,
  simulated INTEGER NOT NULL,
  project_id INTEGER,
  opened_at INTEGER NOT NULL,
  leased_ms INTEGER NOT NULL,
  seen_ms INTEGER NOT NULL DEFAULT 0,
  forced_by TEXT,
  closed INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX leases_open ON leases (closed) WHERE closed = 0;

-- What a node was billed for. An entry is never changed: a correction is a new entry that names the one it replaces.
CREATE TABLE ledger_entries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  node_id TEXT NOT NULL,
  pool TEXT NOT NULL,
  price INTEGER NOT NULL,
  vm TEXT,
  region TEXT,
  simulated INTEGER NOT NULL,
  project_id INTEGER,
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  source TEXT NOT NULL CHECK (source IN ('provider', 'node', 'bounded')),
  replaces INTEGER UNIQUE REFERENCES ledger_entries(id),
  reason TEXT,
  booked_at INTEGER NOT NULL
) STRICT;

CREATE INDEX ledger_entries_span ON ledger_entries (to_at, from_at);
CREATE INDEX ledger_entries_node ON ledger_entries (node_id);

-- A closed day keeps its T_n; a correction closes it again with the next revision, and the last one counts.
CREATE TABLE closed_days (
  day TEXT NOT NULL,
  revision INTEGER NOT NULL,
  closed_at INTEGER NOT NULL,
  PRIMARY KEY (day, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE day_times (
  day TEXT NOT NULL,
  revision INTEGER NOT NULL,
  pool TEXT NOT NULL,
  price INTEGER NOT NULL,
  simulated INTEGER NOT NULL,
  nodes INTEGER NOT NULL,
  ms INTEGER NOT NULL,
  PRIMARY KEY (day, revision, pool, price, simulated, nodes)
) STRICT, WITHOUT ROWID;

-- What costs by its mere existence (a load balancer, an address).
CREATE TABLE fixed_costs (
  name TEXT NOT NULL,
  formula TEXT NOT NULL,
  price INTEGER NOT NULL,
  simulated INTEGER NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER,
  PRIMARY KEY (name, from_at)
) STRICT;

-- The month's limit where it was set by command; counts while seto.yaml still says what it said then.
CREATE TABLE budget_setting (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  yen REAL NOT NULL,
  config_yen REAL NOT NULL,
  actor TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE job_allowances (
  job_id INTEGER PRIMARY KEY,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;

-- Nodes as intents: the row is committed before the provider is asked.
CREATE TABLE nodes (
  id TEXT PRIMARY KEY,
  pool TEXT NOT NULL,
  site TEXT NOT NULL,
  demand_kind TEXT NOT NULL,
  demand_id TEXT NOT NULL,
  home TEXT NOT NULL,
  project_id INTEGER,
  protected_ref INTEGER,
  state TEXT NOT NULL CHECK (state IN ('ordered', 'up', 'draining', 'ending', 'ended')),
  ordered_at INTEGER NOT NULL,
  enrolled_at INTEGER,
  beat_at INTEGER,
  activity TEXT NOT NULL DEFAULT 'idle',
  activity_since INTEGER,
  job_id INTEGER,
  ran_ms INTEGER,
  end_reason TEXT,
  ended_at INTEGER
) STRICT;

CREATE INDEX nodes_alive ON nodes (pool) WHERE state <> 'ended';
CREATE INDEX nodes_ended ON nodes (pool, ended_at) WHERE state = 'ended';

CREATE TABLE node_tokens (
  hash TEXT PRIMARY KEY,
  node_id TEXT NOT NULL REFERENCES nodes(id),
  kind TEXT NOT NULL CHECK (kind IN ('bootstrap', 'node')),
  used_at INTEGER
) STRICT;

CREATE INDEX node_tokens_node ON node_tokens (node_id);

CREATE TABLE pool_states (
  pool TEXT PRIMARY KEY,
  held TEXT CHECK (held IN ('paused', 'restored')),
  actor TEXT,
  at INTEGER NOT NULL
) STRICT;

-- The latest wall clock time seen, so that a clock that ran backwards is noticed after a start too.
CREATE TABLE clock_watch (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  wall INTEGER NOT NULL
) STRICT;

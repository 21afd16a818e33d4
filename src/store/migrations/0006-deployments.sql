-- Endpoints, their keys and releases; what was predicted, what was true, and the retrainings that followed.
CREATE TABLE endpoints (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  project_id INTEGER NOT NULL,
  open INTEGER NOT NULL DEFAULT 0,
  memory_mb INTEGER NOT NULL,
  keep INTEGER NOT NULL,
  sequence INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  removed_at INTEGER
) STRICT;

CREATE TABLE endpoint_keys (
  hash TEXT PRIMARY KEY,
  endpoint_id INTEGER NOT NULL REFERENCES endpoints(id),
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE releases (
  id TEXT PRIMARY KEY,
  endpoint_id INTEGER NOT NULL REFERENCES endpoints(id),
  image TEXT NOT NULL,
  image_digest TEXT NOT NULL,
  model_digest TEXT,
  model_name TEXT,
  pipeline_id INTEGER,
  actor TEXT NOT NULL,
  ungated INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('starting', 'healthy', 'live', 'draining', 'retired', 'failed', 'gone')),
  reason TEXT,
  wanted INTEGER NOT NULL,
  since INTEGER NOT NULL,
  upstream TEXT,
  created_at INTEGER NOT NULL,
  live_at INTEGER
) STRICT;
CREATE INDEX releases_by_endpoint ON releases (endpoint_id, state);
CREATE UNIQUE INDEX one_live_release ON releases (endpoint_id) WHERE state = 'live';

CREATE TABLE routing (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  revision INTEGER NOT NULL
) STRICT;
INSERT INTO routing (one, revision) VALUES (1, 1);

CREATE TABLE predictions (
  id TEXT PRIMARY KEY,
  endpoint_id INTEGER NOT NULL REFERENCES endpoints(id),
  release_id TEXT NOT NULL,
  model_digest TEXT,
  at INTEGER NOT NULL,
  reference TEXT,
  part TEXT,
  label TEXT NOT NULL,
  score REAL NOT NULL,
  decision TEXT,
  statistics TEXT,
  picture_sha256 TEXT,
  picture_size INTEGER,
  segment TEXT,
  picture_offset INTEGER,
  feedback TEXT,
  feedback_at INTEGER,
  dataset_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX predictions_newest ON predictions (endpoint_id, at, decision);
CREATE INDEX predictions_of_model ON predictions (endpoint_id, model_digest, at);
CREATE INDEX predictions_by_reference ON predictions (endpoint_id, reference, at) WHERE reference IS NOT NULL;
CREATE INDEX predictions_labelled ON predictions (endpoint_id, model_digest, feedback_at) WHERE feedback IS NOT NULL;
CREATE INDEX predictions_new_labels ON predictions (endpoint_id, feedback_at)
  WHERE feedback IS NOT NULL AND dataset_at IS NULL AND segment IS NOT NULL;
CREATE INDEX predictions_by_segment ON predictions (segment) WHERE segment IS NOT NULL;

CREATE TABLE prediction_segments (
  name TEXT PRIMARY KEY,
  bytes INTEGER NOT NULL,
  newest_at INTEGER NOT NULL
) STRICT;

CREATE TABLE feedback (
  id TEXT PRIMARY KEY,
  endpoint_id INTEGER NOT NULL REFERENCES endpoints(id),
  prediction_id TEXT,
  reference TEXT,
  label TEXT NOT NULL,
  given_by TEXT NOT NULL,
  at INTEGER NOT NULL,
  matched TEXT
) STRICT;
CREATE INDEX feedback_waiting ON feedback (endpoint_id, reference, prediction_id) WHERE matched IS NULL;

CREATE TABLE retrainings (
  id TEXT PRIMARY KEY,
  endpoint_id INTEGER NOT NULL REFERENCES endpoints(id),
  project_id INTEGER NOT NULL,
  data TEXT NOT NULL,
  ref TEXT NOT NULL,
  reason TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('planned', 'snapshot', 'started', 'failed')),
  snapshot_id TEXT,
  pipeline_id INTEGER,
  problem TEXT,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX retrainings_newest ON retrainings (endpoint_id, created_at);

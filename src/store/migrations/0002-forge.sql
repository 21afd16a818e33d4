-- Pipelines, their jobs (one row an attempt), and what belongs to them.
CREATE TABLE pipelines (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id INTEGER NOT NULL,
  iid INTEGER NOT NULL,
  name TEXT,
  ref TEXT NOT NULL,
  ref_type TEXT NOT NULL CHECK (ref_type IN ('branch', 'tag')),
  protected_ref INTEGER NOT NULL,
  sha TEXT NOT NULL,
  before_sha TEXT NOT NULL,
  source TEXT NOT NULL,
  status TEXT NOT NULL,
  user_id INTEGER NOT NULL,
  variables TEXT NOT NULL,
  plan_variables TEXT NOT NULL,
  auto_cancel TEXT NOT NULL,
  problems TEXT NOT NULL,
  commit_info TEXT NOT NULL,
  published INTEGER NOT NULL DEFAULT 0,
  idempotency_key TEXT UNIQUE,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  UNIQUE (project_id, iid)
) STRICT;
CREATE INDEX pipelines_by_ref ON pipelines (project_id, ref, id);
CREATE INDEX pipelines_open ON pipelines (status) WHERE finished_at IS NULL;

CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  pipeline_id INTEGER NOT NULL REFERENCES pipelines(id),
  project_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  stage TEXT NOT NULL,
  stage_index INTEGER NOT NULL,
  status TEXT NOT NULL,
  plan TEXT NOT NULL,
  tags TEXT NOT NULL,
  image TEXT,
  resource_group TEXT,
  timeout_ms INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  auto_retries INTEGER NOT NULL DEFAULT 0,
  lost_retries INTEGER NOT NULL DEFAULT 0,
  newest INTEGER NOT NULL DEFAULT 1,
  token_hash TEXT UNIQUE,
  runner_id INTEGER,
  node_id TEXT,
  pool TEXT,
  site TEXT,
  graceful INTEGER NOT NULL DEFAULT 0,
  pending_reason TEXT,
  failure_reason TEXT,
  exit_code INTEGER,
  coverage REAL,
  dotenv TEXT,
  created_at INTEGER NOT NULL,
  queued_at INTEGER,
  scheduled_at INTEGER,
  started_at INTEGER,
  cancel_at INTEGER,
  finished_at INTEGER
) STRICT;
CREATE INDEX jobs_by_pipeline ON jobs (pipeline_id);
CREATE INDEX jobs_by_project ON jobs (project_id, id);
CREATE INDEX jobs_open ON jobs (status, queued_at) WHERE finished_at IS NULL;

CREATE TABLE artifacts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id INTEGER NOT NULL REFERENCES jobs(id),
  type TEXT NOT NULL,
  format TEXT NOT NULL,
  filename TEXT NOT NULL,
  object_key TEXT NOT NULL,
  size INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  summary TEXT,
  expires_at INTEGER,
  created_at INTEGER NOT NULL,
  UNIQUE (job_id, type)
) STRICT;
CREATE INDEX artifacts_by_expiry ON artifacts (expires_at);

-- Objects whose row is gone (or never came) and that are still to be deleted.
CREATE TABLE artifact_leftovers (
  object_key TEXT PRIMARY KEY,
  since INTEGER NOT NULL
) STRICT;

CREATE TABLE variables (
  project_id INTEGER NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  masked INTEGER NOT NULL,
  protected INTEGER NOT NULL,
  file INTEGER NOT NULL,
  raw INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE runners (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  token_hash TEXT UNIQUE,
  description TEXT NOT NULL,
  node_id TEXT UNIQUE,
  pool TEXT,
  site TEXT NOT NULL CHECK (site IN ('cloud', 'onprem')),
  tags TEXT NOT NULL,
  run_untagged INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  contacted_at INTEGER,
  removed_at INTEGER
) STRICT;

CREATE TABLE job_sessions (
  token_hash TEXT PRIMARY KEY,
  job_id INTEGER NOT NULL REFERENCES jobs(id),
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE issuer_keys (
  kid TEXT PRIMARY KEY,
  public_jwk TEXT NOT NULL,
  private_jwk TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- A push from before git writes the ref until its pipeline stands (intent row).
CREATE TABLE pushes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id INTEGER NOT NULL,
  ref TEXT NOT NULL,
  old_sha TEXT NOT NULL,
  new_sha TEXT NOT NULL,
  user_id INTEGER NOT NULL,
  skip INTEGER NOT NULL,
  variables TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- The last commit of each branch and tag that was looked at for a pipeline.
CREATE TABLE seen_refs (
  project_id INTEGER NOT NULL,
  ref TEXT NOT NULL,
  sha TEXT NOT NULL,
  PRIMARY KEY (project_id, ref)
) STRICT, WITHOUT ROWID;

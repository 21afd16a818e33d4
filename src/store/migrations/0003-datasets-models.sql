-- Data sets and their snapshots, the bytes a project may name, models, verdicts, and where everything came from.
CREATE TABLE project_blobs (
  project_id INTEGER NOT NULL,
  sha256 BLOB NOT NULL,
  size INTEGER NOT NULL,
  pinned_until INTEGER NOT NULL,
  PRIMARY KEY (project_id, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX project_blobs_by_digest ON project_blobs (sha256);

CREATE TABLE datasets (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  project_id INTEGER NOT NULL,
  shared INTEGER NOT NULL DEFAULT 0,
  group_pattern TEXT,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE snapshots (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  dataset_id INTEGER NOT NULL REFERENCES datasets(id),
  id TEXT NOT NULL,
  files INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  manifest_bytes INTEGER NOT NULL,
  labels TEXT NOT NULL,
  base TEXT,
  actor TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (dataset_id, id)
) STRICT;

CREATE TABLE data_pins (
  pipeline_id INTEGER NOT NULL,
  dataset_id INTEGER NOT NULL,
  snapshot_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (pipeline_id, dataset_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE data_pulls (
  job_id INTEGER NOT NULL,
  pipeline_id INTEGER NOT NULL,
  dataset_id INTEGER NOT NULL,
  snapshot_id TEXT NOT NULL,
  split TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (job_id, dataset_id, snapshot_id, split)
) STRICT, WITHOUT ROWID;

CREATE TABLE models (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  project_id INTEGER NOT NULL,
  shared INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE model_versions (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  model_id INTEGER NOT NULL REFERENCES models(id),
  digest TEXT NOT NULL,
  files TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  manifest TEXT NOT NULL,
  pipeline_id INTEGER,
  job_id INTEGER,
  actor TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (model_id, digest)
) STRICT;
CREATE INDEX model_versions_by_digest ON model_versions (digest);

CREATE TABLE metrics (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id INTEGER NOT NULL,
  model_digest TEXT,
  pipeline_id INTEGER,
  job_id INTEGER,
  name TEXT NOT NULL,
  value REAL NOT NULL,
  step INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX metrics_by_model ON metrics (project_id, model_digest);
CREATE INDEX metrics_by_pipeline ON metrics (pipeline_id);

CREATE TABLE verdicts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project_id INTEGER NOT NULL,
  model_digest TEXT NOT NULL,
  model_name TEXT NOT NULL,
  passed INTEGER NOT NULL,
  verdict TEXT NOT NULL,
  snapshot_id TEXT,
  pipeline_id INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX verdicts_by_model ON verdicts (model_digest, project_id);

CREATE TABLE lineage (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  subject TEXT NOT NULL,
  relation TEXT NOT NULL,
  object TEXT NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE (subject, relation, object)
) STRICT;
CREATE INDEX lineage_by_object ON lineage (object);

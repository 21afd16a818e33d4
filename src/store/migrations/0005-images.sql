-- The registry: bytes once, links that make them visible to a repository, manifests with what they refer to, tags,
-- unfinished uploads; and which pipeline made which image.
CREATE TABLE registry_blobs (
  digest TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE registry_links (
  repository TEXT NOT NULL,
  digest TEXT NOT NULL REFERENCES registry_blobs(digest),
  pinned_until INTEGER NOT NULL,
  PRIMARY KEY (repository, digest)
) STRICT, WITHOUT ROWID;

CREATE INDEX registry_links_by_digest ON registry_links (digest);

CREATE TABLE registry_manifests (
  repository TEXT NOT NULL,
  digest TEXT NOT NULL,
  project_id INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  artifact_type TEXT,
  annotations TEXT,
  subject TEXT,
  content BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (repository, digest)
) STRICT;

CREATE INDEX registry_manifests_by_subject ON registry_manifests (repository, subject);

CREATE TABLE registry_references (
  repository TEXT NOT NULL,
  manifest TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (repository, manifest, digest)
) STRICT, WITHOUT ROWID;

CREATE INDEX registry_references_by_digest ON registry_references (repository, digest);

CREATE TABLE registry_tags (
  repository TEXT NOT NULL,
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (repository, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE registry_uploads (
  id TEXT PRIMARY KEY,
  repository TEXT NOT NULL,
  received INTEGER NOT NULL,
  chunks INTEGER NOT NULL,
  touched_at INTEGER NOT NULL
) STRICT;

CREATE TABLE images (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  digest TEXT NOT NULL,
  repository TEXT NOT NULL,
  project_id INTEGER NOT NULL,
  pipeline_id INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  model_digest TEXT NOT NULL,
  tag TEXT,
  created_at INTEGER NOT NULL,
  UNIQUE (pipeline_id, digest)
) STRICT;

CREATE INDEX images_by_project ON images (project_id, id);

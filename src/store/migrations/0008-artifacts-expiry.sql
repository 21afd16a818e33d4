-- Until when a job's archive was to be kept: it outlives the artifact's own row, so that a job that needs the archive
-- can be told from one that needs a job which left none.
ALTER TABLE jobs ADD COLUMN artifacts_expire_at INTEGER;
UPDATE jobs SET artifacts_expire_at =
  (SELECT expires_at FROM artifacts WHERE job_id = jobs.id AND type = 'archive');

import type { JobPrincipal, TokenSource } from '../../identity/principal.ts';
import type { Store } from '../../store/store.ts';
import { heldStatuses, type JobRow } from './job-rows.ts';
import { pipelineById } from './pipeline-rows.ts';

/** Job tokens and sessions speak for an attempt as long as a runner holds it. */
export function jobTokens(store: Store): TokenSource {
  return {
    find: (hash) => {
      const row =
        store.get<JobRow>('SELECT * FROM jobs WHERE token_hash = ?', hash) ??
        store.get<JobRow>(
          'SELECT jobs.* FROM job_sessions JOIN jobs ON jobs.id = job_id WHERE job_sessions.token_hash = ?',
          hash,
        );
      return row ? jobPrincipal(store, row) : null;
    },
  };
}

/** Whom an attempt acts as; null where no runner holds it. */
export function jobPrincipal(store: Store, row: JobRow): JobPrincipal | null {
  if (!heldStatuses.includes(row.status) || row.site === null) return null;
  const pipeline = pipelineById(store, row.pipeline_id);
  if (!pipeline) return null;
  return {
    kind: 'job',
    jobId: row.id,
    projectId: row.project_id,
    pipelineId: row.pipeline_id,
    userId: pipeline.user_id,
    ref: pipeline.ref,
    protectedRef: pipeline.protected_ref === 1,
    site: row.site,
    nodeId: row.node_id,
  };
}

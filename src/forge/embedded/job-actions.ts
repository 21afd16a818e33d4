import { fault, missing } from '../../shared/errors.ts';
import { advancePipeline, cancelAttempt } from './advance-pipeline.ts';
import type { ForgeContext } from './forge-context.ts';
import { finalStatuses, insertRetry, type JobRow, jobById, newestJobs, stateOf } from './job-rows.ts';
import { type PipelineRow, pipelineById } from './pipeline-rows.ts';
import { startedStatus, toReconsider } from './pipelines/states.ts';

/** What people do to pipelines and jobs. Each writes its audit row in its own transaction. */
export interface JobActions {
  cancelPipeline(pipelineId: number, actor: string): void;
  /** Repeats what failed or was cancelled, and what was skipped because of it. */
  retryPipeline(pipelineId: number, actor: string): void;
  cancelJob(jobId: number, actor: string, reason?: 'spending_stopped'): void;
  /** A new attempt of a finished job; returns its id. */
  retryJob(jobId: number, actor: string): number;
  /** Starts a manual or delayed job now. */
  playJob(jobId: number, actor: string): void;
}

export function createJobActions(ctx: ForgeContext): JobActions {
  const { store, clock, identity } = ctx;
  const job = (id: number): JobRow => {
    const row = jobById(store, id);
    if (!row) throw missing('job', id);
    return row;
  };
  const pipeline = (id: number): PipelineRow => {
    const row = pipelineById(store, id);
    if (!row) throw missing('pipeline', id);
    return row;
  };
  /** Lets a job start regardless of its stage: a person asked for it. */
  const enqueue = (id: number, resourceGroup: string | null) =>
    store.run(
      'UPDATE jobs SET status = ?, queued_at = ?, scheduled_at = NULL WHERE id = ?',
      startedStatus({ resourceGroup }),
      clock.now(),
      id,
    );
  /** What was skipped because of these jobs is looked at again. */
  const reconsider = (pipelineId: number, names: readonly string[]) => {
    const states = newestJobs(store, pipelineId).map(stateOf);
    for (const id of new Set(names.flatMap((name) => toReconsider(states, name))))
      store.run("UPDATE jobs SET status = 'created', finished_at = NULL WHERE id = ?", id);
  };
  const actions: JobActions = {
    cancelPipeline: (id, actor) =>
      store.transaction(() => {
        pipeline(id);
        for (const row of newestJobs(store, id)) cancelAttempt(ctx, row);
        identity.audit(actor, 'pipeline.cancel', `pipeline:${id}`);
        advancePipeline(ctx, id);
      }),
    retryPipeline: (id, actor) =>
      store.transaction(() => {
        pipeline(id);
        const again = newestJobs(store, id).filter(
          (row) => row.status === 'failed' || row.status === 'canceled',
        );
        if (again.length === 0) throw fault('forge.nothing_to_retry', { pipeline: id });
        for (const row of again) insertRetry(store, row, clock.now(), { autoRetries: 0, lostRetries: 0 });
        reconsider(
          id,
          again.map((row) => row.name),
        );
        identity.audit(actor, 'pipeline.retry', `pipeline:${id}`);
        advancePipeline(ctx, id);
      }),
    cancelJob: (id, actor, reason) =>
      store.transaction(() => {
        const row = job(id);
        if (finalStatuses.includes(row.status)) return;
        cancelAttempt(ctx, row, reason);
        identity.audit(actor, 'job.cancel', `job:${id}`, reason === undefined ? {} : { reason });
        advancePipeline(ctx, row.pipeline_id);
      }),
    retryJob: (id, actor) =>
      store.transaction(() => {
        const row = job(id);
        if (row.newest === 0 || !finalStatuses.includes(row.status))
          throw fault('forge.job_state', { job: id, name: row.name, status: row.status, action: 'retry' });
        const next = insertRetry(store, row, clock.now(), { autoRetries: 0, lostRetries: 0 });
        enqueue(next, row.resource_group);
        reconsider(row.pipeline_id, [row.name]);
        identity.audit(actor, 'job.retry', `job:${id}`, { next });
        advancePipeline(ctx, row.pipeline_id);
        return next;
      }),
    playJob: (id, actor) =>
      store.transaction(() => {
        const row = job(id);
        if (row.status !== 'manual' && row.status !== 'scheduled')
          throw fault('forge.job_state', { job: id, name: row.name, status: row.status, action: 'play' });
        enqueue(id, row.resource_group);
        reconsider(row.pipeline_id, [row.name]);
        identity.audit(actor, 'job.play', `job:${id}`);
        advancePipeline(ctx, row.pipeline_id);
      }),
  };
  return actions;
}

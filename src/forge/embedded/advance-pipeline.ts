import type { RunnerInfo } from '../forge.ts';
import type { ForgeContext } from './forge-context.ts';
import {
  finalStatuses,
  heldStatuses,
  insertRetry,
  type JobRow,
  jobById,
  newestJobs,
  stateOf,
  tagsOf,
} from './job-rows.ts';
import { autoCancelOf, pipelineById } from './pipeline-rows.ts';
import { nextStates } from './pipelines/states.ts';
import { mayFail, pipelineStatus } from './pipelines/status.ts';

type Deps = Pick<ForgeContext, 'store' | 'clock' | 'changes' | 'admission'>;

/** Moves the jobs of a pipeline as far as their states allow, and the pipeline's own state with them. One transaction. */
export function advancePipeline(deps: Deps, pipelineId: number): void {
  const { store, clock, changes } = deps;
  store.transaction(() => {
    const pipeline = pipelineById(store, pipelineId);
    if (!pipeline || pipeline.published === 0) return;
    const now = clock.now();
    // Each round moves at least one job forward, and a job has few states: the bound only stops a mistake.
    for (let round = 0; round < 2000; round += 1) {
      const rows = newestJobs(store, pipelineId);
      const steps = nextStates(rows.map(stateOf));
      if (steps.length === 0) break;
      for (const step of steps) {
        const row = rows.find((each) => each.id === step.id);
        if (!row) continue;
        if (step.type === 'retry') insertRetry(store, row, now, { autoRetries: row.auto_retries + 1 });
        else
          store.run(
            'UPDATE jobs SET status = ?, queued_at = ?, scheduled_at = ?, finished_at = ?, pending_reason = NULL WHERE id = ?',
            step.to,
            step.to === 'pending' ? now : row.queued_at,
            step.to === 'scheduled' ? now + (step.startInMs ?? 0) : null,
            finalStatuses.includes(step.to) ? now : null,
            row.id,
          );
      }
      grantResources(deps, pipeline.project_id);
    }
    if (autoCancelOf(pipeline).onJobFailure === 'all' && hardFailure(newestJobs(store, pipelineId)))
      for (const row of newestJobs(store, pipelineId)) cancelAttempt(deps, row);
    grantResources(deps, pipeline.project_id);
    writeStatus(deps, pipelineId);
    store.afterCommit(changes.ring);
  });
}

/** Writes a pipeline's state from its jobs'. */
function writeStatus({ store, clock }: Deps, pipelineId: number): void {
  const rows = newestJobs(store, pipelineId);
  const status = pipelineStatus(rows.map(stateOf));
  const over = finalStatuses.some((each) => each === status);
  store.run(
    `UPDATE pipelines SET status = ?, finished_at = ?, started_at = COALESCE(started_at, ?) WHERE id = ?`,
    status,
    over ? clock.now() : null,
    rows.some((row) => row.started_at !== null) ? clock.now() : null,
    pipelineId,
  );
}

function hardFailure(rows: readonly JobRow[]): boolean {
  return rows.some((row) => row.status === 'failed' && !mayFail(stateOf(row).allowFailure, row.exit_code));
}

/** Gives each free resource group of a project to the job that waited longest. */
export function grantResources(deps: Deps, projectId: number): void {
  const { store, clock } = deps;
  const waiting = store.all<{ id: number; resource_group: string; pipeline_id: number }>(
    "SELECT id, resource_group, pipeline_id FROM jobs WHERE project_id = ? AND status = 'waiting_for_resource' AND finished_at IS NULL ORDER BY id",
    projectId,
  );
  for (const job of waiting) {
    const taken = store.get(
      "SELECT 1 FROM jobs WHERE project_id = ? AND resource_group = ? AND status IN ('pending', 'running', 'canceling') AND finished_at IS NULL",
      projectId,
      job.resource_group,
    );
    if (taken) continue;
    store.run("UPDATE jobs SET status = 'pending', queued_at = ? WHERE id = ?", clock.now(), job.id);
    writeStatus(deps, job.pipeline_id);
  }
}

/** Who holds an attempt, as pools see it; null where nobody does. */
export function holderOf(row: JobRow, store: Deps['store']): RunnerInfo | null {
  if (row.runner_id === null || row.site === null) return null;
  const runner = store.get<{ tags: string }>('SELECT tags FROM runners WHERE id = ?', row.runner_id);
  return {
    runnerId: row.runner_id,
    nodeId: row.node_id,
    pool: row.pool,
    site: row.site,
    tags: runner ? tagsOf(runner) : [],
  };
}

/**
 * Ends an attempt for good: its token and sessions die in the same transaction, so the next attempt never writes beside
 * it. False where it was over already. `lost` = its runner went silent; such an attempt is repeated once by itself.
 */
export function finishAttempt(
  deps: Deps,
  jobId: number,
  end: {
    status: 'success' | 'failed' | 'canceled';
    failureReason?: string | null;
    exitCode?: number | null;
    lost?: boolean;
  },
): boolean {
  const { store, clock, admission } = deps;
  return store.transaction(() => {
    const row = jobById(store, jobId);
    if (!row || !heldStatuses.includes(row.status)) return false;
    const status = row.cancel_at === null ? end.status : 'canceled';
    store.run(
      'UPDATE jobs SET status = ?, failure_reason = ?, exit_code = ?, token_hash = NULL, finished_at = ? WHERE id = ?',
      status,
      status === 'failed'
        ? (end.failureReason ?? 'unknown_failure')
        : status === 'canceled'
          ? row.failure_reason
          : null,
      end.exitCode ?? null,
      clock.now(),
      jobId,
    );
    store.run('DELETE FROM job_sessions WHERE job_id = ?', jobId);
    const holder = holderOf(row, store);
    if (holder) admission().released(jobId, holder);
    if (end.lost && status === 'failed' && row.lost_retries === 0) {
      insertRetry(store, row, clock.now(), { lostRetries: 1 });
    }
    advancePipeline(deps, row.pipeline_id);
    return true;
  });
}

/** Fails an attempt that waits for a runner and that none could run; nothing where it waits no more. */
export function failUnstarted(deps: Deps, jobId: number, failureReason: string): void {
  const { store, clock } = deps;
  store.transaction(() => {
    const row = jobById(store, jobId);
    if (row?.status !== 'pending') return;
    store.run(
      "UPDATE jobs SET status = 'failed', failure_reason = ?, pending_reason = NULL, finished_at = ? WHERE id = ?",
      failureReason,
      clock.now(),
      jobId,
    );
    advancePipeline(deps, row.pipeline_id);
  });
}

/**
 * Cancels an attempt: at once where no runner has it, else its runner is told with its next word. `reason` stays with
 * it as why it ended.
 */
export function cancelAttempt({ store, clock }: Deps, row: JobRow, reason: string | null = null): void {
  if (heldStatuses.includes(row.status))
    store.run(
      "UPDATE jobs SET status = 'canceling', cancel_at = COALESCE(cancel_at, ?), failure_reason = ? WHERE id = ?",
      clock.now(),
      reason,
      row.id,
    );
  else if (!finalStatuses.includes(row.status))
    store.run(
      "UPDATE jobs SET status = 'canceled', pending_reason = NULL, scheduled_at = NULL, failure_reason = ?, finished_at = ? WHERE id = ?",
      reason,
      clock.now(),
      row.id,
    );
}

import { newToken, sha256 } from '../../shared/ids.ts';
import type { WaitingJob } from '../forge.ts';
import { advancePipeline, finishAttempt } from './advance-pipeline.ts';
import type { ForgeContext } from './forge-context.ts';
import { type JobRow, jobById, tagsOf } from './job-rows.ts';
import { expiredSources } from './needed-artifacts.ts';
import { type RunnerRow, runnerInfo } from './runners.ts';

/** What a runner says about itself with each request. */
export interface RunnerAbilities {
  executor: string;
  cancelsGracefully: boolean;
}

export interface Handed {
  job: JobRow;
  /** Shown once; only its hash is kept. */
  token: string;
}

/** Every job that could start now if a runner came, oldest first; none that lacks what it needs: no node is paid for it. */
export function waitingJobs(ctx: Pick<ForgeContext, 'store' | 'clock'>): WaitingJob[] {
  return ctx.store
    .all<JobRow & { protected_ref: number; user_id: number; doubtful: number }>(
      `SELECT jobs.*, protected_ref, user_id, EXISTS (SELECT 1 FROM jobs AS source
         WHERE source.pipeline_id = jobs.pipeline_id AND source.artifacts_expire_at <= ?) AS doubtful FROM jobs JOIN pipelines ON pipelines.id = pipeline_id
       WHERE jobs.status = 'pending' AND jobs.finished_at IS NULL AND published = 1 ORDER BY queued_at, jobs.id`,
      ctx.clock.now(),
    )
    .filter((row) => row.doubtful === 0 || expiredSources(ctx, row).length === 0)
    .map((row) => ({
      jobId: row.id,
      projectId: row.project_id,
      pipelineId: row.pipeline_id,
      userId: row.user_id,
      name: row.name,
      tags: tagsOf(row),
      image: row.image,
      protectedRef: row.protected_ref === 1,
      timeoutMs: row.timeout_ms,
      since: row.queued_at ?? row.created_at,
    }));
}

/** Runners whose executor starts what `image:` names; our process executor cannot. */
function runsImages(runner: RunnerRow, executor: string): boolean {
  return runner.node_id === null || /^(?:docker|kubernetes|podman)/.test(executor);
}

function fits(
  job: WaitingJob,
  runner: RunnerRow,
  tags: readonly string[],
  abilities: RunnerAbilities,
): boolean {
  if (job.tags.length === 0 ? runner.run_untagged === 0 : !job.tags.every((tag) => tags.includes(tag)))
    return false;
  return job.image === null || runsImages(runner, abilities.executor);
}

/**
 * Gives a runner the oldest job that fits it and that Admission lets go: one synchronous transaction, so two runners
 * never get one job and no lease is extended twice for the same room. Null where nothing fits.
 */
export function handOut(ctx: ForgeContext, runner: RunnerRow, abilities: RunnerAbilities): Handed | null {
  const { store, clock, admission, changes } = ctx;
  const tags = tagsOf(runner);
  return store.transaction(() => {
    for (const job of waitingJobs(ctx)) {
      if (!fits(job, runner, tags, abilities)) continue;
      const answer = admission().admit(job, runnerInfo(runner));
      if (answer !== 'go') {
        // `starting` only says that this node is not for it; why the job waits (a budget, say) the pools know better.
        if (answer.code !== 'starting') writeNote(ctx, job.jobId, JSON.stringify(answer));
        continue;
      }
      const token = newToken();
      store.run(
        `UPDATE jobs SET status = 'running', token_hash = ?, runner_id = ?, node_id = ?, pool = ?, site = ?, graceful = ?,
           started_at = ?, pending_reason = NULL WHERE id = ?`,
        sha256(token),
        runner.id,
        runner.node_id,
        runner.pool,
        runner.site,
        Number(abilities.cancelsGracefully),
        clock.now(),
        job.jobId,
      );
      advancePipeline(ctx, job.pipelineId);
      store.afterCommit(changes.ring);
      const row = jobById(store, job.jobId);
      if (!row) throw new Error(`job ${job.jobId} is gone inside its own transaction`);
      return { job: row, token };
    }
    return null;
  });
}

/** Takes back a job that never reached its runner (the connection was gone before the answer was written). */
export function takeBack(ctx: ForgeContext, { job, token }: Handed): void {
  withdraw(ctx, job, sha256(token));
}

/**
 * Takes back what a node of ours was given and never got. A node has one job at a time, so one that asks for the next
 * has none: the answer was lost on its way, or with the control plane that was killed as it wrote it. Runners that
 * somebody registered may run several; theirs are found by their silence. An attempt that began is void instead.
 */
export async function takeBackUnreceived(ctx: ForgeContext, runner: RunnerRow): Promise<void> {
  if (runner.node_id === null) return;
  for (const job of ctx.store.all<JobRow & { token_hash: string }>(
    `SELECT * FROM jobs WHERE runner_id = ? AND status IN ('running', 'canceling') AND finished_at IS NULL
       AND token_hash IS NOT NULL`,
    runner.id,
  )) {
    ctx.log.warn(
      { job: job.id, node: runner.node_id },
      'a job never reached its node; it is handed out again',
    );
    if (job.status === 'running' && (await ctx.traces.size(job.id)) === 0) withdraw(ctx, job, job.token_hash);
    else finishAttempt(ctx, job.id, { status: 'failed', failureReason: 'runner_system_failure', lost: true });
  }
}

function withdraw(ctx: ForgeContext, job: JobRow, tokenHash: string): void {
  const { store, admission, changes } = ctx;
  store.transaction(() => {
    const { changes: count } = store.run(
      `UPDATE jobs SET status = 'pending', token_hash = NULL, runner_id = NULL, node_id = NULL, pool = NULL, site = NULL,
         started_at = NULL WHERE id = ? AND status = 'running' AND token_hash = ?`,
      job.id,
      tokenHash,
    );
    if (count === 0 || job.runner_id === null || job.site === null) return;
    admission().released(job.id, {
      runnerId: job.runner_id,
      nodeId: job.node_id,
      pool: job.pool,
      site: job.site,
      tags: [],
    });
    advancePipeline(ctx, job.pipeline_id);
    store.afterCommit(changes.ring);
  });
}

/** Why a pending job waits; written only where it changes, since every poll would write it again. */
export function writeNote(
  { store }: Pick<ForgeContext, 'store'>,
  jobId: number,
  reason: string | null,
): void {
  store.run(
    "UPDATE jobs SET pending_reason = ? WHERE id = ? AND status = 'pending' AND pending_reason IS NOT ?",
    reason,
    jobId,
    reason,
  );
}

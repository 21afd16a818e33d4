import { advancePipeline, finishAttempt } from './advance-pipeline.ts';
import type { Artifacts } from './artifacts.ts';
import type { ForgeContext } from './forge-context.ts';
import type { Liveness } from './liveness.ts';
import { failWithoutArtifacts } from './needed-artifacts.ts';
import { startedStatus } from './pipelines/states.ts';

/** The runner ends a job at its timeout; the server only where the runner did not, with room for after_script and uploads. */
const timeoutSlackMs = 15 * 60_000;
const artifactEveryMs = 60_000;
/** Oftener costs a look into every repository; less often leaves thousands of small files. */
const tidyEveryMs = 6 * 3_600_000;

/** What time alone brings about: silence, delays, timeouts, expiry. `tick` is one look at the clock. */
export interface Sweep {
  tick(): void;
  /** Looks every second until aborted. */
  run(signal: AbortSignal): Promise<void>;
}

export function createSweep(ctx: ForgeContext, liveness: Liveness, artifacts: Artifacts): Sweep {
  const { store, clock, log, identity, repositories } = ctx;
  let artifactsAt = Number.NEGATIVE_INFINITY;
  let tidiedAt = clock.monotonic();
  const tidy = async () => {
    for (const project of identity.projects.list())
      if (repositories.exists(project.path)) await repositories.tidy(project.path);
  };
  const startDelayed = () =>
    store.transaction(() => {
      for (const job of store.all<{ id: number; pipeline_id: number; resource_group: string | null }>(
        "SELECT id, pipeline_id, resource_group FROM jobs WHERE status = 'scheduled' AND finished_at IS NULL AND scheduled_at <= ?",
        clock.now(),
      )) {
        store.run(
          'UPDATE jobs SET status = ?, queued_at = ?, scheduled_at = NULL WHERE id = ?',
          startedStatus({ resourceGroup: job.resource_group }),
          clock.now(),
          job.id,
        );
        advancePipeline(ctx, job.pipeline_id);
      }
    });
  const endOverdue = () => {
    for (const { id } of store.all<{ id: number }>(
      "SELECT id FROM jobs WHERE status IN ('running', 'canceling') AND finished_at IS NULL AND started_at + timeout_ms + ? < ?",
      timeoutSlackMs,
      clock.now(),
    ))
      finishAttempt(ctx, id, { status: 'failed', failureReason: 'job_execution_timeout' });
  };
  const report = (message: string) => (error: unknown) => log.error({ err: error }, message);
  const tick = () => {
    liveness.judge();
    startDelayed();
    endOverdue();
    failWithoutArtifacts(ctx).catch(report('a job without what it needs could not be failed'));
    if (clock.monotonic() - artifactsAt >= artifactEveryMs) {
      artifactsAt = clock.monotonic();
      artifacts.sweep().catch(report('expired artifacts could not be deleted'));
    }
    if (clock.monotonic() - tidiedAt >= tidyEveryMs) {
      tidiedAt = clock.monotonic();
      tidy().catch(report('a repository could not be tidied'));
    }
  };
  return {
    tick,
    run: async (signal) => {
      while (!signal.aborted) {
        try {
          tick();
        } catch (error) {
          log.error({ err: error }, 'a look at the jobs failed; the next is in a second');
        }
        await clock.sleep(1000, signal);
      }
    },
  };
}

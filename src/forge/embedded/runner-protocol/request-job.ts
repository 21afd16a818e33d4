import type { ForgeContext } from '../forge-context.ts';
import { handOut, type RunnerAbilities, takeBack, takeBackUnreceived } from '../hand-out.ts';
import type { JobRow } from '../job-rows.ts';
import type { Runners } from '../runners.ts';

/** GitLab suggests 50 s: longer meets the 60 s limits of proxies, shorter asks more often for nothing. */
const holdMs = 50_000;

/** What a runner says with `POST jobs/request`. */
export interface RequestJobBody {
  last_update?: string | undefined;
  info?:
    | { executor: string; features?: { cancel_gracefully: boolean } | null | undefined }
    | null
    | undefined;
}

export interface RequestJobReply {
  /** Null: nothing fits (204). */
  payload: object | null;
  /** X-GitLab-Last-Update. */
  lastUpdate: string;
}

/**
 * Holds a runner's request until a job fits it, for at most 50 s. A runner that does not know the cursor yet
 * (`last_update`) is answered at once unless it is a node of ours: older runners do not expect to wait.
 */
export async function requestJob(
  ctx: ForgeContext,
  deps: {
    runners: Runners;
    /** Told apart from other starts, so that an old cursor never looks current. */
    startId: string;
    payload(job: JobRow, token: string): Promise<object>;
    heard(jobId: number): void;
  },
  runnerId: number,
  body: RequestJobBody,
  signal: AbortSignal,
): Promise<RequestJobReply> {
  const { changes, clock } = ctx;
  const abilities: RunnerAbilities = {
    executor: body.info?.executor ?? '',
    cancelsGracefully: body.info?.features?.cancel_gracefully ?? false,
  };
  const until = clock.monotonic() + holdMs;
  deps.runners.seen(runnerId);
  const asking = deps.runners.byId(runnerId);
  if (asking) await takeBackUnreceived(ctx, asking);
  for (;;) {
    const count = changes.count;
    const runner = deps.runners.byId(runnerId);
    if (!runner || signal.aborted) return { payload: null, lastUpdate: cursor(deps.startId, count) };
    const handed = handOut(ctx, runner, abilities);
    if (handed) {
      deps.heard(handed.job.id);
      try {
        const payload = await deps.payload(handed.job, handed.token);
        if (!signal.aborted) return { payload, lastUpdate: cursor(deps.startId, changes.count) };
      } catch (error) {
        takeBack(ctx, handed);
        throw error;
      }
      takeBack(ctx, handed);
      return { payload: null, lastUpdate: cursor(deps.startId, changes.count) };
    }
    const left = until - clock.monotonic();
    const waits = runner.node_id !== null || body.last_update !== undefined;
    if (left <= 0 || !waits) return { payload: null, lastUpdate: cursor(deps.startId, count) };
    await changes.next(count, left, signal);
  }
}

function cursor(startId: string, count: number): string {
  return `${startId}.${count}`;
}

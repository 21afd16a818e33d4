import { finishAttempt } from './advance-pipeline.ts';
import type { ForgeContext } from './forge-context.ts';

/** An attempt whose runner says nothing for so long is void. */
export const silentMs = 60_000;
/** After a start runners get this long to come back before anything is judged. */
export const graceAfterStartMs = 120_000;

/** Remembers when each attempt's runner last spoke, on the monotonic clock. */
export interface Liveness {
  heard(jobId: number): void;
  /** Voids attempts whose runners went silent; call it about once a second. */
  judge(): void;
}

export function createLiveness(ctx: ForgeContext): Liveness {
  const { store, clock, log } = ctx;
  const last = new Map<number, number>();
  const startedAt = clock.monotonic();
  return {
    heard: (jobId) => {
      last.set(jobId, clock.monotonic());
    },
    judge: () => {
      const held = store.all<{ id: number }>(
        "SELECT id FROM jobs WHERE status IN ('running', 'canceling') AND finished_at IS NULL",
      );
      const now = clock.monotonic();
      for (const { id } of held) {
        const heard = last.get(id);
        const deadline = heard === undefined ? startedAt + graceAfterStartMs : heard + silentMs;
        if (now < deadline) continue;
        log.warn({ job: id }, 'the runner of this attempt went silent: the attempt is void');
        finishAttempt(ctx, id, { status: 'failed', failureReason: 'runner_system_failure', lost: true });
      }
      if (last.size > held.length) {
        const ids = new Set(held.map((job) => job.id));
        for (const id of last.keys()) if (!ids.has(id)) last.delete(id);
      }
    },
  };
}

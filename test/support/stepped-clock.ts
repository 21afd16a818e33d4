import type { Clock } from '../../src/shared/clock.ts';

/** The real clock, but a test may let any time pass at once: for drivers whose machines are real processes. */
export interface SteppedClock extends Clock {
  advance(ms: number): void;
}

export function steppedClock(): SteppedClock {
  let ahead = 0;
  const monotonic = () => performance.now() + ahead;
  const sleepers = new Set<{ at: number; wake(): void }>();
  return {
    now: () => Math.round(Date.now() + ahead),
    monotonic,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper = {
          at: monotonic() + ms,
          wake: () => {
            clearTimeout(timer);
            sleepers.delete(sleeper);
            resolve();
          },
        };
        const timer = setTimeout(sleeper.wake, ms);
        sleepers.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake, { once: true });
      }),
    advance: (ms) => {
      ahead += ms;
      for (const sleeper of [...sleepers]) if (sleeper.at <= monotonic()) sleeper.wake();
    },
  };
}

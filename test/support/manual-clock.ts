import type { Clock } from '../../src/shared/clock.ts';

/** A clock that only moves when told. Sleepers wake in order of time as it passes them. */
export interface ManualClock extends Clock {
  /** Both clocks go forward. */
  advance(ms: number): Promise<void>;
  /** The wall clock alone jumps, as when somebody sets it. */
  jump(ms: number): void;
}

export function manualClock(start = Date.UTC(2026, 10, 10, 3)): ManualClock {
  let wall = start;
  let steady = 0;
  const sleepers: { at: number; wake: () => void }[] = [];
  return {
    now: () => wall,
    monotonic: () => steady,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper = { at: steady + ms, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener(
          'abort',
          () => {
            const at = sleepers.indexOf(sleeper);
            if (at >= 0) sleepers.splice(at, 1);
            resolve();
          },
          { once: true },
        );
      }),
    advance: async (ms) => {
      const end = steady + ms;
      for (;;) {
        sleepers.sort((one, other) => one.at - other.at);
        const [next] = sleepers;
        if (next === undefined || next.at > end) break;
        sleepers.shift();
        wall += Math.max(0, next.at - steady);
        steady = Math.max(steady, next.at);
        next.wake();
        await new Promise((resolve) => setImmediate(resolve));
      }
      wall += end - steady;
      steady = end;
    },
    jump: (ms) => {
      wall += ms;
    },
  };
}

import type { Clock } from '../../../src/shared/clock.ts';

/** Time as it truly passes, and this machine's clocks, which may be set wrong or begin anew. */
export interface WorldClock extends Clock {
  /** Milliseconds since the month began; never anything else. */
  steady(): number;
  /** True wall clock. */
  trueWall(): number;
  /** Goes forward to that steady time; sleepers wake as it passes them. */
  advanceTo(steadyMs: number): Promise<void>;
  /** Our wall clock alone jumps. */
  jump(ms: number): void;
  /** Nobody sleeps any more (the process died); after a boot the monotonic clock begins anew. */
  restart(boot: boolean): void;
  boot(): string;
}

export function worldClock(start: number): WorldClock {
  let steady = 0;
  let offset = 0;
  let booted = 0;
  let boots = 0;
  let sleepers: { at: number; wake: () => void }[] = [];
  return {
    steady: () => steady,
    trueWall: () => start + steady,
    now: () => start + steady + offset,
    // An ordinary machine has been up for a while.
    monotonic: () => steady - booted + 1_000_000,
    boot: () => `boot-${boots}`,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper = { at: steady + ms, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', () => {
          const at = sleepers.indexOf(sleeper);
          if (at >= 0) sleepers.splice(at, 1);
          resolve();
        });
      }),
    advanceTo: async (target) => {
      while (sleepers.length > 0) {
        sleepers.sort((one, other) => one.at - other.at);
        const [next] = sleepers;
        if (next === undefined || next.at > target) break;
        sleepers.shift();
        steady = Math.max(steady, next.at);
        next.wake();
        await settled();
      }
      steady = Math.max(steady, target);
    },
    jump: (ms) => {
      offset += ms;
    },
    restart: (boot) => {
      sleepers = [];
      if (!boot) return;
      boots += 1;
      booted = steady;
    },
  };
}

/** Everything that can go on without time passing has gone on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

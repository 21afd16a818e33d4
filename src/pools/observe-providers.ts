import type { Clock } from '../shared/clock.ts';
import type { Log } from '../shared/log.ts';
import type { ClockWatch } from './clock-watch.ts';
import type { Pool } from './pool.ts';
import { within } from './within.ts';

/** A provider's call that takes longer is asked again: it may have hung, and asking twice is harmless. */
export const callLimitMs = 60_000;

/**
 * How long the pass that asked waits for what providers say; passes after it do not. Longer, and one that hangs holds up
 * the jobs of all other pools; shorter, and ever more passes know nothing of a slow one.
 */
const patienceMs = 3000;

/** What each provider runs, by pool; a pool is missing where its provider did not answer yet. */
export type Observed = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Asks every provider for its time and for what it runs. An answer that comes later than a pass waits is the next one's:
 * all that is done by it is idempotent, and asked again of the provider before anything is booked.
 */
export function createObserver({
  clock,
  clockWatch,
  log,
}: {
  clock: Clock;
  clockWatch: ClockWatch;
  log: Log;
}): (pools: Iterable<Pool>) => Promise<Observed> {
  const asking = new Map<string, Promise<void>>();
  let answers = new Map<string, ReadonlySet<string>>();

  const ask = async ({ config: { name }, driver, price }: Pool): Promise<void> => {
    try {
      const providerNow = price === null ? null : await within(clock, callLimitMs, driver.now());
      if (providerNow !== null) clockWatch.heard(name, providerNow);
      const started = await within(clock, callLimitMs, driver.started());
      answers.set(name, new Set(started));
    } catch (error) {
      log.warn({ pool: name, err: error }, 'the provider did not answer');
    } finally {
      asking.delete(name);
    }
  };

  return async (pools) => {
    const asked: Promise<void>[] = [];
    for (const pool of pools) {
      if (asking.has(pool.config.name)) continue;
      const answer = ask(pool);
      asking.set(pool.config.name, answer);
      asked.push(answer);
    }
    await within(clock, patienceMs, Promise.all(asked)).catch(() => undefined);
    const seen = answers;
    answers = new Map();
    return seen;
  };
}

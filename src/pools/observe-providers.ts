import type { Clock } from '../shared/clock.ts';
import type { Log } from '../shared/log.ts';
import type { ClockWatch } from './clock-watch.ts';
import type { Pool } from './pool.ts';
import { within } from './within.ts';

/** A provider's call that takes longer is asked again: it may have hung, and asking twice is harmless. */
export const callLimitMs = 60_000;

/** Asks every provider for its time and for what it runs: node ids by pool, null where it did not answer. */
export async function observeProviders(
  pools: Iterable<Pool>,
  { clock, clockWatch, log }: { clock: Clock; clockWatch: ClockWatch; log: Log },
): Promise<Map<string, ReadonlySet<string> | null>> {
  const seen = new Map<string, ReadonlySet<string> | null>();
  await Promise.all(
    [...pools].map(async ({ config, driver, price }) => {
      try {
        const providerNow = price === null ? null : await within(clock, callLimitMs, driver.now());
        if (providerNow !== null) clockWatch.heard(config.name, providerNow);
        seen.set(config.name, new Set(await within(clock, callLimitMs, driver.started())));
      } catch (error) {
        log.warn({ pool: config.name, err: error }, 'the provider did not answer');
        seen.set(config.name, null);
      }
    }),
  );
  return seen;
}

import type { WaitReason } from '../forge/forge.ts';
import type { Clock } from '../shared/clock.ts';
import type { Store } from '../store/store.ts';

/** Notices a wall clock that cannot be trusted with a month's border. */
export interface ClockWatch {
  /** Why billed starts wait; null where the clock is sound. */
  trouble(): WaitReason | null;
  /** Notes the present time; called at each tick. */
  note(): void;
  /** A provider told its time now, wall milliseconds; it is counted on from here by the monotonic clock. */
  heard(pool: string, providerNow: number): void;
  /** The provider's time as it must be now; null where it told none. */
  providerNow(pool: string): number | null;
  /** An administrator says that the present time is right: a later one seen before was the wrong one. */
  accept(): void;
}

/** Steps of this size are an ordinary correction by NTP. */
const toleratedMs = 2000;
/** Away from the provider's clock by more than this is a wrong date, not a slow answer. */
const providerMs = 5 * 60_000;

export function createClockWatch(store: Store, clock: Clock): ClockWatch {
  /** By pool, what to add to the monotonic clock for the provider's time. */
  const providers = new Map<string, number>();
  let latest = store.get<{ wall: number }>('SELECT wall FROM clock_watch WHERE id = 1')?.wall ?? 0;
  let persisted = latest;
  const persist = (): void => {
    store.run(
      'INSERT INTO clock_watch (id, wall) VALUES (1, ?) ON CONFLICT DO UPDATE SET wall = excluded.wall',
      latest,
    );
    persisted = latest;
  };
  return {
    trouble: () => {
      const now = clock.now();
      if (latest - now > toleratedMs)
        return { code: 'clock', values: { minutes: Math.ceil((latest - now) / 60_000) } };
      for (const [pool, offset] of providers) {
        const apartMs = Math.abs(clock.monotonic() + offset - now);
        if (apartMs > providerMs)
          return { code: 'clock_provider', values: { pool, minutes: Math.round(apartMs / 60_000) } };
      }
      return null;
    },
    heard: (pool, providerNow) => void providers.set(pool, providerNow - clock.monotonic()),
    providerNow: (pool) => {
      const offset = providers.get(pool);
      return offset === undefined ? null : clock.monotonic() + offset;
    },
    note: () => {
      latest = Math.max(latest, clock.now());
      // Once a minute is enough to bound a step over a start, and costs one fsync.
      if (latest - persisted >= 60_000) persist();
    },
    accept: () => {
      latest = clock.now();
      persist();
    },
  };
}

import { dayOf, daySpan, daysOf, type Span } from '../cost/calendar.ts';
import { type NodeTimes, sweep } from '../cost/sweep.ts';
import type { Store } from '../store/store.ts';
import { entriesWithin, firstUse, openLeases } from './lease-rows.ts';

/** T_n of one pool at one price; simulated and real stay apart. */
export interface PoolTimes {
  pool: string;
  price: number;
  simulated: boolean;
  times: NodeTimes;
}

/** One interval as the sweep needs it. */
export interface PoolSpan extends Span {
  pool: string;
  price: number;
  simulated: boolean;
}

/** Sweeps every pool and price by itself. */
export function sweepPools(spans: readonly PoolSpan[], window: Span): PoolTimes[] {
  const groups = new Map<string, PoolSpan[]>();
  for (const span of spans) {
    const key = `${span.pool} ${span.price} ${span.simulated}`;
    groups.set(key, [...(groups.get(key) ?? []), span]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const times = sweep(group, window);
    return first === undefined || times.size === 0
      ? []
      : [{ pool: first.pool, price: first.price, simulated: first.simulated, times }];
  });
}

/** The latest revision of a day; 0 where it was never closed. */
export function revisionOf(store: Store, day: string): number {
  const row = store.get<{ revision: number | null }>(
    'SELECT MAX(revision) AS revision FROM closed_days WHERE day = ?',
    day,
  );
  return row?.revision ?? 0;
}

/** T_n of a closed day; null while it is open. */
export function closedDay(store: Store, day: string): PoolTimes[] | null {
  const revision = revisionOf(store, day);
  if (revision === 0) return null;
  const rows = store.all<{ pool: string; price: number; simulated: number; nodes: number; ms: number }>(
    'SELECT pool, price, simulated, nodes, ms FROM day_times WHERE day = ? AND revision = ? ORDER BY pool, price, nodes',
    day,
    revision,
  );
  const found = new Map<
    string,
    { pool: string; price: number; simulated: boolean; times: Map<number, number> }
  >();
  for (const row of rows) {
    const key = `${row.pool} ${row.price} ${row.simulated}`;
    const group = found.get(key) ?? {
      pool: row.pool,
      price: row.price,
      simulated: row.simulated === 1,
      times: new Map<number, number>(),
    };
    group.times.set(row.nodes, row.ms);
    found.set(key, group);
  }
  return [...found.values()];
}

/** Writes a day's T_n as its next revision. */
function closeDay(store: Store, timeZone: string, day: string, at: number): void {
  const span = daySpan(day, timeZone);
  const revision = revisionOf(store, day) + 1;
  store.run('INSERT INTO closed_days (day, revision, closed_at) VALUES (?, ?, ?)', day, revision, at);
  for (const { pool, price, simulated, times } of sweepPools(entriesWithin(store, span), span))
    for (const [nodes, ms] of times)
      store.run(
        'INSERT INTO day_times (day, revision, pool, price, simulated, nodes, ms) VALUES (?, ?, ?, ?, ?, ?, ?)',
        day,
        revision,
        pool,
        price,
        simulated ? 1 : 0,
        nodes,
        ms,
      );
}

/** Closed days that an interval booked late or corrected touches get a new revision. Inside a transaction. */
export function reopenDays(store: Store, timeZone: string, span: Span, at: number): void {
  for (const day of daysOf(span, timeZone))
    if (revisionOf(store, day) > 0) closeDay(store, timeZone, day, at);
}

/**
 * Closes each past day since the last closed one (or the first booked interval) that no open lease reaches into.
 * Returns how many were closed.
 */
export function closeDays(store: Store, timeZone: string, now: number): number {
  return store.transaction(() => {
    const last = store.get<{ day: string | null }>('SELECT MAX(day) AS day FROM closed_days')?.day ?? null;
    const first = firstUse(store);
    const from = last === null ? first : daySpan(last, timeZone).to;
    const today = daySpan(dayOf(now, timeZone), timeZone).from;
    const oldest = Math.min(today, ...openLeases(store).map((lease) => lease.openedAt));
    if (from === null || from >= oldest) return 0;
    let count = 0;
    for (const day of daysOf({ from, to: oldest }, timeZone)) {
      if (daySpan(day, timeZone).to > oldest) break;
      closeDay(store, timeZone, day, now);
      count += 1;
    }
    return count;
  });
}

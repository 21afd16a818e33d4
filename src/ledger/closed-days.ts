import { dayOf, daySpan, daysOf, type Span } from '../cost/calendar.ts';
import { type NodeTimes, sweep } from '../cost/sweep.ts';
import type { Store } from '../store/store.ts';
import { current, overlapping } from './entry-sums.ts';
import { firstUse, openLeases } from './lease-rows.ts';

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

/**
 * Days that one call of `closeDays` closes at most: some tenths of a second for a busy shop. Fewer, and an imported
 * ledger takes longer to be closed; more, and requests wait meanwhile.
 */
const daysAtOnce = 31;

/** What of pool, price and kind is swept together. */
export const poolKey = ({ pool, price, simulated }: Omit<PoolSpan, keyof Span>): string =>
  `${pool} ${price} ${simulated}`;

/** Sweeps every pool and price by itself. */
function sweepPools(spans: readonly PoolSpan[], window: Span): PoolTimes[] {
  const groups = Map.groupBy(spans, poolKey);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const times = sweep(group, window);
    return first === undefined || times.size === 0
      ? []
      : [{ pool: first.pool, price: first.price, simulated: first.simulated, times }];
  });
}

/** Sweeps day by day, going over the spans once. */
export function sweepDays(
  spans: readonly PoolSpan[],
  days: readonly string[],
  timeZone: string,
): { day: string; times: PoolTimes[] }[] {
  const waiting = [...spans].sort((one, other) => one.from - other.from);
  let next = 0;
  let reaching: PoolSpan[] = [];
  return days.map((day) => {
    const window = daySpan(day, timeZone);
    reaching = reaching.filter(({ to }) => to > window.from);
    for (let span = waiting[next]; span !== undefined && span.from < window.to; span = waiting[next]) {
      if (span.to > window.from) reaching.push(span);
      next += 1;
    }
    return { day, times: sweepPools(reaching, window) };
  });
}

/**
 * What the sweep needs of the current entries that overlap the span. The times of a pool and price come as two lists:
 * a row for each of a busy month's entries would take three times as long.
 */
export function spansWithin(store: Store, span: Span): PoolSpan[] {
  const groups = store.all<{ pool: string; price: number; simulated: number; starts: string; ends: string }>(
    `SELECT e.pool, e.price, e.simulated, json_group_array(e.from_at) AS starts, json_group_array(e.to_at) AS ends
     FROM ${overlapping} WHERE ${current} GROUP BY 1, 2, 3`,
    span.from,
    span.to,
  );
  return groups.flatMap(({ pool, price, simulated, starts, ends }) => {
    const to = JSON.parse(ends) as number[];
    return (JSON.parse(starts) as number[]).map((from, index) => ({
      pool,
      price,
      simulated: simulated === 1,
      from,
      to: to[index] ?? from,
    }));
  });
}

/** The latest revision of a day; 0 where it was never closed. */
function revisionOf(store: Store, day: string): number {
  const row = store.get<{ revision: number | null }>(
    'SELECT MAX(revision) AS revision FROM closed_days WHERE day = ?',
    day,
  );
  return row?.revision ?? 0;
}

/** The closed days from `first` to `last` and their T_n; a day closed in another time zone is open. */
export function closedDays(
  store: Store,
  timeZone: string,
  first: string,
  last: string,
): Map<string, PoolTimes[]> {
  const found = new Map<string, PoolTimes[]>();
  const latest = `SELECT day, MAX(revision) AS revision, time_zone FROM closed_days WHERE day BETWEEN ?1 AND ?2
    GROUP BY day HAVING time_zone IN ('', ?3)`;
  for (const { day } of store.all<{ day: string }>(latest, first, last, timeZone)) found.set(day, []);
  const rows = store.all<{
    day: string;
    pool: string;
    price: number;
    simulated: number;
    nodes: number;
    ms: number;
  }>(
    `SELECT t.day, pool, price, simulated, nodes, ms FROM (${latest}) d
     JOIN day_times t ON t.day = d.day AND t.revision = d.revision ORDER BY t.day, pool, price, simulated, nodes`,
    first,
    last,
    timeZone,
  );
  for (const [day, own] of Map.groupBy(rows, (row) => row.day))
    for (const group of Map.groupBy(own, (row) => `${row.pool} ${row.price} ${row.simulated}`).values()) {
      const [row] = group;
      if (row === undefined) continue;
      const times = new Map(group.map(({ nodes, ms }) => [nodes, ms]));
      found.get(day)?.push({ pool: row.pool, price: row.price, simulated: row.simulated === 1, times });
    }
  return found;
}

/** Writes a day's T_n as its next revision. */
function closeDay(
  store: Store,
  timeZone: string,
  day: string,
  swept: readonly PoolTimes[],
  at: number,
): void {
  const revision = revisionOf(store, day) + 1;
  store.run(
    'INSERT INTO closed_days (day, revision, closed_at, time_zone) VALUES (?, ?, ?, ?)',
    day,
    revision,
    at,
    timeZone,
  );
  for (const { pool, price, simulated, times } of swept)
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
  const days = daysOf(span, timeZone).filter((day) => revisionOf(store, day) > 0);
  for (const day of days) {
    const window = daySpan(day, timeZone);
    closeDay(store, timeZone, day, sweepPools(spansWithin(store, window), window), at);
  }
}

/**
 * Closes past days since the last closed one (or the first booked interval) that no open lease reaches into, a month
 * of them at a time. Returns how many were closed.
 */
export function closeDays(store: Store, timeZone: string, now: number): number {
  return store.transaction(() => {
    const last =
      store.get<{ day: string | null }>(
        "SELECT MAX(day) AS day FROM closed_days WHERE time_zone IN ('', ?)",
        timeZone,
      )?.day ?? null;
    const from = last === null ? firstUse(store) : daySpan(last, timeZone).to;
    const today = daySpan(dayOf(now, timeZone), timeZone).from;
    const oldest = Math.min(today, ...openLeases(store).map((lease) => lease.openedAt));
    if (from === null || from >= oldest) return 0;
    const days: string[] = [];
    let reach = daySpan(dayOf(from, timeZone), timeZone).from;
    const first = reach;
    while (days.length < daysAtOnce) {
      const day = dayOf(reach, timeZone);
      const { to } = daySpan(day, timeZone);
      if (to > oldest) break;
      days.push(day);
      reach = to;
    }
    for (const { day, times } of sweepDays(spansWithin(store, { from: first, to: reach }), days, timeZone))
      closeDay(store, timeZone, day, times, now);
    return days.length;
  });
}

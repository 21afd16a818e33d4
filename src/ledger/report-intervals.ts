import { monthSpan, overlapMs, type Span } from '../cost/calendar.ts';
import type { Store } from '../store/store.ts';
import type { LiveLease } from './budget.ts';
import { poolKey } from './closed-days.ts';
import { current, overlapping } from './entry-sums.ts';
import type { EndSource } from './lease-rows.ts';
import type { EntryKind } from './lease-terms.ts';

export interface ReportInterval {
  nodeId: string;
  pool: string;
  vm: string | null;
  simulated: boolean;
  /** Yen an hour at the time of use. */
  unitPrice: number;
  from: number;
  /** The end, or how far it has come. */
  to: number;
  /** `running`: not ended yet. */
  source: EndSource | 'running';
  /** Why it is billed; null while it runs. A node billed for two reasons has two intervals that touch. */
  kind: EntryKind | null;
  /** Why it replaced an earlier entry; null for a first one. */
  corrected: string | null;
}

export interface IntervalPage {
  month: string;
  timeZone: string;
  intervals: ReportInterval[];
  /** What to ask for the next page with; null on the last. */
  next: string | null;
}

/** The intervals of a month in the order they began, `limit` a page; those that run stand at the end of the last. */
export function intervalPage(input: {
  store: Store;
  timeZone: string;
  month: string;
  leases: readonly LiveLease[];
  after: string | null;
  limit: number;
}): IntervalPage {
  const { store, timeZone, month, leases, after, limit } = input;
  const span = monthSpan(month, timeZone);
  const [afterFrom = 0, afterId = 0] = (after ?? `${Number.MIN_SAFE_INTEGER}-0`)
    .split(/(?<=\d)-/)
    .map(Number);
  const rows = store.all<{
    id: number;
    node_id: string;
    pool: string;
    vm: string | null;
    simulated: number;
    price: number;
    from_at: number;
    to_at: number;
    source: EndSource;
    kind: EntryKind;
    reason: string | null;
  }>(
    `SELECT e.* FROM ${overlapping} WHERE ${current} AND (e.from_at, e.id) > (?3, ?4)
     ORDER BY e.from_at, e.id LIMIT ?5`,
    span.from,
    span.to,
    afterFrom,
    afterId,
    limit + 1,
  );
  const intervals = rows.slice(0, limit).map(
    (row): ReportInterval => ({
      nodeId: row.node_id,
      pool: row.pool,
      vm: row.vm,
      simulated: row.simulated === 1,
      unitPrice: row.price / 1e9,
      from: row.from_at,
      to: row.to_at,
      source: row.source,
      kind: row.kind,
      corrected: row.reason,
    }),
  );
  const last = rows[limit - 1];
  if (rows.length > limit && last !== undefined)
    return { month, timeZone, intervals, next: `${last.from_at}-${last.id}` };
  const running = leases
    .map(({ nodeId, pool, vm, simulated, price, openedAt, elapsedMs }): ReportInterval => {
      const to = openedAt + elapsedMs;
      const unitPrice = price / 1e9;
      return {
        nodeId,
        pool,
        vm,
        simulated,
        unitPrice,
        from: openedAt,
        to,
        source: 'running',
        kind: null,
        corrected: null,
      };
    })
    .filter((each) => overlapMs(each, span) > 0);
  return { month, timeZone, intervals: [...intervals, ...running], next: null };
}

/** How many nodes a pool had at a price, and on which machine. */
export interface IntervalCount {
  vm: string | null;
  ended: number;
  running: number;
}

/** Counts the nodes that were billed within a span by `poolKey`, the running ones apart. */
export function countIntervals(
  store: Store,
  span: Span,
  leases: readonly LiveLease[],
): Map<string, IntervalCount> {
  const counts = new Map<string, IntervalCount>();
  const of = (each: { pool: string; price: number; simulated: boolean; vm: string | null }) => {
    const key = poolKey(each);
    const count = counts.get(key) ?? { vm: each.vm, ended: 0, running: 0 };
    counts.set(key, count);
    return count;
  };
  for (const row of store.all<{
    pool: string;
    price: number;
    simulated: number;
    vm: string | null;
    n: number;
  }>(
    `SELECT e.pool, e.price, e.simulated, e.vm, COUNT(DISTINCT e.node_id) AS n FROM ${overlapping} WHERE ${current} GROUP BY 1, 2, 3, 4`,
    span.from,
    span.to,
  ))
    of({ ...row, simulated: row.simulated === 1 }).ended += row.n;
  for (const lease of leases)
    if (overlapMs({ from: lease.openedAt, to: lease.openedAt + lease.elapsedMs }, span) > 0)
      of(lease).running += 1;
  return counts;
}

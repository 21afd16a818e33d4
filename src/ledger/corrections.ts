import { overlapMs, type Span } from '../cost/calendar.ts';
import { units } from '../cost/money.ts';
import type { Store } from '../store/store.ts';
import type { EndSource } from './lease-rows.ts';

/** One entry and the one that replaced it; both stay in the ledger. */
export interface Correction {
  nodeId: string;
  pool: string;
  simulated: boolean;
  /** When it was corrected. */
  at: number;
  reason: string;
  was: Span & { source: EndSource };
  is: Span & { source: EndSource };
  /** What it changed within the span, exact units. */
  difference: bigint;
}

/** Corrections whose old or new interval overlaps the span, latest first, `limit` at most; and how many there are. */
export function corrections(
  store: Store,
  span: Span,
  limit: number,
): { count: number; latest: Correction[] } {
  // By the index on what corrections touched; `+n.id` keeps the planner from reading the whole ledger in its order.
  const touching = `FROM ledger_entries n CROSS JOIN ledger_entries o ON o.id = n.replaces
    WHERE n.replaces IS NOT NULL AND n.touched_from < ?2 AND n.touched_to > ?1
      AND (n.from_at < ?2 AND n.to_at > ?1 OR o.from_at < ?2 AND o.to_at > ?1)`;
  const count = store.get<{ n: number }>(`SELECT COUNT(*) AS n ${touching}`, span.from, span.to)?.n ?? 0;
  const rows = store.all<{
    node_id: string;
    pool: string;
    simulated: number;
    booked_at: number;
    reason: string | null;
    price: number;
    from_at: number;
    to_at: number;
    source: EndSource;
    old_price: number;
    old_from: number;
    old_to: number;
    old_source: EndSource;
  }>(
    `SELECT n.*, o.price AS old_price, o.from_at AS old_from, o.to_at AS old_to, o.source AS old_source
     ${touching} ORDER BY +n.id DESC LIMIT ?3`,
    span.from,
    span.to,
    limit,
  );
  return {
    count,
    latest: rows.map((row) => {
      const was = { from: row.old_from, to: row.old_to, source: row.old_source };
      const is = { from: row.from_at, to: row.to_at, source: row.source };
      return {
        nodeId: row.node_id,
        pool: row.pool,
        simulated: row.simulated === 1,
        at: row.booked_at,
        reason: row.reason ?? '',
        was,
        is,
        difference: units(overlapMs(is, span), row.price) - units(overlapMs(was, span), row.old_price),
      };
    }),
  };
}

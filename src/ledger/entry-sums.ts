import { overlapMs, type Span } from '../cost/calendar.ts';
import type { Store } from '../store/store.ts';

/** What a sum needs of an entry. Price in nano-yen an hour. */
export interface SummedEntry extends Span {
  price: number;
  simulated: boolean;
  projectId: number | null;
}

/** The length classes of `ledger_entries.reach` (migration 0009), as a table to join with. */
export const reaches =
  '(SELECT 3600000 AS ms UNION ALL SELECT 86400000 UNION ALL SELECT 2764800000 UNION ALL SELECT 1000000000000000)';

/** Entries `e` that overlap ?1 to ?2, found through the index of their length class. */
export const overlapping = `${reaches} reaches CROSS JOIN ledger_entries e
  ON e.reach = reaches.ms AND e.from_at > ?1 - reaches.ms AND e.from_at < ?2 AND e.to_at > ?1`;

/** Entries that no later one replaces. */
export const current = 'NOT EXISTS (SELECT 1 FROM ledger_entries later WHERE later.replaces = e.id)';

/** Keeps the running sums when an entry comes (`sign` 1) or is replaced (-1). Inside the transaction that writes it. */
export function addToSums(store: Store, entry: SummedEntry, sign: 1 | -1): void {
  const spans = store.all<{ from_at: number; to_at: number }>(
    'SELECT from_at, to_at FROM summed_spans WHERE from_at < ? AND to_at > ?',
    entry.to,
    entry.from,
  );
  for (const { from_at, to_at } of spans) {
    const ms = overlapMs(entry, { from: from_at, to: to_at });
    if (ms > 0)
      store.run(
        `INSERT INTO entry_sums (from_at, to_at, simulated, project_id, price, ms) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET ms = ms + excluded.ms`,
        from_at,
        to_at,
        entry.simulated ? 1 : 0,
        entry.projectId ?? 0,
        entry.price,
        sign * ms,
      );
  }
}

/**
 * The factors of what the span cost: milliseconds per price, summed in integers; the product is the caller's. A span
 * that is asked for the first time is summed from its entries, and kept from then on: it is asked at every hand-out.
 */
export function entryFactors(
  store: Store,
  span: Span,
  simulated: boolean,
  projectId: number | null,
): { price: number; ms: number }[] {
  const known = store.get('SELECT 1 FROM summed_spans WHERE from_at = ? AND to_at = ?', span.from, span.to);
  if (known === undefined) store.transaction(() => sumSpan(store, span));
  return store.all<{ price: number; ms: number }>(
    `SELECT price, SUM(ms) AS ms FROM entry_sums
     WHERE from_at = ?1 AND to_at = ?2 AND simulated = ?3 AND (?4 IS NULL OR project_id = ?4)
     GROUP BY price HAVING SUM(ms) <> 0`,
    span.from,
    span.to,
    simulated ? 1 : 0,
    projectId,
  );
}

function sumSpan(store: Store, span: Span): void {
  store.run('INSERT INTO summed_spans (from_at, to_at) VALUES (?, ?)', span.from, span.to);
  store.run(
    `INSERT INTO entry_sums (from_at, to_at, simulated, project_id, price, ms)
     SELECT ?1, ?2, e.simulated, COALESCE(e.project_id, 0), e.price, SUM(MIN(e.to_at, ?2) - MAX(e.from_at, ?1))
     FROM ${overlapping} WHERE e.to_at > e.from_at AND ${current} GROUP BY 3, 4, 5`,
    span.from,
    span.to,
  );
}

import type { Store } from '../store/store.ts';
import type { EntryKind } from './lease-terms.ts';

/**
 * Money that no check could prevent or that somebody let through: `allowed` (a lease past the budget was granted),
 * `orphan` (a machine that no row knew), `overrun` (a node was billed past its lease). Price in nano-yen an hour.
 */
export interface LedgerEvent {
  kind: Exclude<EntryKind, 'paid'>;
  nodeId: string;
  pool: string;
  simulated: boolean;
  projectId: number | null;
  price: number;
  /** The administrator who let it through; null elsewhere. */
  by: string | null;
  /** Milliseconds past the lease, as far as they are known now; 0 for the other kinds. */
  overMs: number;
  at: number;
}

/**
 * Writes the intent to tell of it, in the transaction of the deed itself; once for each node and kind, over crashes
 * too. True if it is new.
 */
export function noteEvent(store: Store, event: LedgerEvent): boolean {
  const { changes } = store.run(
    'INSERT OR IGNORE INTO ledger_events (node_id, kind, pool, simulated, project_id, price, forced_by, over_ms, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    event.nodeId,
    event.kind,
    event.pool,
    event.simulated ? 1 : 0,
    event.projectId,
    event.price,
    event.by,
    event.overMs,
    event.at,
  );
  return changes === 1;
}

/** Events that nobody was told of yet, oldest first. */
export function untoldEvents(store: Store): LedgerEvent[] {
  return store
    .all<{
      node_id: string;
      kind: LedgerEvent['kind'];
      pool: string;
      simulated: number;
      project_id: number | null;
      price: number;
      forced_by: string | null;
      over_ms: number;
      at: number;
    }>('SELECT * FROM ledger_events WHERE told_at IS NULL ORDER BY at, node_id, kind')
    .map((row) => ({
      kind: row.kind,
      nodeId: row.node_id,
      pool: row.pool,
      simulated: row.simulated === 1,
      projectId: row.project_id,
      price: row.price,
      by: row.forced_by,
      overMs: row.over_ms,
      at: row.at,
    }));
}

/** Notes that somebody heard of it. */
export function eventTold(store: Store, event: Pick<LedgerEvent, 'nodeId' | 'kind'>, at: number): void {
  store.run(
    'UPDATE ledger_events SET told_at = ? WHERE node_id = ? AND kind = ? AND told_at IS NULL',
    at,
    event.nodeId,
    event.kind,
  );
}

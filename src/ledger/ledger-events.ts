import { monthOf } from '../cost/calendar.ts';
import type { Store } from '../store/store.ts';
import { noteBudgetEvent } from './budget-events.ts';
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
export function noteEvent(store: Store, timeZone: string, event: LedgerEvent): boolean {
  const { kind, nodeId, pool, simulated, projectId, price, by, overMs, at } = event;
  return noteBudgetEvent(store, {
    ...{ key: `${kind} ${nodeId}`, kind, month: monthOf(at, timeZone), simulated, at },
    detail: { nodeId, pool, projectId, priceYenPerHour: price / 1e9, actor: by, overMs },
  });
}

import type { Store } from '../store/store.ts';
import { type FixedCost, openFixedCost } from './fixed-costs.ts';

/** A fixed cost as seto.yaml declares it. Price of one, nano-yen an hour. */
export type DeclaredCost = Omit<FixedCost, 'from' | 'to'>;

export interface DeclaredChange {
  action: 'fixed_cost.open' | 'fixed_cost.close';
  name: string;
  price: number;
  count: number;
}

/**
 * Brings the ledger's fixed costs to what is declared, as of `now`: what is new opens, what is gone closes, and a
 * changed price or count closes the old one and opens the new one in its place, so that time before keeps its price.
 * Idempotent. What changed is told, for the audit rows. One transaction.
 */
export function declareFixedCosts(
  store: Store,
  declared: readonly DeclaredCost[],
  now: number,
): DeclaredChange[] {
  return store.transaction(() => {
    const open = store.all<{
      name: string;
      formula: FixedCost['formula'];
      price: number;
      count: number;
      simulated: number;
      from_at: number;
    }>('SELECT * FROM fixed_costs WHERE to_at IS NULL');
    const same = (row: (typeof open)[number], cost: DeclaredCost) =>
      row.name === cost.name &&
      row.formula === cost.formula &&
      row.price === cost.price &&
      row.count === cost.count &&
      (row.simulated === 1) === cost.simulated;
    const changes: DeclaredChange[] = [];
    const at = new Map<string, number>();
    for (const row of open) {
      if (declared.some((cost) => same(row, cost))) continue;
      // Where the clock ran back behind its opening: a millisecond, so that no two entries share their beginning.
      const end = Math.max(now, row.from_at + 1);
      at.set(row.name, end);
      store.run(
        'UPDATE fixed_costs SET to_at = ? WHERE name = ? AND from_at = ?',
        end,
        row.name,
        row.from_at,
      );
      changes.push({ action: 'fixed_cost.close', name: row.name, price: row.price, count: row.count });
    }
    for (const cost of declared) {
      if (open.some((row) => same(row, cost))) continue;
      const last =
        store.get<{ at: number | null }>('SELECT MAX(to_at) AS at FROM fixed_costs WHERE name = ?', cost.name)
          ?.at ?? null;
      const from = Math.max(at.get(cost.name) ?? now, last ?? now);
      openFixedCost(store, { ...cost, from });
      changes.push({ action: 'fixed_cost.open', name: cost.name, price: cost.price, count: cost.count });
    }
    return changes;
  });
}

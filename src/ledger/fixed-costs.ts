import { overlapMs, type Span } from '../cost/calendar.ts';
import { units } from '../cost/money.ts';
import type { Store } from '../store/store.ts';

/** What costs by its existence alone: hours × price, formulas (2) and (3). Price in nano-yen an hour. */
export interface FixedCost {
  name: string;
  formula: '(2)' | '(3)' | '(4)';
  price: number;
  /** How many of it there are. */
  count: number;
  simulated: boolean;
  from: number;
  /** Null while it exists. */
  to: number | null;
}

interface FixedRow {
  name: string;
  formula: FixedCost['formula'];
  price: number;
  count: number;
  simulated: number;
  from_at: number;
  to_at: number | null;
}

export function fixedCosts(store: Store, span: Span): FixedCost[] {
  return store
    .all<FixedRow>(
      'SELECT * FROM fixed_costs WHERE from_at < ? AND (to_at IS NULL OR to_at > ?) ORDER BY name, from_at',
      span.to,
      span.from,
    )
    .map((row) => ({
      name: row.name,
      formula: row.formula,
      price: row.price,
      count: row.count,
      simulated: row.simulated === 1,
      from: row.from_at,
      to: row.to_at,
    }));
}

/** Starts a fixed cost. */
export function openFixedCost(
  store: Store,
  cost: Omit<FixedCost, 'to' | 'count'> & { count?: number },
): void {
  store.run(
    'INSERT INTO fixed_costs (name, formula, price, count, simulated, from_at) VALUES (?, ?, ?, ?, ?, ?)',
    cost.name,
    cost.formula,
    cost.price,
    cost.count ?? 1,
    cost.simulated ? 1 : 0,
    cost.from,
  );
}

/** What fixed costs come to within a span, exact units; those without an end last through it. */
export function fixedUnits(costs: readonly FixedCost[], span: Span): bigint {
  return costs.reduce(
    (sum, cost) => sum + units(BigInt(cost.count) * BigInt(fixedMs(cost, span)), cost.price),
    0n,
  );
}

/** Milliseconds that a fixed cost existed within a span. */
export function fixedMs(cost: FixedCost, span: Span): number {
  return overlapMs({ from: cost.from, to: cost.to ?? Number.MAX_SAFE_INTEGER }, span);
}

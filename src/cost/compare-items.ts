/** One line of an estimate or of a bill, in the formulas' terms. */
export interface CostItem {
  name: string;
  formula: string;
  quantity: number;
  unit: string;
  /** Yen a unit. */
  unitPrice: number;
  yen: number;
  /** T_n in hours, where the side knows it. */
  nodeHours?: Readonly<Record<string, number>>;
}

/** Estimate and bill of one name side by side; a side that is missing is null. */
export interface ComparedItem {
  name: string;
  estimated: CostItem | null;
  billed: CostItem | null;
  /** Billed less estimated; the whole of a side where the other is missing. */
  difference: { quantity: number; yen: number };
}

/** Adds up lines of one name: a price that changed within the month makes two of them. */
function merge(items: readonly CostItem[]): CostItem | null {
  const [first] = items;
  if (first === undefined) return null;
  if (items.length === 1) return first;
  const quantity = items.reduce((sum, item) => sum + item.quantity, 0);
  const yen = items.reduce((sum, item) => sum + item.yen, 0);
  const nodeHours: Record<string, number> = {};
  for (const item of items)
    for (const [n, hours] of Object.entries(item.nodeHours ?? {})) nodeHours[n] = (nodeHours[n] ?? 0) + hours;
  return { ...first, quantity, yen, unitPrice: quantity === 0 ? first.unitPrice : yen / quantity, nodeHours };
}

/**
 * Sets an estimate and a bill side by side by name: names of both first, in the estimate's order, then what was only
 * estimated, then what was only billed. Pure.
 */
export function compareItems(estimated: readonly CostItem[], billed: readonly CostItem[]): ComparedItem[] {
  const names = [...new Set([...estimated, ...billed].map(({ name }) => name))];
  const rows = names.map((name): ComparedItem => {
    const one = merge(estimated.filter((item) => item.name === name));
    const other = merge(billed.filter((item) => item.name === name));
    return {
      name,
      estimated: one,
      billed: other,
      difference: {
        quantity: (other?.quantity ?? 0) - (one?.quantity ?? 0),
        yen: (other?.yen ?? 0) - (one?.yen ?? 0),
      },
    };
  });
  const rank = (row: ComparedItem) => (row.estimated && row.billed ? 0 : row.estimated ? 1 : 2);
  return rows.sort((one, other) => rank(one) - rank(other));
}

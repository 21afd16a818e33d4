import type { BillModel, Layout, RangeInput, RangePoint } from '../estimate/bill-model.ts';

/** Yen over one input, made of pieces a + b·x + c/x between its kinks; at a kink it bends or jumps. */
export interface Curve {
  yen(x: number): number;
  /** Ascending, within the open interval. */
  kinks(from: number, to: number): number[];
}

/** The bill of a layout over one input, all others as in `at`. Not to be shared between two loops at once. */
export function billCurve(model: BillModel, layout: Layout, at: RangePoint, input: RangeInput): Curve {
  const point: Record<RangeInput, number> = { ...at };
  return {
    yen: (x) => {
      point[input] = x;
      return model.yen(layout, point);
    },
    kinks: (from, to) => model.kinks(layout, at, input, from, to),
  };
}

/** The budget over one input: level, and the diagonal over the budget itself. */
export function budgetCurve(at: RangePoint, input: RangeInput): Curve {
  return { yen: (x) => (input === 'budgetYen' ? x : at.budgetYen), kinks: () => [] };
}

/** The elementary pieces of several curves: from, every kink of any of them, to. */
export function pieceEnds(curves: readonly Curve[], from: number, to: number): number[] {
  const inner = curves.flatMap((curve) => curve.kinks(from, to)).filter((x) => x > from && x < to);
  return [...new Set([from, ...inner, to])].sort((a, b) => a - b);
}

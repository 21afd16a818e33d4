import { type BillModel, type Layout, layouts, type RangePoint } from '../../src/cost/estimate/bill-model.ts';

/** a + b·x + c/x up to and including `to`, or up to it alone. */
export interface TestPiece {
  to: number;
  includesEnd: boolean;
  a: number;
  b: number;
  c: number;
}

export const testPoint: RangePoint = {
  trainingHours: 1,
  vmPriceYen: 1,
  dataGb: 1,
  linkMbps: 1,
  developers: 1,
  yenPerDollar: 1,
  budgetYen: 50_000,
};

/** A model whose bills depend on the training hours alone, piece by piece; a layout that is not given costs too much. */
export function piecewiseModel(given: Partial<Record<Layout, readonly TestPiece[]>>): BillModel {
  const piecesOf = (layout: Layout) =>
    given[layout] ?? [
      { to: Number.POSITIVE_INFINITY, includesEnd: true, a: 1e9 + layouts.indexOf(layout), b: 0, c: 0 },
    ];
  return {
    origin: testPoint,
    yen: (layout, { trainingHours: x }) => {
      const piece = piecesOf(layout).find(({ to, includesEnd }) => x < to || (includesEnd && x === to));
      if (piece === undefined) throw new RangeError(`no piece at ${x}`);
      return piece.a + piece.b * x + piece.c / x;
    },
    kinks: (layout, _at, input, from, to) =>
      input === 'trainingHours'
        ? piecesOf(layout)
            .map((piece) => piece.to)
            .filter((x) => x > from && x < to)
        : [],
  };
}

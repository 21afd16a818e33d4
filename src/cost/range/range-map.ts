import { type BillModel, type Layout, layouts, type RangePoint } from '../estimate/bill-model.ts';
import { signsAlong } from './break-evens.ts';
import { billCurve, budgetCurve } from './curve.ts';
import { lowestAlong } from './envelope.ts';
import { inputLimits, type Span, valueAlong } from './span.ts';

/** Along one row of a map: which layout is cheapest, and whether it is within the budget. */
export interface MapPart {
  from: number;
  to: number;
  layout: Layout;
  within: boolean;
}

export interface MapRow {
  /** Of the second input. */
  y: number;
  /** Along the first input, without gaps; the ends are exact. */
  parts: MapPart[];
}

export interface RangeMap {
  x: Span;
  y: Span;
  /** Ascending in y, both ends of its span included. */
  rows: MapRow[];
}

/**
 * How many steps a map has from its lowest row to its highest. Fewer, and a border that is nearly level shows steps;
 * more, and a map takes longer than one waits for.
 */
const mapSteps = 200;

/**
 * The cheapest layout over two inputs, all else as in the scenario. Borders are exact along each row; where the order of
 * layouts differs between two rows, rows are put in until the change lies between two that no picture could part. An
 * input that comes in whole numbers goes upwards, whichever of the two it was given as, with a row for each number.
 */
export function rangeMap(model: BillModel, x: Span, y: Span, steps = mapSteps): RangeMap {
  if (isWhole(x)) return rangeMap(model, y, x, steps);
  const row = (value: number): MapRow => ({
    y: value,
    parts: partsAlong(model, x, { ...model.origin, [y.input]: value }),
  });
  // Between two developers there is nobody: a row each, and no border that would say otherwise.
  if (isWhole(y))
    return { x, y, rows: Array.from({ length: y.to - y.from + 1 }, (_, index) => row(y.from + index)) };
  const rows = [row(y.from)];
  for (let step = 1; step <= steps; step++) {
    const next = row(valueAlong(y, step / steps));
    rows.push(...rowsBetween(rows.at(-1) ?? next, next, row), next);
  }
  return { x, y, rows };
}

function isWhole({ input }: Span): boolean {
  return inputLimits[input].whole === true;
}

function partsAlong(model: BillModel, { input, from, to }: Span, at: RangePoint): MapPart[] {
  const curves = layouts.map((layout) => billCurve(model, layout, at, input));
  const budget = budgetCurve(at, input);
  const hasLimit = input === 'budgetYen' || Number.isFinite(at.budgetYen);
  return lowestAlong(curves, from, to).flatMap(({ lowest: [first], ...ends }): MapPart[] => {
    const [layout, curve] = [layouts[first], curves[first]];
    if (layout === undefined || curve === undefined) return [];
    if (!hasLimit) return [{ ...ends, layout, within: true }];
    return signsAlong(curve, budget, ends.from, ends.to).stretches.map(({ sign, ...part }) => ({
      ...part,
      layout,
      within: sign <= 0,
    }));
  });
}

/** Whether two rows have the same regions in the same order, so that straight lines between their ends are borders. */
export function areAlike(one: MapRow, other: MapRow): boolean {
  return (
    one.parts.length === other.parts.length &&
    one.parts.every(
      ({ layout, within }, index) =>
        layout === other.parts[index]?.layout && within === other.parts[index]?.within,
    )
  );
}

/** At most so many changes of order are looked for between two neighbouring rows, each to 1/256 of their distance. */
const changesBetween = 4;

function rowsBetween(low: MapRow, high: MapRow, row: (y: number) => MapRow): MapRow[] {
  const found: MapRow[] = [];
  let last = low;
  for (let change = 0; change < changesBetween && !areAlike(last, high); change++) {
    let [same, other] = [last, high];
    for (let halving = 0; halving < 8; halving++) {
      const middle = row((same.y + other.y) / 2);
      if (areAlike(last, middle)) same = middle;
      else other = middle;
    }
    if (same !== last) found.push(same);
    if (other !== high) found.push(other);
    last = other;
  }
  return found;
}

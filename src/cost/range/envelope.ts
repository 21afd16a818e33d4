import {
  type BillModel,
  type Layout,
  layouts,
  type RangeInput,
  type RangePoint,
} from '../estimate/bill-model.ts';
import { signsAlong } from './break-evens.ts';
import { billCurve, budgetCurve, type Curve, pieceEnds } from './curve.ts';
import { differencePiece, fitPiece, isNothing, type Piece, pieceRoots, polish, sameShare } from './piece.ts';

/** A stretch of an input on which the same layouts are cheapest: one, or more whose bills are the same all along. */
export interface CheapestStretch {
  from: number;
  to: number;
  layouts: readonly [Layout, ...Layout[]];
}

/** The lower envelope of the bills, without gaps, its ends exact; of all layouts, or of some. */
export function cheapestAlong(
  model: BillModel,
  at: RangePoint,
  input: RangeInput,
  from: number,
  to: number,
  among: readonly Layout[] = layouts,
): CheapestStretch[] {
  const layoutAt = (index: number): Layout => {
    const layout = among[index];
    if (layout === undefined) throw new RangeError(`no layout ${index}`);
    return layout;
  };
  const curves = among.map((layout) => billCurve(model, layout, at, input));
  return lowestAlong(curves, from, to).map(({ lowest: [first, ...more], ...ends }) => ({
    ...ends,
    layouts: [layoutAt(first), ...more.map(layoutAt)],
  }));
}

export interface LowestStretch {
  from: number;
  to: number;
  /** Places in the list of curves, ascending. */
  lowest: readonly [number, ...number[]];
}

/** The lower envelope of curves. Each piece in closed form; only ends that stay in the result are polished. */
export function lowestAlong(curves: readonly Curve[], from: number, to: number): LowestStretch[] {
  const ends = pieceEnds(curves, from, to);
  const stretches: LowestStretch[] = [];
  ends.slice(1).forEach((end, index) => {
    const start = ends[index] ?? from;
    const pieces = curves.map((curve) => fitPiece(curve, start, end));
    const { crossings, same } = comparePieces(pieces, start, end);
    const marks = [start, ...crossings, end];
    marks.slice(1).forEach((mark, at) => {
      const middle = ((marks[at] ?? start) + mark) / 2;
      const lowest = lowestAt(curves, same, middle, pieces);
      const last = stretches.at(-1);
      if (last !== undefined && (lowest === null || isSame(last.lowest, lowest))) {
        last.to = mark;
        return;
      }
      if (last !== undefined && lowest !== null && last.to > start)
        last.to = sharpened(curves, last, lowest, {
          low: (Math.max(last.from, start) + last.to) / 2,
          high: middle,
        });
      stretches.push({ from: last?.to ?? from, to: mark, lowest: lowest ?? [0] });
    });
  });
  return stretches;
}

/** Every crossing of two pieces that lies within, and for each piece the first one that is the same. */
function comparePieces(
  pieces: readonly Piece[],
  start: number,
  end: number,
): { crossings: number[]; same: number[] } {
  const same = pieces.map((_, index) => index);
  const crossings: number[] = [];
  pieces.forEach((piece, index) => {
    if (same[index] !== index) return;
    pieces.slice(index + 1).forEach((other, after) => {
      const difference = differencePiece(piece, other);
      if (isNothing(difference)) same[index + 1 + after] = index;
      else crossings.push(...pieceRoots(difference).crossings.filter((x) => x > start && x < end));
    });
  });
  return { crossings: [...new Set(crossings)].sort((a, b) => a - b), same };
}

/** Which curves are lowest at x; null where two that are not the same are too close to tell. */
function lowestAt(
  curves: readonly Curve[],
  same: readonly number[],
  x: number,
  pieces: readonly Piece[],
): [number, ...number[]] | null {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  let second = Number.POSITIVE_INFINITY;
  curves.forEach((curve, index) => {
    if (same[index] !== index) return;
    const yen = curve.yen(x);
    if (yen < least) {
      second = least;
      least = yen;
      best = index;
    } else if (yen < second) second = yen;
  });
  if (second - least <= sameShare * (pieces[best]?.scale ?? 0)) return null;
  const equals = same.flatMap((first, index) => (first === best && index !== best ? [index] : []));
  return [best, ...equals];
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((each, index) => each === other[index]);
}

/** The end of a stretch to the last digits; the bounds lie within one piece. */
function sharpened(
  curves: readonly Curve[],
  last: LowestStretch,
  [next]: readonly [number, ...number[]],
  bounds: { low: number; high: number },
): number {
  const [before, after] = [curves[last.lowest[0]], curves[next]];
  if (before === undefined || after === undefined) return last.to;
  return polish((x) => before.yen(x) - after.yen(x), last.to, bounds);
}

/** Where a layout stays within the budget. */
export interface WithinBudget {
  layout: Layout;
  /** Ascending, apart; the ends are exact. */
  stretches: { from: number; to: number }[];
}

/** Where each layout's bill, tax included, is no more than the budget. */
export function withinBudgetAlong(
  model: BillModel,
  at: RangePoint,
  input: RangeInput,
  from: number,
  to: number,
): WithinBudget[] {
  const budget = budgetCurve(at, input);
  return layouts.map((layout) => {
    const curve = billCurve(model, layout, at, input);
    const { stretches, touches } = signsAlong(curve, budget, from, to);
    const within: { from: number; to: number }[] = [];
    for (const stretch of stretches.filter(({ sign }) => sign <= 0)) {
      const last = within.at(-1);
      if (last?.to === stretch.from) last.to = stretch.to;
      else within.push({ from: stretch.from, to: stretch.to });
    }
    const alone = touches.filter((x) => !within.some((each) => each.from <= x && x <= each.to));
    within.push(...alone.map((x) => ({ from: x, to: x })));
    return { layout, stretches: within.sort((a, b) => a.from - b.from) };
  });
}

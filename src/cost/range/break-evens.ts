import type { BillModel, Layout, RangeInput, RangePoint } from '../estimate/bill-model.ts';
import { billCurve, type Curve, pieceEnds } from './curve.ts';
import { differencePiece, fitPiece, isNothing, pieceRoots, polish, sameShare } from './piece.ts';

/** A stretch of an input on which a difference keeps its sign: −1 the first is lower, 1 the other, 0 they are equal. */
export interface SignStretch {
  from: number;
  to: number;
  sign: -1 | 0 | 1;
}

export interface Signs {
  /** Without gaps; neighbours differ. */
  stretches: SignStretch[];
  /** Where both are equal at one point and the same one is lower on either side. */
  touches: number[];
}

/** Where the sign of `one` − `other` changes, exactly: every piece in closed form, kinks and jumps between them. */
export function signsAlong(one: Curve, other: Curve, from: number, to: number): Signs {
  const difference = (x: number) => one.yen(x) - other.yen(x);
  const ends = pieceEnds([one, other], from, to);
  const stretches: SignStretch[] = [];
  const touches: number[] = [];
  ends.slice(1).forEach((end, index) => {
    const start = ends[index] ?? from;
    const piece = differencePiece(fitPiece(one, start, end), fitPiece(other, start, end));
    const found = pieceRoots(piece);
    touches.push(...found.touches);
    const marks = [start, ...found.crossings.filter((x) => x > start && x < end), end];
    const middles = marks.slice(1).map((mark, at) => ((marks[at] ?? start) + mark) / 2);
    marks.slice(1).forEach((mark, at) => {
      const middle = middles[at] ?? mark;
      const bounds = { low: middle, high: middles[at + 1] ?? end };
      const sign = isNothing(piece) ? 0 : signOf(difference(middle), sameShare * piece.scale);
      append(stretches, from, mark === end ? mark : polish(difference, mark, bounds), sign);
    });
  });
  return { stretches, touches };
}

/** null where a difference is too small to have a sign that means anything. */
function signOf(difference: number, least: number): -1 | 1 | null {
  return Math.abs(difference) <= least ? null : difference < 0 ? -1 : 1;
}

/** A part without a sign of its own (a rounding's breadth beside a crossing) goes to its neighbour. */
function append(stretches: SignStretch[], from: number, to: number, sign: SignStretch['sign'] | null): void {
  const last = stretches.at(-1);
  if (last !== undefined && (sign === null || last.sign === sign)) last.to = to;
  else if (sign !== null) stretches.push({ from: last?.to ?? from, to, sign });
  else stretches.push({ from, to, sign: 0 });
}

/** Where two layouts cost the same, or where one jumps past the other. */
export interface BreakEven {
  pair: readonly [Layout, Layout];
  /** In the input's unit. */
  x: number;
  /**
   * crossing: both cost the same at x; step: a bill jumps at x, past the other; touch: both cost the same at x, and the
   * same layout is cheaper on either side.
   */
  kind: 'crossing' | 'step' | 'touch';
  /** The cheaper layout just below and just above x; null where both bills are one. */
  below: Layout | null;
  above: Layout | null;
}

export interface Comparison {
  /** Ascending. */
  breakEvens: BreakEven[];
  /** Where both bills are one and the same. */
  equal: { from: number; to: number }[];
}

/** Every break-even of a pair between `from` and `to`, both ends left out. Exact: see `signsAlong`. */
export function breakEvens(
  model: BillModel,
  pair: readonly [Layout, Layout],
  at: RangePoint,
  input: RangeInput,
  from: number,
  to: number,
): Comparison {
  const [one, other] = pair.map((layout) => billCurve(model, layout, at, input)) as [Curve, Curve];
  const { stretches, touches } = signsAlong(one, other, from, to);
  const cheaper = (sign: SignStretch['sign'] | undefined) =>
    sign === -1 ? pair[0] : sign === 1 ? pair[1] : null;
  const changes = stretches.slice(1).map((stretch, index): BreakEven => {
    const x = stretch.from;
    const before = stretches[index];
    return {
      pair,
      x,
      kind: jumpsAt(one, other, x, before?.from ?? from, stretch.to) ? 'step' : 'crossing',
      below: cheaper(before?.sign),
      above: cheaper(stretch.sign),
    };
  });
  const touching = touches.map((x): BreakEven => {
    const side = cheaper(stretches.find((stretch) => stretch.from <= x && x <= stretch.to)?.sign);
    return { pair, x, kind: 'touch', below: side, above: side };
  });
  return {
    breakEvens: [...changes, ...touching].sort((a, b) => a.x - b.x),
    equal: stretches
      .filter(({ sign }) => sign === 0)
      .map((stretch) => ({ from: stretch.from, to: stretch.to })),
  };
}

/** How far beside a kink, in parts of the neighbouring stretches, the difference is read to tell a jump from a bend. */
const beside = 1e-9;

/** Whether the difference jumps at x rather than passing through zero. */
function jumpsAt(one: Curve, other: Curve, x: number, from: number, to: number): boolean {
  const distance = beside * Math.min(x - from, to - x);
  const [below, above] = [x - distance, x + distance].map((each) => one.yen(each) - other.yen(each)) as [
    number,
    number,
  ];
  const scale = Math.max(Math.abs(one.yen(x)), Math.abs(other.yen(x)));
  return Math.abs(below - above) > 1e-7 * scale;
}

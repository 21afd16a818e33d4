import type { Curve } from './curve.ts';

/**
 * One piece of a curve as x·yen(x) = C + B·t + A·t² with x = mid + half·t, t from −1 to 1: a + b·x + c/x times x is a
 * quadratic, and this form keeps its digits in narrow pieces and in wide ones, where a, b and c themselves would not.
 */
export interface Piece {
  mid: number;
  half: number;
  C: number;
  B: number;
  A: number;
  /** The largest yen seen, at least one: what roundings are measured against. */
  scale: number;
}

/**
 * Two bills closer than this share of themselves are the same bill. Smaller, and the rounding of a sum of a dozen
 * amounts would make break-evens where two layouts agree; larger, and true differences of a yen would be lost.
 */
export const sameShare = 1e-11;

/** Where within a piece its three points lie: clear of the ends, whose values may belong to the neighbour. */
const probe = 0.9;

/** Reads a piece off three points inside it. `from` ≥ 0, `to` > `from`, no kink between. */
export function fitPiece(curve: Curve, from: number, to: number): Piece {
  const mid = (from + to) / 2;
  const half = (to - from) / 2;
  const [low, middle, high] = [-probe, 0, probe].map((t) => curve.yen(mid + half * t)) as [
    number,
    number,
    number,
  ];
  const below = low * (mid - half * probe);
  const above = high * (mid + half * probe);
  const C = middle * mid;
  return {
    mid,
    half,
    C,
    B: (above - below) / (2 * probe),
    A: (above + below - 2 * C) / (2 * probe * probe),
    scale: Math.max(1, Math.abs(low), Math.abs(middle), Math.abs(high)),
  };
}

/** One piece less another over the same stretch. */
export function differencePiece(one: Piece, other: Piece): Piece {
  const { mid, half } = one;
  return {
    mid,
    half,
    C: one.C - other.C,
    B: one.B - other.B,
    A: one.A - other.A,
    scale: Math.max(one.scale, other.scale),
  };
}

/** Whether a difference is nothing but rounding all along its piece. */
export function isNothing({ mid, half, C, B, A, scale }: Piece): boolean {
  const most = sameShare * scale * (mid + half);
  return Math.abs(C) <= most && Math.abs(B) <= most && Math.abs(A) <= most;
}

export interface PieceRoots {
  /** Where the difference changes its sign within the piece or at its very ends; ascending. */
  crossings: number[];
  /** Where it comes to nothing without changing its sign. */
  touches: number[];
}

/** The roots of a difference in closed form; none for one that is nothing. */
export function pieceRoots(piece: Piece): PieceRoots {
  const { mid, half, C, B, A, scale } = piece;
  if (isNothing(piece)) return { crossings: [], touches: [] };
  const xOf = (t: number) => mid + half * Math.max(-1, Math.min(1, t));
  if (A !== 0) {
    const top = -B / (2 * A);
    const atTop = C + (B * top) / 2;
    if (Math.abs(top) < 1 && Math.abs(atTop) <= sameShare * scale * xOf(top))
      return { crossings: [], touches: [xOf(top)] };
  }
  const under = B * B - 4 * A * C;
  if (under < 0) return { crossings: [], touches: [] };
  // The usual formula subtracts two nearly equal numbers for one of its roots; this one never does.
  const q = -(B + (B < 0 ? -1 : 1) * Math.sqrt(under)) / 2;
  const roots = [q / A, C / q].filter((t) => Number.isFinite(t) && Math.abs(t) <= 1 + 1e-9).map(xOf);
  return { crossings: [...new Set(roots)].sort((a, b) => a - b), touches: [] };
}

/**
 * Tightens a crossing found in closed form to the last digits by the difference itself: the Illinois form of false
 * position, within the bounds. Where it has the same sign at both ends, `near` is returned as it is.
 */
export function polish(
  difference: (x: number) => number,
  near: number,
  bounds: { low: number; high: number },
): number {
  const reach = 1e-7 * Math.max(near, bounds.high - bounds.low);
  let older = Math.max(bounds.low, near - reach);
  let newer = Math.min(bounds.high, near + reach);
  let atOlder = difference(older);
  let atNewer = difference(newer);
  if (!(atOlder * atNewer < 0)) return near;
  for (let round = 0; round < 60 && Math.abs(newer - older) > 4e-16 * newer; round++) {
    const x = newer - (atNewer * (newer - older)) / (atNewer - atOlder);
    const atX = difference(x);
    if (atX * atNewer < 0) {
      older = newer;
      atOlder = atNewer;
    } else atOlder /= 2;
    newer = x;
    atNewer = atX;
    if (atX === 0) break;
  }
  return newer;
}

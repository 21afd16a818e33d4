import type { Span } from './calendar.ts';

/** Something (a job) that had a node from when until when; `to` is null where it had it to the end. */
export interface Stay<T> {
  of: T;
  from: number;
  to: number | null;
}

/** One piece of an interval: `work` is the stay's own time, `wait` is boot, a gap or the idle tail that it is billed. */
export interface Piece<T> extends Span {
  of: T | null;
  part: 'work' | 'wait';
}

/**
 * Splits a node's interval among those who had the node: each gets its own time, the first the boot before it too, and
 * each the time after it until the next one or the end. Without any, all of it is `orderedFor`'s. The pieces follow
 * each other without a gap and end where the interval ends, whatever the stays say: nothing is lost and nothing is
 * counted twice. Where two overlap, the later one has the node from its beginning.
 */
export function splitInterval<T>(
  interval: Span,
  stays: readonly Stay<T>[],
  orderedFor: T | null,
): Piece<T>[] {
  const { from, to } = interval;
  if (to <= from) return [];
  const inside = (at: number) => Math.min(Math.max(at, from), to);
  const sorted = [...stays].sort((one, other) => one.from - other.from);
  const pieces: Piece<T>[] = [];
  const add = (of: T | null, part: Piece<T>['part'], start: number, end: number) => {
    if (end > start) pieces.push({ of, part, from: start, to: end });
  };
  const [first] = sorted;
  if (first === undefined) return [{ of: orderedFor, part: 'wait', from, to }];
  add(first.of, 'wait', from, inside(first.from));
  for (const [index, stay] of sorted.entries()) {
    const start = inside(stay.from);
    const next = inside(sorted[index + 1]?.from ?? to);
    const end = Math.min(next, Math.max(start, inside(stay.to ?? to)));
    add(stay.of, 'work', start, end);
    add(stay.of, 'wait', end, next);
  }
  return pieces;
}

import type { Span } from './calendar.ts';

/** T_n of formula (1): for each n ≥ 1, milliseconds during which exactly n nodes were up. */
export type NodeTimes = ReadonlyMap<number, number>;

/** Sweeps over intervals within a window. Empty and inverted intervals count for nothing. */
export function sweep(intervals: readonly Span[], window: Span): NodeTimes {
  const changes: [at: number, by: 1 | -1][] = [];
  for (const { from, to } of intervals) {
    const start = Math.max(from, window.from);
    const end = Math.min(to, window.to);
    if (start < end) changes.push([start, 1], [end, -1]);
  }
  changes.sort((one, other) => one[0] - other[0]);
  const times = new Map<number, number>();
  let up = 0;
  let since = 0;
  for (const [at, by] of changes) {
    if (up > 0 && at > since) times.set(up, (times.get(up) ?? 0) + at - since);
    up += by;
    since = at;
  }
  return times;
}

/** Adds T_n of disjoint windows. */
export function addTimes(all: readonly NodeTimes[]): NodeTimes {
  const sum = new Map<number, number>();
  for (const times of all) for (const [n, ms] of times) sum.set(n, (sum.get(n) ?? 0) + ms);
  return new Map([...sum].sort(([one], [other]) => one - other));
}

/** Σ n·T_n: node-milliseconds. */
export function nodeMs(times: NodeTimes): bigint {
  let sum = 0n;
  for (const [n, ms] of times) sum += BigInt(n) * BigInt(ms);
  return sum;
}

/**
 * Where a monotone function passes a level, as the neighbouring doubles on either side; null where it does not pass it
 * within the interval.
 */
export function crossing(
  of: (x: number) => number,
  level: number,
  from: number,
  to: number,
): { before: number; after: number } | null {
  const above = of(to) > level;
  if (of(from) > level === above) return null;
  let before = from;
  let after = to;
  for (;;) {
    const middle = before + (after - before) / 2;
    if (middle <= before || middle >= after) return { before, after };
    if (of(middle) > level === above) after = middle;
    else before = middle;
  }
}

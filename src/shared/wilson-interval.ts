/** A share with the range that its true value lies in. */
export interface Share {
  n: number;
  rate: number;
  low: number;
  high: number;
}

/** 97.5th percentile of the normal distribution: an interval of 95 %. */
const z = 1.959963984540054;

/**
 * Wilson's score interval for `hits` of `n` (E. B. Wilson, JASA 22, 1927): stays within 0 and 1 and keeps its level for
 * few cases and for shares near 1, where the textbook interval does not. Null for n = 0.
 */
export function wilsonInterval(hits: number, n: number): Share | null {
  if (n === 0) return null;
  const rate = hits / n;
  const centre = rate + (z * z) / (2 * n);
  const spread = z * Math.sqrt((rate * (1 - rate)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return {
    n,
    rate,
    low: hits === 0 ? 0 : (centre - spread) / scale,
    high: hits === n ? 1 : (centre + spread) / scale,
  };
}

/**
 * Largest distance between the distribution functions of two samples, 0 to 1: the two-sample Kolmogorov–Smirnov
 * statistic (N. Smirnov, "Table for estimating the goodness of fit of empirical distributions", Annals of
 * Mathematical Statistics 19, 1948). Both samples sorted ascending and not empty.
 */
export function kolmogorovSmirnov(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let i = 0;
  let j = 0;
  let largest = 0;
  while (i < a.length && j < b.length) {
    const x = Math.min(a[i] as number, b[j] as number);
    while (i < a.length && (a[i] as number) <= x) i += 1;
    while (j < b.length && (b[j] as number) <= x) j += 1;
    largest = Math.max(largest, Math.abs(i / a.length - j / b.length));
  }
  return largest;
}

/** An empty bin counts as this share: smaller lets one stray pixel dominate, larger hides a real new grey level. */
const leastShare = 1e-3;

/**
 * Population stability index Σ (p − q)·ln(p/q) of two histograms of equal bins (N. Siddiqi, "Credit Risk Scorecards",
 * Wiley 2006; the symmetric divergence of H. Jeffreys, 1946).
 */
export function stabilityIndex(p: ArrayLike<number>, q: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < p.length; i += 1) {
    const share = Math.max(leastShare, p[i] as number);
    const expected = Math.max(leastShare, q[i] as number);
    sum += (share - expected) * Math.log(share / expected);
  }
  return sum;
}

/** Mean of several histograms, bin by bin. */
export function meanHistogram(histograms: readonly (readonly number[])[]): number[] {
  const bins = histograms[0]?.length ?? 0;
  const mean = new Array<number>(bins).fill(0);
  for (const histogram of histograms)
    for (let i = 0; i < bins; i += 1) mean[i] = (mean[i] ?? 0) + (histogram[i] ?? 0) / histograms.length;
  return mean;
}

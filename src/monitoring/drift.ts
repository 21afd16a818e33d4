import {
  compareSamples,
  type DriftReference,
  type DriftTest,
  driftTests,
  type ObservedPicture,
  toSample,
} from '../serving/drift-reference.ts';

/** One comparison with the training distribution; `ratio` above 1 is an alarm. */
export interface DriftTestResult {
  name: DriftTest;
  statistic: number;
  limit: number;
  ratio: number;
}

/** `drift` is the largest ratio; 1 is the limit. `n` pictures were compared. */
export interface DriftResult {
  drift: number;
  tests: DriftTestResult[];
  n: number;
}

/**
 * Compares recent pictures and scores with the training reference: Kolmogorov–Smirnov for mean, std, Laplacian
 * variance and score, stability index for the histogram (sources: serving/drift-statistics.ts). Limits are for
 * windows of the same size, drawn by whole groups, and hold for the five together. An empty window has drift 0.
 */
export function measureDrift(
  window: readonly Pick<ObservedPicture, 'statistics' | 'score'>[],
  reference: DriftReference,
): DriftResult {
  const n = window.length;
  if (n === 0) return { drift: 0, tests: [], n };
  const statistics = compareSamples(toSample(window), {
    ...reference.quantiles,
    histogram: reference.histogram,
  });
  const tests = driftTests.map((name) => {
    const limit = limitFor(reference.limits, n, name);
    return { name, statistic: statistics[name], limit, ratio: statistics[name] / limit };
  });
  return { drift: Math.max(...tests.map((test) => test.ratio)), tests, n };
}

/** The limit for n pictures: straight in 1/√n between the drawn sizes, as sampling error goes; flat beyond the last. */
function limitFor(limits: DriftReference['limits'], n: number, name: DriftTest): number {
  const above = limits.find((entry) => entry.n >= n);
  const below = limits.findLast((entry) => entry.n <= n);
  const first = above ?? below;
  if (first === undefined) return Number.POSITIVE_INFINITY;
  if (above === undefined || below === undefined)
    return n < first.n ? first[name] * Math.sqrt(first.n / n) : first[name];
  if (above.n === below.n) return above[name];
  const place =
    (1 / Math.sqrt(n) - 1 / Math.sqrt(above.n)) / (1 / Math.sqrt(below.n) - 1 / Math.sqrt(above.n));
  return above[name] + (below[name] - above[name]) * place;
}

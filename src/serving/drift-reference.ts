import * as z from 'zod';
import { kolmogorovSmirnov, meanHistogram, stabilityIndex } from './drift-statistics.ts';
import type { PictureStatistics } from './picture-statistics.ts';

/** What drift compares, each against the training distribution. */
export const driftTests = ['mean', 'std', 'laplacianVariance', 'histogram', 'score'] as const;
export type DriftTest = (typeof driftTests)[number];

const quantiles = z.array(z.number()).min(2);
const limit = z.number().positive();

/** The training distribution in model.json. */
export const driftReferenceSchema = z.strictObject({
  pictures: z.number().int().positive(),
  groups: z.number().int().positive(),
  /** Evenly spaced quantiles over the pictures, from the least to the largest. */
  quantiles: z.strictObject({
    mean: quantiles,
    std: quantiles,
    laplacianVariance: quantiles,
    score: quantiles,
  }),
  /** Mean share of the pixels in each of sixteen grey bins. */
  histogram: z.array(z.number().min(0)).length(16),
  /** For windows of n pictures: what each statistic stays under in 99 of 100 draws of whole groups; n ascending. */
  limits: z
    .array(
      z.strictObject({
        n: z.number().int().positive(),
        mean: limit,
        std: limit,
        laplacianVariance: limit,
        histogram: limit,
        score: limit,
      }),
    )
    .min(1),
});
export type DriftReference = z.infer<typeof driftReferenceSchema>;

/** One picture as drift sees it. `score` is r where the model decides, else the largest score; see driftScore. */
export interface ObservedPicture {
  group: string;
  statistics: PictureStatistics;
  score: number;
}

/** The score that drift follows: the reject score r, or the answer's own score where nothing is decided. */
export function driftScore(answer: { score: number; rejectScore: number | null }): number {
  return answer.rejectScore ?? answer.score;
}

/** The samples that the statistics are computed from; sorted ascending, but for the histogram. */
export interface DriftSample {
  mean: ArrayLike<number>;
  std: ArrayLike<number>;
  laplacianVariance: ArrayLike<number>;
  score: ArrayLike<number>;
  histogram: readonly number[];
}

/**
 * Sorts a window into the samples that compareSamples takes. Scores count in steps of 0.05: Kolmogorov–Smirnov looks
 * at ranks alone, and whether sound parts score 0.001 or 0.003 differs between any two models and means nothing.
 */
export function toSample(window: readonly Pick<ObservedPicture, 'statistics' | 'score'>[]): DriftSample {
  const sorted = (value: (picture: Pick<ObservedPicture, 'statistics' | 'score'>) => number) =>
    Float64Array.from(window, value).sort();
  return {
    mean: sorted((p) => p.statistics.mean),
    std: sorted((p) => p.statistics.std),
    laplacianVariance: sorted((p) => p.statistics.laplacianVariance),
    score: sorted((p) => Math.round(p.score * 20) / 20),
    histogram: meanHistogram(window.map((p) => p.statistics.histogram)),
  };
}

/** The statistic of each test: Kolmogorov–Smirnov on the four per-picture values, stability index on the histogram. */
export function compareSamples(window: DriftSample, reference: DriftSample): Record<DriftTest, number> {
  return {
    mean: kolmogorovSmirnov(window.mean, reference.mean),
    std: kolmogorovSmirnov(window.std, reference.std),
    laplacianVariance: kolmogorovSmirnov(window.laplacianVariance, reference.laplacianVariance),
    score: kolmogorovSmirnov(window.score, reference.score),
    histogram: stabilityIndex(window.histogram, reference.histogram),
  };
}

const windows = [10, 25, 60, 150, 400] as const;
/** Fewer draws leave the 99th percentile to chance, more cost the trainer seconds. */
const draws = 500;
/** A resampled reference larger than this changes the limits by less than the draws do. */
const largestResample = 2000;

/**
 * The training distribution with its alarm limits. Each draw takes whole groups with replacement, once for the window
 * and once for the reference itself (two-sample bootstrap: new parts differ from the training parts, not only from
 * their distribution). The limits of one window size are raised together until the *largest* of the five ratios stays
 * below 1 in 99 of 100 draws (P. Westfall and S. Young, "Resampling-based multiple testing", 1993): five tests
 * at 1 % each would alarm up to five times as often.
 * @param pictures scores must come from models that did not train on the picture's group, else every window alarms
 */
export function buildReference(pictures: readonly ObservedPicture[], seed = 1): DriftReference {
  const groups = [...Map.groupBy(pictures, (picture) => picture.group).values()];
  const random = generator(seed);
  const draw = (n: number): ObservedPicture[] => {
    const drawn: ObservedPicture[] = [];
    while (drawn.length < n) drawn.push(...(groups[Math.floor(random() * groups.length)] ?? []));
    return drawn.slice(0, n);
  };
  const found = windows.map(() => [] as Record<DriftTest, number>[]);
  for (let i = 0; i < draws; i += 1) {
    const reference = toSample(draw(Math.min(pictures.length, largestResample)));
    windows.forEach((n, at) => {
      found[at]?.push(compareSamples(toSample(draw(n)), reference));
    });
  }
  const all = toSample(pictures);
  return {
    pictures: pictures.length,
    groups: groups.length,
    quantiles: {
      mean: toQuantiles(all.mean),
      std: toQuantiles(all.std),
      laplacianVariance: toQuantiles(all.laplacianVariance),
      score: toQuantiles(all.score),
    },
    histogram: all.histogram.map(short),
    limits: windows.map((n, at) => ({ n, ...jointLimits(found[at] ?? []) })),
  };
}

function jointLimits(found: readonly Record<DriftTest, number>[]): Record<DriftTest, number> {
  const each = (value: (test: DriftTest) => number) =>
    Object.fromEntries(driftTests.map((test) => [test, value(test)])) as Record<DriftTest, number>;
  const single = each((test) => Math.max(1e-9, percentile99(found.map((statistics) => statistics[test]))));
  const widen = percentile99(
    found.map((statistics) => Math.max(...driftTests.map((test) => statistics[test] / single[test]))),
  );
  return each((test) => short(single[test] * Math.max(1, widen)));
}

function percentile99(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.99) - 1)] ?? 0;
}

function toQuantiles(sorted: ArrayLike<number>): number[] {
  const points = 201;
  return Array.from({ length: points }, (_, i) => {
    const place = (i / (points - 1)) * (sorted.length - 1);
    const below = sorted[Math.floor(place)] as number;
    const above = sorted[Math.ceil(place)] as number;
    return short(below + (above - below) * (place - Math.floor(place)));
  });
}

/** Six digits: enough for every statistic, and model.json stays readable. */
function short(value: number): number {
  return Number(value.toPrecision(6));
}

/** A small seeded generator (mulberry32), so that the same pictures give the same limits everywhere. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

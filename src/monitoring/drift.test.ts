import { describe, expect, it } from 'vitest';
import { buildReference, driftReferenceSchema, type ObservedPicture } from '../serving/drift-reference.ts';
import { kolmogorovSmirnov, stabilityIndex } from '../serving/drift-statistics.ts';
import { measureDrift } from './drift.ts';

/** A seeded source of normal deviates, so that the test is the same every time. */
function normals(seed: number): () => number {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
}

/** Parts with four pictures each: parts differ more from one another than pictures of the same part. */
function line(
  seed: number,
  parts: number,
  change: { light?: number; sharpness?: number; score?: number } = {},
): ObservedPicture[] {
  const normal = normals(seed);
  return Array.from({ length: parts }, (_, p) => {
    const level = 120 + normal() * 12;
    const bad = p % 3 === 0 ? 0.85 : 0.12;
    return Array.from({ length: 4 }, () => {
      const mean = (level + normal() * 6) * (change.light ?? 1);
      const histogram = Array.from({ length: 16 }, (_, bin) =>
        Math.exp(-(((bin * 16 + 8 - mean) / 30) ** 2)),
      );
      const total = histogram.reduce((a, b) => a + b, 0);
      return {
        group: `part-${p}`,
        statistics: {
          mean,
          std: (30 + normal() * 3) * (change.light ?? 1),
          laplacianVariance: Math.exp(5 + normal() * 0.3) * (change.sharpness ?? 1),
          histogram: histogram.map((x) => x / total),
        },
        score: Math.min(1, Math.max(0, bad + normal() * 0.1 + (change.score ?? 0))),
      };
    });
  }).flat();
}

const reference = buildReference(line(7, 90));

describe('statistics', () => {
  it('Kolmogorov–Smirnov by hand', () => {
    expect(kolmogorovSmirnov([1, 2, 3, 4], [3, 4, 5, 6])).toBe(0.5);
    expect(kolmogorovSmirnov([1, 1, 1], [1])).toBe(0);
    expect(kolmogorovSmirnov([0], [1])).toBe(1);
  });

  it('stability index by hand', () => {
    expect(stabilityIndex([0.5, 0.5], [0.5, 0.5])).toBe(0);
    expect(stabilityIndex([0.6, 0.4], [0.5, 0.5])).toBeCloseTo(0.1 * Math.log(1.2) - 0.1 * Math.log(0.8), 12);
  });
});

describe('measureDrift', () => {
  it('alarms on at most 2 % of windows of new, unchanged parts', () => {
    let alarms = 0;
    const windows = 400;
    for (let w = 0; w < windows; w += 1) {
      const parts = [5, 13, 25, 50][w % 4] ?? 5;
      if (measureDrift(line(1000 + w, parts), reference).drift > 1) alarms += 1;
    }
    expect(alarms / windows).toBeLessThanOrEqual(0.02);
  });

  it.each([
    ['darkness', { light: 0.5 }, ['mean', 'std', 'histogram']],
    ['blur', { sharpness: 0.3 }, ['laplacianVariance']],
    ['dirt', { score: 0.4 }, ['score']],
  ] as const)('sees %s', (_, change, names) => {
    const result = measureDrift(line(4242, 25, change), reference);
    const alarms = result.tests.filter((test) => test.ratio > 1).map((test) => test.name);
    expect(result.drift).toBeGreaterThan(1.5);
    expect(alarms).toEqual(expect.arrayContaining([...names]));
    expect(result.drift).toBe(Math.max(...result.tests.map((test) => test.ratio)));
  });

  it('asks more of smaller windows, also between and below the drawn sizes', () => {
    const limits = [4, 10, 15, 25, 70, 100, 400, 5000].map(
      (n) => measureDrift(line(5, Math.ceil(n / 4)).slice(0, n), reference).tests[0]?.limit ?? 0,
    );
    for (let i = 1; i < limits.length; i += 1) expect(limits[i]).toBeLessThanOrEqual(limits[i - 1] ?? 0);
    expect(measureDrift([], reference)).toEqual({ drift: 0, tests: [], n: 0 });
  });
});

it('a reference survives JSON and is the same each time', () => {
  expect(driftReferenceSchema.parse(JSON.parse(JSON.stringify(reference)))).toEqual(reference);
  expect(buildReference(line(7, 90))).toEqual(reference);
});

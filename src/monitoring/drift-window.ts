import * as z from 'zod';
import { type DriftReference, driftScore, type ObservedPicture } from '../serving/drift-reference.ts';
import type { ModelManifest } from '../serving/model-manifest.ts';
import { type DriftResult, measureDrift } from './drift.ts';

/** Pictures compared at once: fewer see less, more see a change later. */
export const windowPictures = 200;

const statisticsSchema = z.object({
  mean: z.number(),
  std: z.number(),
  laplacianVariance: z.number(),
  histogram: z.array(z.number()).length(16),
  scores: z.record(z.string(), z.number()),
});

/** Drift of the newest predictions against what the model was trained on; null where the model says nothing of that. */
export function driftOf(lines: readonly string[], manifest: ModelManifest): DriftResult | null {
  const reference: DriftReference | undefined = manifest.reference;
  if (reference === undefined) return null;
  const reject = manifest.decision?.reject;
  const window = lines.flatMap((line): Pick<ObservedPicture, 'statistics' | 'score'>[] => {
    const parsed = statisticsSchema.safeParse(readJson(line));
    if (!parsed.success) return [];
    const { scores, ...statistics } = parsed.data;
    const score = Math.max(...Object.values(scores));
    const rejectScore =
      reject === undefined ? null : reject.reduce((sum, label) => sum + (scores[label] ?? 0), 0);
    return [{ statistics, score: driftScore({ score, rejectScore }) }];
  });
  return measureDrift(window, reference);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

import { fault } from '../shared/errors.ts';
import { checkOutput, type ModelManifest } from './model-manifest.ts';

/** What becomes of a part: let through, taken out, or looked at by a person. */
export type Decision = 'pass' | 'reject' | 'unsure';

/** The answer for one picture. `rejectScore` is r, or null where the model decides nothing. */
export interface Answer {
  label: string;
  score: number;
  decision: Decision | null;
  rejectScore: number | null;
}

/** How far a probability may be from 0…1: nets that compute in half precision round by about a thousandth. */
const tolerance = 0.01;

/**
 * Turns scores (one per label, in the manifest's order) into label and decision.
 * r = the sum of the reject labels' scores; unsure if unsure[0] ≤ r < unsure[1], else reject if r ≥ threshold;
 * the label is the largest score on the side that r ≥ threshold chooses. The first of equals wins.
 * @throws serving.labels_mismatch, serving.bad_scores, serving.no_probabilities
 */
export function decide(scores: ArrayLike<number>, manifest: ModelManifest): Answer {
  const { labels, decision } = manifest;
  checkOutput(manifest, scores.length);
  const values = Array.from(scores);
  if (!values.every(Number.isFinite)) throw fault('serving.bad_scores', {});
  const largest = (among: (label: string) => boolean): { label: string; score: number } => {
    let best = { label: '', score: Number.NEGATIVE_INFINITY };
    labels.forEach((label, i) => {
      const score = values[i] ?? 0;
      if (among(label) && score > best.score) best = { label, score };
    });
    return best;
  };
  if (decision === undefined) return { ...largest(() => true), decision: null, rejectScore: null };
  const outside = values.findIndex((value) => value < -tolerance || value > 1 + tolerance);
  if (outside !== -1)
    throw fault('serving.no_probabilities', { label: labels[outside] ?? '', score: values[outside] ?? 0 });
  const reject = new Set(decision.reject);
  const rejectScore = labels.reduce((sum, label, i) => (reject.has(label) ? sum + (values[i] ?? 0) : sum), 0);
  const bad = rejectScore >= decision.threshold;
  const { unsure } = decision;
  const inDoubt = unsure !== undefined && unsure[0] <= rejectScore && rejectScore < unsure[1];
  return {
    ...largest((label) => reject.has(label) === bad),
    decision: inDoubt ? 'unsure' : bad ? 'reject' : 'pass',
    rejectScore,
  };
}

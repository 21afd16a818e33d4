/** One picture judged by nets that have not seen its part: r, the reject side's score, and the truth. */
export interface Judged {
  score: number;
  bad: boolean;
}

const passNames = new Set(['ok', 'good', 'pass', 'sound', '良品']);

/** The labels to reject: all but the one named like a sound part. Undefined where there is no such label. */
export function rejectLabels(labels: readonly string[]): string[] | undefined {
  const reject = labels.filter((label) => !passNames.has(label.toLowerCase()));
  return reject.length < labels.length && reject.length > 0 ? reject : undefined;
}

/**
 * The threshold for r: 0.5, where a calibrated score errs least, unless that is more than one standard error worse than
 * the best; then the nearest one that is not (the one-standard-error rule of L. Breiman et al., "Classification and
 * regression trees", 1984). The very best threshold on some hundred pictures is mostly luck.
 */
export function chooseThreshold(judged: readonly Judged[]): number {
  const steps = Array.from({ length: 99 }, (_, i) => (i + 1) / 100);
  const accuracies = steps.map((threshold) => accuracyAt(judged, threshold));
  const best = Math.max(...accuracies);
  const slack = Math.sqrt((best * (1 - best)) / judged.length);
  const good = steps.filter((_, i) => (accuracies[i] as number) >= best - slack);
  return good.reduce((chosen, step) => (Math.abs(step - 0.5) < Math.abs(chosen - 0.5) ? step : chosen));
}

/**
 * The band around the threshold in which a person should look: the tenth of all pictures whose r lies nearest to it,
 * if at least one of four of them was judged wrong. Undefined where the model is surer than that.
 */
export function unsureBand(judged: readonly Judged[], threshold: number): [number, number] | undefined {
  const nearest = judged
    .toSorted((a, b) => Math.abs(a.score - threshold) - Math.abs(b.score - threshold))
    .slice(0, Math.ceil(judged.length / 10));
  const wrong = nearest.filter(({ score, bad }) => score >= threshold !== bad).length;
  const reach = Math.abs((nearest.at(-1)?.score ?? threshold) - threshold);
  if (wrong * 4 < nearest.length || reach < 0.005) return undefined;
  const round = (x: number) => Math.round(Math.min(1, Math.max(0, x)) * 1000) / 1000;
  return [round(threshold - reach), round(threshold + reach)];
}

function accuracyAt(judged: readonly Judged[], threshold: number): number {
  return judged.filter(({ score, bad }) => score >= threshold === bad).length / judged.length;
}

/** Probability that a bad picture has a higher r than a sound one (area under the ROC curve; ties count half). */
export function areaUnderCurve(judged: readonly Judged[]): number {
  const bad = judged.filter((j) => j.bad);
  const sound = judged.filter((j) => !j.bad);
  let wins = 0;
  for (const b of bad) for (const s of sound) wins += b.score > s.score ? 1 : b.score === s.score ? 0.5 : 0;
  return wins / Math.max(1, bad.length * sound.length);
}

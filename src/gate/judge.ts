import type { Finding, Share, Verdict } from '../api/contract/gate.ts';
import { wilsonInterval } from '../shared/wilson-interval.ts';
import type { Evaluation, Judged } from './evaluation.ts';

/** What a model must reach. Rates lie in 0..1. */
export interface GateRules {
  minAccuracy: number;
  minRecall: Readonly<Record<string, number>>;
  /** Test pictures that each label needs, else nothing can be said of it. */
  minSamples: number;
  /** Compare with production; `margin` null: one standard error of the paired difference. */
  notWorse: { endpoint: string | null; margin: number | null } | null;
}

/** The model in production, evaluated on the same pictures. */
export interface Rival {
  endpoint: string;
  evaluation: Evaluation;
}

/** Something is in production, but its files were never registered, so there is nothing to compare with. */
export const notKept = 'not-kept';

type Judgement = Pick<
  Verdict,
  | 'passed'
  | 'model'
  | 'pictures'
  | 'groups'
  | 'accuracy'
  | 'recall'
  | 'confusion'
  | 'unsure'
  | 'missedDefects'
  | 'falseAlarms'
  | 'comparison'
  | 'findings'
  | 'notes'
>;

/** Decides on an evaluation. Pure: the same figures and rules give the same verdict. */
export function judge(
  evaluation: Evaluation,
  rules: GateRules,
  production: Rival | typeof notKept | null,
): Judgement {
  const { pictures, model, reject } = evaluation;
  const rival = production === notKept ? null : production;
  const labels = labelsOf(evaluation);
  const accuracy = shareOf(pictures, right);
  const recall: Record<string, Share> = {};
  for (const label of labels)
    recall[label] = shareOf(
      pictures.filter(({ truth }) => truth === label),
      right,
    );
  const comparison = rival && compare(evaluation, rival, rules.notWorse?.margin ?? null);
  const findings: Finding[] = [
    ...labels.map((label) => {
      const actual = recall[label]?.n ?? 0;
      const wanted = rules.minSamples;
      return { rule: 'samples' as const, of: label, passed: actual >= wanted, wanted, actual };
    }),
    {
      rule: 'accuracy',
      of: null,
      passed: accuracy.n > 0 && accuracy.rate >= rules.minAccuracy,
      wanted: rules.minAccuracy,
      actual: accuracy.rate,
    },
    ...Object.entries(rules.minRecall).map(([label, wanted]) => {
      const found = recall[label];
      const actual = found?.rate ?? null;
      const passed = found !== undefined && found.n > 0 && found.rate >= wanted;
      return { rule: 'recall' as const, of: label, passed, wanted, actual };
    }),
  ];
  if (comparison)
    findings.push({
      rule: 'not-worse-than',
      of: comparison.endpoint,
      // A hair's breadth for the last bit: a drop of exactly the margin is within it.
      passed: comparison.drop <= comparison.margin + 1e-12,
      wanted: comparison.margin,
      actual: comparison.drop,
    });
  const notes: Judgement['notes'] = [];
  if (rules.notWorse !== null && production === null) notes.push('nothing-in-production');
  if (production === notKept) notes.push('production-not-kept');
  if (rival && rival.evaluation.model.digest === model.digest) notes.push('same-model');
  if (labels.length > evaluation.labels.length) notes.push('unknown-labels');
  const isReject = (label: string) => reject?.includes(label) ?? false;
  const defects = pictures.filter(({ truth }) => isReject(truth));
  const sound = pictures.filter(({ truth }) => !isReject(truth));
  return {
    passed: findings.every(({ passed }) => passed),
    model,
    pictures: pictures.length,
    groups: new Set(pictures.map(({ group }) => group)).size,
    accuracy,
    recall,
    confusion: confusionOf(pictures, labels),
    unsure: reject && shareOf(pictures, ({ decision }) => decision === 'unsure'),
    missedDefects: reject && shareOf(defects, ({ label }) => !isReject(label)),
    falseAlarms: reject && shareOf(sound, ({ label }) => isReject(label)),
    comparison,
    findings,
    notes,
  };
}

const right = ({ truth, label }: Judged): boolean => truth === label;

/** Of no picture: any share may be true. */
const nothingKnown: Share = { n: 0, rate: 0, low: 0, high: 1 };

function shareOf(pictures: readonly Judged[], hit: (picture: Judged) => boolean): Share {
  return wilsonInterval(pictures.filter(hit).length, pictures.length) ?? nothingKnown;
}

/** The model's labels, then those that only the data knows: they count as wrong, and need samples too. */
function labelsOf({ labels, pictures }: Evaluation): string[] {
  const others = new Set(pictures.map(({ truth }) => truth));
  for (const label of labels) others.delete(label);
  return [...labels, ...[...others].sort()];
}

function confusionOf(pictures: readonly Judged[], labels: string[]): Judgement['confusion'] {
  const index = new Map(labels.map((label, i) => [label, i]));
  const counts = labels.map(() => labels.map(() => 0));
  for (const { truth, label } of pictures) {
    const row = counts[index.get(truth) ?? -1];
    const column = index.get(label) ?? -1;
    if (row?.[column] !== undefined) row[column]++;
  }
  return { labels, counts };
}

/**
 * Paired comparison on the same pictures: d = right(production) − right(candidate) of each, drop = its mean, standard
 * error = s(d)/√n. Pairing takes away what all models find hard, so far fewer pictures tell two models apart.
 */
function compare(
  candidate: Evaluation,
  { endpoint, evaluation: production }: Rival,
  margin: number | null,
): NonNullable<Judgement['comparison']> {
  const before = new Map(production.pictures.map((picture) => [picture.path, right(picture)]));
  let n = 0;
  let onlyCandidateRight = 0;
  let onlyProductionRight = 0;
  for (const picture of candidate.pictures) {
    const old = before.get(picture.path);
    if (old === undefined) continue;
    n++;
    if (right(picture) && !old) onlyCandidateRight++;
    if (!right(picture) && old) onlyProductionRight++;
  }
  const drop = n === 0 ? 0 : (onlyProductionRight - onlyCandidateRight) / n;
  const squares = onlyProductionRight + onlyCandidateRight;
  const variance = n < 2 ? 0 : (squares - n * drop * drop) / (n - 1);
  const standardError = n === 0 ? 0 : Math.sqrt(Math.max(0, variance) / n);
  return {
    endpoint,
    digest: production.model.digest,
    accuracy: shareOf(production.pictures, right).rate,
    drop,
    standardError,
    margin: margin ?? standardError,
    onlyCandidateRight,
    onlyProductionRight,
  };
}

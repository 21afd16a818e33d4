import type { Share } from '../shared/wilson-interval.ts';
import type { RetrainPolicy } from './policy.ts';

/** Labels below which accuracy says too little: with fewer, one wrong label moves it by more than three points. */
const fewestLabels = 30;
/** Pictures below which drift is not judged: its limits are wide, and a handful of one part looks like a new line. */
const fewestPictures = 20;

/** After a retraining that could not be started, the next try waits this long: less repeats the same failure. */
const retryMs = 10 * 60_000;

/** What is known at the moment of the decision. Times are wall milliseconds. */
export interface RetrainFacts {
  now: number;
  /** Of the live model's newest labelled predictions. */
  accuracy: Share | null;
  drift: { drift: number; n: number; worst: string } | null;
  /** Labelled pictures that no snapshot has yet. */
  newLabels: number;
  /** The first scheduled time since the last retraining (or since the model went live). */
  scheduledAt: number | null;
  lastStartedAt: number | null;
  /** When the newest retraining could not even be started (its data set is gone, say); null where it could. */
  lastFailedAt: number | null;
  /** A retraining is being prepared or its pipeline runs. */
  running: boolean;
  live: boolean;
}

export type RetrainReason =
  | 'accuracy'
  | 'drift'
  | 'new_labels'
  | 'schedule'
  | 'no_release'
  | 'running'
  | 'cool_down'
  | 'all_well';

export interface RetrainDecision {
  start: boolean;
  reason: RetrainReason;
  values: Readonly<Record<string, string | number>>;
}

/**
 * Whether to retrain now. Any condition starts it. Accuracy counts as below its floor when the whole 95 % interval is
 * (a few unlucky labels start nothing); a schedule that fell into the cool-down is made up for after it.
 */
export function decideRetraining(policy: RetrainPolicy, facts: RetrainFacts): RetrainDecision {
  const wait = (reason: RetrainReason, values: RetrainDecision['values'] = {}): RetrainDecision => ({
    start: false,
    reason,
    values,
  });
  const start = (reason: RetrainReason, values: RetrainDecision['values']): RetrainDecision => ({
    start: true,
    reason,
    values,
  });
  const { when } = policy;
  const { accuracy, drift, now } = facts;
  if (!facts.live) return wait('no_release');
  if (facts.running) return wait('running');
  if (facts.lastFailedAt !== null && now < facts.lastFailedAt + retryMs)
    return wait('cool_down', { until: new Date(facts.lastFailedAt + retryMs).toISOString() });
  if (facts.lastStartedAt !== null && now < facts.lastStartedAt + policy.coolDownMs)
    return wait('cool_down', { until: new Date(facts.lastStartedAt + policy.coolDownMs).toISOString() });
  if (
    when.accuracyBelow !== undefined &&
    accuracy !== null &&
    accuracy.n >= fewestLabels &&
    accuracy.high < when.accuracyBelow
  )
    return start('accuracy', {
      accuracy: round(accuracy.rate),
      high: round(accuracy.high),
      floor: when.accuracyBelow,
      n: accuracy.n,
    });
  if (
    when.driftAbove !== undefined &&
    drift !== null &&
    drift.n >= fewestPictures &&
    drift.drift > when.driftAbove
  )
    return start('drift', {
      drift: round(drift.drift),
      limit: when.driftAbove,
      test: drift.worst,
      n: drift.n,
    });
  if (when.newLabels !== undefined && facts.newLabels >= when.newLabels)
    return start('new_labels', { labels: facts.newLabels, enough: when.newLabels });
  if (when.schedule !== undefined && facts.scheduledAt !== null && facts.scheduledAt <= now)
    return start('schedule', { schedule: when.schedule });
  return wait('all_well', {
    labels: facts.newLabels,
    ...(accuracy === null ? {} : { accuracy: round(accuracy.rate) }),
    ...(drift === null ? {} : { drift: round(drift.drift) }),
  });
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

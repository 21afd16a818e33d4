import type { JobStatus } from '../../forge.ts';
import { COMPLETED, compositeStatus } from './status.ts';

import type { JobState, PipelineStatus, Transition, When } from './types.ts';

export { pipelineStatus } from './status.ts';

/** Failures that a retry cannot mend, whatever `retry:` says. */
const NEVER_RETRIED = [
  'job_canceled',
  'data_integrity_failure',
  'missing_dependency_failure',
  'unmet_prerequisites',
  'archived_failure',
];

/**
 * Everything that must happen now, as GitLab's state machine decides it: given the newest attempt of each name, which
 * created jobs become pending (or wait for their resource group, a person or a clock), which are skipped, which
 * failures are tried again. Pure and complete: the transitions applied, a second call gives none. A job with a
 * `resourceGroup` goes to `waiting_for_resource`; the caller moves it on when the group is free (over all pipelines).
 */
export function nextStates(jobs: readonly JobState[]): Transition[] {
  const transitions: Transition[] = [];
  const current = new Map<string, JobState>();
  for (const job of jobs) {
    const again = shouldRetry(job);
    if (again) transitions.push({ type: 'retry', id: job.id });
    // The new attempt is not there yet; what depends on it waits as for any created job.
    current.set(job.name, again ? { ...job, status: 'created' } : job);
  }
  const retried = new Set(transitions.map((transition) => transition.id));
  const waiting = jobs
    .filter((job) => job.status === 'created' && !retried.has(job.id))
    .sort((a, b) => a.stageIndex - b.stageIndex || a.id - b.id);
  for (let changed = true; changed; ) {
    changed = false;
    let before = stagesBefore(current);
    for (const job of waiting) {
      if (current.get(job.name)?.status !== 'created') continue;
      const move = decide(job, previousStatus(job, current, before));
      if (move === null) continue;
      transitions.push(move);
      current.set(job.name, { ...job, status: move.to });
      // A job that only got going completes nothing; one that was skipped or left to a person may.
      if (move.to !== 'skipped' && move.to !== 'manual') continue;
      changed = true;
      before = stagesBefore(current);
    }
  }
  return transitions;
}

/** Status of all jobs before each stage, made at most once for each. */
function stagesBefore(current: ReadonlyMap<string, JobState>): (stageIndex: number) => PipelineStatus {
  const known = new Map<number, PipelineStatus>();
  return (stageIndex) => {
    const ready = known.get(stageIndex);
    if (ready !== undefined) return ready;
    const status = compositeStatus([...current.values()].filter((job) => job.stageIndex < stageIndex));
    known.set(stageIndex, status);
    return status;
  };
}

function previousStatus(
  job: JobState,
  current: ReadonlyMap<string, JobState>,
  before: (stageIndex: number) => PipelineStatus,
): PipelineStatus {
  if (job.needs === null) return before(job.stageIndex);
  const needed = job.needs.flatMap((need) => current.get(need.job) ?? []);
  return compositeStatus(needed, 'needs');
}

/** Null while what comes before is not finished. */
function decide(job: JobState, previous: PipelineStatus): (Transition & { type: 'move' }) | null {
  if (!COMPLETED.includes(previous as JobStatus)) return null;
  const move = (to: JobStatus, startInMs: number | null = null): Transition & { type: 'move' } => ({
    type: 'move',
    id: job.id,
    from: job.status,
    to,
    startInMs,
  });
  if (!startsAfter(job.when, previous, job.needs !== null)) return move('skipped');
  if (job.when === 'manual') return move('manual');
  if (job.when === 'delayed' && job.startInMs !== null) return move('scheduled', job.startInMs);
  return move(startedStatus(job));
}

/** Where a job goes when nothing holds it any more (also when played or when its delay is over). */
export function startedStatus(job: Pick<JobState, 'resourceGroup'>): 'pending' | 'waiting_for_resource' {
  return job.resourceGroup === null ? 'pending' : 'waiting_for_resource';
}

function startsAfter(when: When, previous: PipelineStatus, byNeeds: boolean): boolean {
  switch (when) {
    case 'on_failure':
      return previous === 'failed';
    case 'always':
      return previous === 'success' || previous === 'failed' || previous === 'skipped';
    default:
      return previous === 'success' || (previous === 'skipped' && !byNeeds);
  }
}

/** True where a failed attempt is tried again by itself under its `retry:`. */
export function shouldRetry(
  job: Pick<JobState, 'status' | 'retry' | 'autoRetries' | 'failureReason' | 'exitCode'>,
): boolean {
  if (job.status !== 'failed' || job.autoRetries >= job.retry.max) return false;
  const reason = job.failureReason ?? 'unknown_failure';
  if (NEVER_RETRIED.includes(reason)) return false;
  const { when, exitCodes } = job.retry;
  if (when.length === 0 && exitCodes.length === 0) return true;
  return when.includes(reason) || (job.exitCode !== null && exitCodes.includes(job.exitCode));
}

/**
 * The skipped jobs that must be looked at again (back to `created`) after `started` was played or retried: those of
 * later stages, and those that need it, directly or not.
 */
export function toReconsider(jobs: readonly JobState[], started: string): number[] {
  const origin = jobs.find((job) => job.name === started);
  if (origin === undefined) return [];
  const after = new Set([started]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const job of jobs) {
      if (after.has(job.name)) continue;
      const follows =
        job.needs === null
          ? jobs.some((other) => after.has(other.name) && other.stageIndex < job.stageIndex)
          : job.needs.some((need) => after.has(need.job));
      if (!follows) continue;
      after.add(job.name);
      grew = true;
    }
  }
  return jobs.filter((job) => job.status === 'skipped' && after.has(job.name)).map((job) => job.id);
}

import type { JobStatus } from '../../forge.ts';
import type { AllowFailure } from './config.ts';
import type { JobState, PipelineStatus } from './types.ts';

/** Statuses after which a job does not change by itself. */
export const COMPLETED: readonly JobStatus[] = ['success', 'failed', 'canceled', 'skipped'];

type Counted = JobStatus | 'warning' | 'ignored';
type StatusOf = Pick<JobState, 'status' | 'allowFailure' | 'exitCode'>;

/** Whether this job's failure does not count; with exit codes that is known only afterwards. */
export function mayFail(allowFailure: AllowFailure, exitCode: number | null): boolean {
  if (typeof allowFailure === 'boolean') return allowFailure;
  return exitCode !== null && allowFailure.exitCodes.includes(exitCode);
}

function counted(job: StatusOf): Counted {
  if (!mayFail(job.allowFailure, job.exitCode)) return job.status;
  if (job.status === 'failed' || job.status === 'canceled') return 'warning';
  return job.status === 'manual' ? 'ignored' : job.status;
}

/**
 * One status for several jobs (a stage, the stages before, a pipeline), by GitLab's order of precedence.
 * None at all count as success. `needs` is for jobs that name what they need: there a skipped or unplayed one makes
 * the whole skipped, and an unfinished one holds it back.
 */
export function compositeStatus(jobs: readonly StatusOf[], of: 'all' | 'needs' = 'all'): PipelineStatus {
  const present = new Set(jobs.map(counted));
  const only = (...allowed: readonly Counted[]): boolean =>
    [...present].every((status) => allowed.includes(status));
  const any = (status: Counted): boolean => present.has(status);
  if (present.size === 0) return 'success';
  if (of === 'needs') {
    if (any('skipped') || any('ignored')) return 'skipped';
    if (!only('success', 'failed', 'canceled', 'skipped', 'warning')) return 'pending';
  }
  if (only('skipped', 'ignored')) return 'skipped';
  if (only('success', 'skipped', 'warning', 'ignored')) return 'success';
  if (only('created', 'warning', 'ignored')) return 'created';
  if (only('canceled', 'success', 'skipped', 'warning', 'ignored')) return 'canceled';
  if (only('pending', 'created', 'skipped', 'warning', 'ignored')) return 'pending';
  if (any('running') || any('pending')) return 'running';
  if (any('waiting_for_resource')) return 'waiting_for_resource';
  if (any('manual')) return 'manual';
  if (any('scheduled')) return 'scheduled';
  if (any('created')) return 'running';
  return any('canceling') ? 'canceling' : 'failed';
}

/** The status of a pipeline from the newest attempt of each of its jobs. */
export function pipelineStatus(jobs: readonly StatusOf[]): PipelineStatus {
  return jobs.length === 0 ? 'skipped' : compositeStatus(jobs);
}

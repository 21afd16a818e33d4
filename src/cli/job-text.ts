import { InvalidArgumentError, Option } from 'commander';
import type { JobJson } from '../api/contract/jobs.ts';
import type { JobStatus } from '../forge/forge.ts';
import type { Lang } from '../shared/text/format.ts';
import { type PhraseKey, say } from '../shared/text.ts';

const waits: Record<string, PhraseKey> = {
  budget: 'wait.budget',
  no_pool: 'wait.no_pool',
  no_executor: 'wait.no_executor',
  pool_paused: 'wait.pool_paused',
  starting: 'wait.starting',
  pool_full: 'wait.pool_full',
  clock: 'wait.clock',
  clock_provider: 'wait.clock_provider',
  restored: 'wait.restored',
};

/** Why a job waits, in the reader's language; a reason of a newer server is shown by its code. */
export function waitText(lang: Lang, job: Pick<JobJson, 'pendingReason' | 'tags'>): string {
  const reason = job.pendingReason;
  if (!reason) return say(lang, 'forge.wait.runner');
  if (reason.code === 'budget' && reason.values['scope'] === 'project')
    return say(lang, 'wait.budget_project', reason.values);
  const key = waits[reason.code];
  return key ? say(lang, key, { tags: job.tags.join(', '), ...reason.values }) : reason.code;
}

/** What to do about a job that the budget holds; null for others. */
export function waitAdvice(lang: Lang, job: Pick<JobJson, 'id' | 'pendingReason'>): string | null {
  const reason = job.pendingReason;
  if (reason?.code !== 'budget') return null;
  const key = reason.values['scope'] === 'project' ? 'wait.budget_project.advice' : 'wait.budget.advice';
  return say(lang, key, { id: job.id });
}

/** Columns of one job. */
export function jobRow(lang: Lang, job: JobJson): string[] {
  return [
    String(job.id),
    job.status,
    job.stage,
    job.name,
    job.attempt > 1 ? `×${job.attempt}` : '',
    job.status === 'pending' ? waitText(lang, job) : (failureText(lang, job) ?? seconds(job)),
  ];
}

/** Why a job failed or was ended: in words where its budget is why, else the reason's code, and what its script ended with, such as the 3 of a gate that refused. */
export function failureText(lang: Lang, job: Pick<JobJson, 'failureReason' | 'exitCode'>): string | null {
  if (job.failureReason === 'lease_over') return say(lang, 'forge.failure.lease_over');
  if (job.failureReason === 'spending_stopped') return say(lang, 'forge.failure.spending_stopped');
  if (job.failureReason === null || !job.exitCode) return job.failureReason;
  return `${job.failureReason}, exit ${job.exitCode}`;
}

function seconds(job: JobJson): string {
  if (job.startedAt === null || job.finishedAt === null) return '';
  return `${((job.finishedAt - job.startedAt) / 1000).toFixed(1)} s`;
}

const statuses: readonly JobStatus[] = [
  'created',
  'waiting_for_resource',
  'pending',
  'running',
  'success',
  'failed',
  'canceling',
  'canceled',
  'skipped',
  'manual',
  'scheduled',
];

/** `--status`: a misspelt one would list nothing, as if there were none. */
export function statusOption(): Option {
  return new Option('--status <status>').choices(statuses);
}

/** A positive whole number on the command line (`#12` too). */
export function number(text: string): number {
  const value = Number(text.replace(/^#/, ''));
  if (!Number.isInteger(value) || value <= 0) throw new InvalidArgumentError('a whole number is expected');
  return value;
}

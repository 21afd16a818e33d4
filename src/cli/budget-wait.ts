import type { JobJson } from '../api/contract/jobs.ts';
import { fault } from '../shared/errors.ts';
import type { Cli } from './cli.ts';
import { waitText } from './job-text.ts';

/** How long a new job may take to show that the budget holds it: the pools look at it within a second. */
const noticeMs = 3000;

/** @throws forge.job_waits (exit 4) where the budget holds one of the jobs */
export function refuseHeld(cli: Cli, jobs: readonly JobJson[]): void {
  const held = jobs.find((job) => job.status === 'pending' && job.pendingReason?.code === 'budget');
  if (held)
    throw fault('forge.job_waits', { job: held.id, name: held.name, reason: waitText(cli.lang, held) });
}

/** Looks until one of the jobs runs or none can start any more, for as long as a word of the budget may take. */
export async function refuseBudgetWait(cli: Cli, look: () => Promise<readonly JobJson[]>): Promise<void> {
  for (const until = Date.now() + noticeMs; Date.now() < until; ) {
    const jobs = await look();
    refuseHeld(cli, jobs);
    const waiting = jobs.some(({ status }) => status === 'pending' || status === 'created');
    if (!waiting || jobs.some(({ status }) => status === 'running')) return;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

import type { Admission, WaitingJob, WaitReason } from '../forge/forge.ts';
import type { Fit, Shortfall } from '../ledger/budget.ts';
import { noteHandedOut, noteReleased } from '../ledger/job-spans.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Clock } from '../shared/clock.ts';
import type { Store } from '../store/store.ts';
import type { ClockWatch } from './clock-watch.ts';
import { carries, serves } from './decide-scaling.ts';
import type { NodeRows } from './node-rows.ts';
import type { Pool } from './pool.ts';

/**
 * Between our order and the end of billing: draining, the provider's call, its delay. Smaller, and a node outlives
 * what was paid for it; larger, and each lease keeps money that nobody needs.
 */
export const endMarginMs = 120_000;

/** How long a node must be paid for so that a job can run to its limit. */
export function leaseForJob(pool: { idleTimeoutMs: number }, timeoutMs: number): number {
  return timeoutMs + pool.idleTimeoutMs + endMarginMs;
}

/** The budget's no as a job shows it. */
export function budgetReason(shortfall: Shortfall): WaitReason {
  const { month, scope, neededYen, committedYen, leftYen, budgetYen } = shortfall;
  return { code: 'budget', values: { month, scope, neededYen, committedYen, leftYen, budgetYen } };
}

/** How long a refusal answers for its like. Longer, and a budget that was raised is felt late; shorter saves nothing. */
const refusalMs = 50;

export interface AdmissionDeps {
  store: Store;
  clock: Clock;
  ledger: Ledger;
  nodes: NodeRows;
  pools: ReadonlyMap<string, Pool>;
  clockWatch: ClockWatch;
  allowances: { of(jobId: number): string | null };
  held(pool: string): WaitReason | null;
  /** A node became free or gone: the reconciler should look. */
  wake(): void;
}

/** The lease that a node needs for a job from now on; null where nothing is billed for it. */
function leaseOn(
  ledger: Ledger,
  pool: Pool,
  nodeId: string,
  job: WaitingJob,
): { wantedMs: number; projectId: number | null } | null {
  const lease = ledger.lease(nodeId);
  if (lease === null) return null;
  return {
    wantedMs: lease.elapsedMs + leaseForJob(pool.config, job.timeoutMs),
    // A cloud node serves one project only, and so its cost is that one's from now on.
    projectId: pool.config.site === 'cloud' ? job.projectId : null,
  };
}

/** Why a node could not be paid for until the job's limit; null where it could. Writes nothing. */
export function affordJob(
  { ledger, nodes, pools, allowances }: Pick<AdmissionDeps, 'ledger' | 'nodes' | 'pools' | 'allowances'>,
  nodeId: string,
  job: WaitingJob,
): WaitReason | null {
  const pool = pools.get(nodes.find(nodeId)?.pool ?? '');
  const wanted = pool === undefined ? null : leaseOn(ledger, pool, nodeId, job);
  if (pool === undefined || wanted === null || allowances.of(job.jobId) !== null) return null;
  if (ledger.lease(nodeId)?.forcedBy != null) return { code: 'starting', values: { pool: pool.config.name } };
  const fit = ledger.fitsExtended(nodeId, wanted.wantedMs, wanted.projectId);
  return fit.fits ? null : budgetReason(fit.shortfall);
}

/** Fulfils the forge's port: a job goes to a node only when the node is paid for until the job's limit. */
export function createAdmission(deps: AdmissionDeps): Admission {
  const { store, clock, ledger, nodes, pools, clockWatch, allowances, held, wake } = deps;

  /** What the budget refused last: a hundred jobs alike that wait are one question to it, not a hundred. */
  let refused = { key: '', version: -1, at: 0, fit: null as Fit | null };
  const pay = (pool: Pool, nodeId: string, job: WaitingJob): Fit | null => {
    const wanted = leaseOn(ledger, pool, nodeId, job);
    if (wanted === null) return null;
    const allowance = allowances.of(job.jobId);
    const key = `${nodeId} ${job.projectId} ${job.timeoutMs}`;
    const at = clock.monotonic();
    const same = refused.key === key && refused.version === ledger.version() && at - refused.at < refusalMs;
    if (same && allowance === null) return refused.fit;
    const fit = ledger.extendLease(nodeId, wanted.wantedMs, allowance, wanted.projectId);
    if (!fit.fits) refused = { key, version: ledger.version(), at, fit };
    return fit;
  };

  return {
    admit: (job, runner) =>
      store.transaction((): 'go' | WaitReason => {
        // A runner that somebody registered by hand is a machine of theirs: nothing is billed, no pool knows it.
        if (runner.nodeId === null || runner.pool === null) return 'go';
        const pool = pools.get(runner.pool);
        const node = nodes.find(runner.nodeId);
        const starting: WaitReason = { code: 'starting', values: { pool: runner.pool } };
        if (pool === undefined || node === null || node.state !== 'up') return starting;
        if (!carries(pool.config, job.tags)) return starting;
        if (job.image !== null && !pool.containers)
          return { code: 'no_executor', values: { image: job.image, tags: job.tags.join(', ') } };
        const reason = held(pool.config.name);
        if (reason !== null) return reason;
        const { projectId, protectedRef } = node;
        const binding = projectId === null || protectedRef === null ? null : { projectId, protectedRef };
        if (!serves(node.site, binding, job)) return starting;
        if (pool.price !== null) {
          const trouble = clockWatch.trouble();
          if (trouble !== null) return trouble;
          // What an administrator let past the budget is for the jobs that were let through, not for who asks first.
          if (ledger.lease(node.id)?.forcedBy != null && allowances.of(job.jobId) === null) return starting;
          const fit = pay(pool, node.id, job);
          if (fit === null) return starting;
          if (!fit.fits) return budgetReason(fit.shortfall);
        }
        if (node.site === 'cloud' && binding === null) nodes.bind(node.id, job.projectId, job.protectedRef);
        nodes.setJob(node.id, job.jobId);
        const lease = ledger.lease(node.id);
        if (lease !== null) noteHandedOut(store, lease, job);
        return 'go';
      }),
    released: (jobId, runner) => {
      if (runner.nodeId === null) return;
      const lease = ledger.lease(runner.nodeId);
      if (lease !== null) noteReleased(store, lease, jobId);
      const node = nodes.find(runner.nodeId);
      if (node?.jobId !== jobId) return;
      nodes.setJob(node.id, null);
      store.afterCommit(wake);
    },
  };
}

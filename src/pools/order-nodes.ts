import type { WaitingJob, WaitReason } from '../forge/forge.ts';
import type { Audit } from '../identity/audit.ts';
import { noteOrderedFor } from '../ledger/job-spans.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { newId } from '../shared/ids.ts';
import type { Log } from '../shared/log.ts';
import type { Store } from '../store/store.ts';
import { budgetReason, endMarginMs, leaseForJob } from './admission.ts';
import type { Purse, ScalingStart } from './decide-scaling.ts';
import type { NodeRows } from './node-rows.ts';
import type { Pool } from './pool.ts';

/** How long a billed minimum node is paid for at a time. */
export const minimumLeaseMs = 3_600_000;

export interface NodeOrdersDeps {
  store: Store;
  log: Log;
  audit: Audit;
  ledger: Ledger;
  nodes: NodeRows;
  pools: ReadonlyMap<string, Pool>;
  allowances: { of(jobId: number): string | null };
  /** Why a node could not be paid for until that job's limit; null where it could. */
  afford(nodeId: string, job: WaitingJob): WaitReason | null;
  /** The URL a node of that pool calls home by, and the CA it needs for it. */
  home(pool: Pool): { url: string; ca: string | null };
}

/** How nodes come to have a row and a lease. Every call is made inside the transaction of a pass. */
export interface NodeOrders {
  /** The budget for one pass: what it lets through is ordered in the same breath. */
  purse(): Purse;
  /**
   * Meets a machine of ours that the provider lists. `known`: its row lives. `orphan`: no row knew it; it is booked,
   * reported and to be ended. `over`: its row ended before, so it has to be ended again.
   */
  adopt(pool: Pool, nodeId: string): 'known' | 'orphan' | 'over';
}

export function createNodeOrders(deps: NodeOrdersDeps): NodeOrders {
  const { store, log, audit, ledger, nodes, pools, allowances } = deps;

  /** Writes the intent of one new node and its lease; says why where it does not fit, null where it is ordered. */
  const order = (action: ScalingStart): WaitReason | null => {
    const pool = pools.get(action.pool);
    if (pool === undefined) return null;
    const nodeId = newId('node');
    if (pool.price !== null) {
      const work = action.job ? leaseForJob(pool.config, action.job.timeoutMs) : minimumLeaseMs;
      const fit = ledger.openLease({
        nodeId,
        ...priced(pool, pool.price),
        projectId: action.binding?.projectId ?? null,
        leasedMs: pool.config.bootTimeoutMs + work,
        forcedBy: action.job ? allowances.of(action.job.jobId) : null,
      });
      if (!fit.fits) return budgetReason(fit.shortfall);
      if (fit.warning) log.warn({ ...fit.warning, nodeId }, 'past the budget; its mode is warn');
      const lease = ledger.lease(nodeId);
      if (action.job && lease !== null) noteOrderedFor(store, lease, action.job);
    }
    nodes.insert({
      id: nodeId,
      pool: pool.config.name,
      site: pool.config.site,
      demand: action.demand,
      home: deps.home(pool).url,
      projectId: action.binding?.projectId ?? null,
      protectedRef: action.binding?.protectedRef ?? null,
    });
    audit('system', 'node.order', `node:${nodeId}`, { pool: pool.config.name, demand: action.demand });
    return null;
  };

  return {
    purse: () => {
      // Within a pass nothing is given back, so what was refused stays refused; a hundred jobs alike ask once.
      const refused = new Map<string, WaitReason>();
      return {
        start: (action) => {
          const { job, pool, binding } = action;
          const alike = `${pool} ${binding?.projectId} ${job?.timeoutMs}`;
          const known = refused.get(alike);
          if (known !== undefined && (job === null || allowances.of(job.jobId) === null)) return known;
          const reason = order(action);
          if (reason !== null) refused.set(alike, reason);
          return reason;
        },
        extend: deps.afford,
      };
    },
    adopt: (pool, nodeId) => {
      const row = nodes.find(nodeId);
      if (row !== null) return row.state === 'ended' ? 'over' : 'known';
      const { name, site } = pool.config;
      nodes.insert({
        ...{ id: nodeId, pool: name, site, demand: { kind: 'minimum', id: '' }, home: '' },
        ...{ projectId: null, protectedRef: null, state: 'ending', endReason: 'orphan' },
      });
      if (pool.price !== null)
        ledger.openLease({
          nodeId,
          ...priced(pool, pool.price),
          projectId: null,
          leasedMs: endMarginMs,
          forcedBy: 'orphan',
        });
      ledger.listed(new Set([nodeId]));
      audit('system', 'node.orphan', `node:${nodeId}`, { pool: name });
      log.warn({ nodeId, pool: name }, 'an orphan: no row knew this node; it is booked and ended');
      return 'orphan';
    },
  };
}

function priced({ config, simulated }: Pool, price: bigint) {
  const { name, vm, region } = config;
  return { pool: name, price, vm: vm ?? null, region: vm === undefined ? null : region, simulated };
}

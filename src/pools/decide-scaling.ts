import type { WaitingJob, WaitReason } from '../forge/forge.ts';
import type { Site } from '../identity/principal.ts';
import type { Demand } from './node-pool.ts';
import type { EndReason } from './node-rows.ts';

/** A pool as scaling sees it. */
export interface ScalingPool {
  name: string;
  site: Site;
  tags: readonly string[];
  /** Whether its executor runs container images. */
  containers: boolean;
  minNodes: number;
  maxNodes: number;
  idleTimeoutMs: number;
  bootTimeoutMs: number;
  billed: boolean;
  /** Why nothing new may start in it; null where it may. */
  held: WaitReason | null;
  /** Until another node may start, after nodes that failed; 0 where it may now. */
  startDelayMs: number;
  nodes: readonly ScalingNode[];
}

/** A node that has not ended; durations in milliseconds. */
export interface ScalingNode {
  id: string;
  state: 'ordered' | 'up' | 'draining' | 'ending';
  demandKind: Demand['kind'];
  ageMs: number;
  /** Since it became idle; null while it has a job. */
  idleMs: number | null;
  /** Since it was last heard of, or since this control plane started where that is shorter. */
  silentMs: number;
  /** Until its lease ends; null where nothing is billed. */
  leaseLeftMs: number | null;
  /** Whether the provider lists it; null where the provider did not answer. */
  listed: boolean | null;
  /** It calls home by a URL where we are no more (another port after a start). */
  astray: boolean;
  /** The project and protection level it serves; null where it is not bound yet. */
  binding: Binding | null;
}

export interface Binding {
  projectId: number;
  protectedRef: boolean;
}

/** A node to order; `job` is whose demand it is, null for the pool's minimum. */
export interface ScalingStart {
  kind: 'start';
  pool: string;
  demand: Demand;
  binding: Binding | null;
  job: WaitingJob | null;
}

export type ScalingAction = ScalingStart | { kind: 'end'; nodeId: string; reason: EndReason };

export interface ScalingDecision {
  actions: ScalingAction[];
  /** Every waiting job with why it waits; null where a node is about to take it. */
  notes: Map<number, WaitReason | null>;
}

/**
 * A node ends itself after its idle timeout; only one that did not is ended from here. Smaller, and the two orders
 * cross; larger, and a stuck node is paid for longer.
 */
const idleGraceMs = 15_000;
/** Silent for this long, a node that its provider does not list or that went astray is lost: some heartbeats. */
const lostMs = 20_000;
/** Its attempt is void after 60 s of silence; a node silent for twice that has nothing to deliver any more. */
export const silentMs = 120_000;

/**
 * The budget's word, asked in the order in which money is to be spent. Each says why it cannot be, null where it can.
 */
export interface Purse {
  /** One more node. Where the answer is null it is ordered and counts. */
  start(action: ScalingStart): WaitReason | null;
  /** Whether a node that is there could be paid for until the job's limit; nothing is written. */
  extend(nodeId: string, job: WaitingJob): WaitReason | null;
}

/** A purse that never says no, for pools that bill nothing. */
const deepPurse: Purse = { start: () => null, extend: () => null };

/**
 * Demands to nodes, for all pools at once. Pure but for the purse. Jobs are served oldest first, each by a node that
 * is there in any of its pools, else by a new one in the first of them that has a place and the money. A job that
 * finds neither holds nobody back: a month's room only shrinks, so kept for it, it would be of use to none.
 */
export function decideScaling(
  pools: readonly ScalingPool[],
  jobs: readonly WaitingJob[],
  purse: Purse = deepPurse,
): ScalingDecision {
  const plans = new Map(pools.map((pool) => [pool.name, planOf(pool)]));
  const starts: ScalingStart[] = [];
  const notes = new Map<number, WaitReason | null>();
  const start = (plan: PoolPlan, action: ScalingStart): WaitReason | null => {
    const refused = purse.start(action);
    if (refused !== null) return refused;
    starts.push(action);
    plan.count += 1;
    plan.staying += 1;
    return null;
  };
  for (const job of jobs) {
    const able = poolsFor(pools, job);
    if ('code' in able) notes.set(job.jobId, able);
    else {
      const open = able.filter((pool) => pool.held === null).flatMap((pool) => plans.get(pool.name) ?? []);
      notes.set(job.jobId, open.length === 0 ? (able[0]?.held ?? null) : place(open, job, purse, start));
    }
  }
  for (const plan of plans.values()) {
    endIdle(plan);
    keepMinimum(plan, start);
  }
  const ends = [...plans.values()].flatMap((plan) =>
    [...plan.ends].map(([nodeId, reason]): ScalingAction => ({ kind: 'end', nodeId, reason })),
  );
  return { actions: [...starts, ...ends], notes };
}

/** A pool in the course of a decision. */
interface PoolPlan {
  pool: ScalingPool;
  /** Nodes that may take a job, the best first. */
  free: ScalingNode[];
  /** Nodes that are billed, those that still end included. */
  count: number;
  /** Nodes that will not end. */
  staying: number;
  ends: Map<string, EndReason>;
}

function planOf(pool: ScalingPool): PoolPlan {
  const ends = new Map<string, EndReason>();
  for (const node of pool.nodes) {
    const reason = endOf(pool, node);
    if (reason !== null) ends.set(node.id, reason);
  }
  const usable = pool.nodes.filter(
    (node) => !ends.has(node.id) && (node.state === 'ordered' || node.state === 'up'),
  );
  const free = usable.filter((node) => node.idleMs !== null);
  // A warm node before a booting one, and one that serves this project only before one that serves any.
  const rank = (node: ScalingNode) => (node.state === 'ordered' ? 2 : 0) + (node.binding === null ? 1 : 0);
  free.sort((one, other) => rank(one) - rank(other));
  return { pool, free, count: pool.nodes.length, staying: usable.length, ends };
}

/** Finds a node for the job, or orders one; else says why it waits. Null where a node is about to take it. */
function place(
  plans: readonly PoolPlan[],
  job: WaitingJob,
  purse: Purse,
  start: (plan: PoolPlan, action: ScalingStart) => WaitReason | null,
): WaitReason | null {
  let reason: WaitReason | null = null;
  for (const { pool, free } of plans)
    for (const [at, node] of free.entries()) {
      if (!serves(pool.site, node.binding, job)) continue;
      const refused = purse.extend(node.id, job);
      // `starting` only says that this node is not for it.
      if (refused?.code !== 'starting') reason ??= refused;
      if (refused !== null) continue;
      free.splice(at, 1);
      return node.state === 'up' ? null : startingIn(pool);
    }
  for (const plan of plans) {
    const { pool } = plan;
    if (plan.count >= pool.maxNodes) continue;
    if (pool.startDelayMs > 0) {
      reason ??= startingIn(pool);
      continue;
    }
    const { projectId, protectedRef } = job;
    const binding = pool.site === 'cloud' ? { projectId, protectedRef } : null;
    const demand: Demand = { kind: 'job', id: String(job.jobId) };
    const refused = start(plan, { kind: 'start', pool: pool.name, demand, binding, job });
    if (refused === null) return startingIn(pool);
    reason ??= refused;
  }
  if (reason !== null) return reason;
  for (const plan of plans) if (evict(plan, job)) break;
  const [first] = plans;
  return first === undefined
    ? null
    : { code: 'pool_full', values: { pool: first.pool.name, maxNodes: first.pool.maxNodes } };
}

function startingIn(pool: ScalingPool): WaitReason {
  return { code: 'starting', values: { pool: pool.name } };
}

/** Ends an idle node of a full pool that the job cannot use, so that one that it can use may start. */
function evict(plan: PoolPlan, job: WaitingJob): boolean {
  const { pool, free, ends } = plan;
  const at = free.findIndex((each) => each.state === 'up' && !serves(pool.site, each.binding, job));
  const [evicted] = at < 0 ? [] : free.splice(at, 1);
  if (evicted === undefined) return false;
  ends.set(evicted.id, 'rebind');
  plan.staying -= 1;
  return true;
}

function endIdle(plan: PoolPlan): void {
  const { pool, free, ends } = plan;
  for (const node of free) {
    if (node.state !== 'up' || node.idleMs === null || plan.staying <= pool.minNodes) continue;
    if (node.idleMs < pool.idleTimeoutMs + idleGraceMs) continue;
    ends.set(node.id, 'idle');
    plan.staying -= 1;
  }
}

function keepMinimum(
  plan: PoolPlan,
  start: (plan: PoolPlan, action: ScalingStart) => WaitReason | null,
): void {
  const { pool } = plan;
  if (pool.held !== null || pool.startDelayMs > 0) return;
  const demand: Demand = { kind: 'minimum', id: '' };
  while (plan.staying < pool.minNodes && plan.count < pool.maxNodes)
    if (start(plan, { kind: 'start', pool: pool.name, demand, binding: null, job: null }) !== null) return;
}

/** The pools that carry the job's tags and can run it, in the order of seto.yaml. Untagged jobs stay on-premises. */
function poolsFor(pools: readonly ScalingPool[], job: WaitingJob): ScalingPool[] | WaitReason {
  const carrying = pools.filter((pool) => carries(pool, job.tags));
  if (carrying.length === 0)
    return { code: 'no_pool', values: { tags: job.tags.length === 0 ? '(none)' : job.tags.join(', ') } };
  const able = carrying.filter((pool) => job.image === null || pool.containers);
  if (able.length === 0)
    return { code: 'no_executor', values: { image: job.image ?? '', tags: job.tags.join(', ') } };
  return able;
}

/** Whether a pool's nodes take jobs with these tags. */
export function carries(pool: { site: Site; tags: readonly string[] }, tags: readonly string[]): boolean {
  return tags.length === 0 ? pool.site === 'onprem' : tags.every((tag) => pool.tags.includes(tag));
}

/** Whether a node may take a job of that project and protection level. On-premises nodes serve all. */
export function serves(site: Site, binding: Binding | null, job: Binding): boolean {
  return (
    site === 'onprem' ||
    binding === null ||
    (binding.projectId === job.projectId && binding.protectedRef === job.protectedRef)
  );
}

/** Why a node must go whatever waits; null where it may stay. */
function endOf(pool: ScalingPool, node: ScalingNode): EndReason | null {
  if (node.state === 'ending') return null;
  if (node.leaseLeftMs !== null && node.leaseLeftMs <= 0) return 'lease';
  if (node.state === 'ordered') return node.ageMs >= pool.bootTimeoutMs ? 'boot_timeout' : null;
  if ((node.astray || node.listed === false) && node.silentMs >= lostMs) return 'lost';
  return node.silentMs >= silentMs && node.listed !== null ? 'lost' : null;
}

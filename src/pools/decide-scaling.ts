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

export type ScalingAction =
  | { kind: 'start'; pool: string; demand: Demand; binding: Binding | null; job: WaitingJob | null }
  | { kind: 'end'; nodeId: string; reason: EndReason };

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

/** Demands to nodes, for all pools at once. Pure; budget and clock are asked where an action is carried out. */
export function decideScaling(pools: readonly ScalingPool[], jobs: readonly WaitingJob[]): ScalingDecision {
  const actions: ScalingAction[] = [];
  const notes = new Map<number, WaitReason | null>();
  const assigned = new Map<string, WaitingJob[]>(pools.map((pool) => [pool.name, []]));
  for (const job of jobs) {
    const choice = poolFor(pools, job);
    if ('code' in choice) notes.set(job.jobId, choice);
    else assigned.get(choice.name)?.push(job);
  }
  for (const pool of pools) scalePool(pool, assigned.get(pool.name) ?? [], actions, notes);
  return { actions, notes };
}

/** The pool that a job goes to: the first that carries its tags and may start it. Untagged jobs stay on-premises. */
export function poolFor(pools: readonly ScalingPool[], job: WaitingJob): ScalingPool | WaitReason {
  const carrying = pools.filter((pool) => carries(pool, job.tags));
  if (carrying.length === 0)
    return { code: 'no_pool', values: { tags: job.tags.length === 0 ? '(none)' : job.tags.join(', ') } };
  const able = carrying.filter((pool) => job.image === null || pool.containers);
  const [first] = able;
  if (first === undefined)
    return { code: 'no_executor', values: { image: job.image ?? '', tags: job.tags.join(', ') } };
  return able.find((pool) => pool.held === null) ?? first;
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

function scalePool(
  pool: ScalingPool,
  jobs: readonly WaitingJob[],
  actions: ScalingAction[],
  notes: Map<number, WaitReason | null>,
): void {
  const ends = new Map<string, EndReason>();
  for (const node of pool.nodes) {
    const reason = endOf(pool, node);
    if (reason !== null) ends.set(node.id, reason);
  }
  const usable = pool.nodes.filter(
    (node) => !ends.has(node.id) && (node.state === 'ordered' || node.state === 'up'),
  );
  let count = pool.nodes.length;
  let staying = usable.length;
  const free = usable.filter((node) => node.idleMs !== null);
  // A warm node before a booting one.
  free.sort((one, other) => Number(one.state === 'ordered') - Number(other.state === 'ordered'));
  for (const job of jobs) {
    const at = free.findIndex((node) => serves(pool.site, node.binding, job));
    const [node] = at < 0 ? [] : free.splice(at, 1);
    if (pool.held !== null) notes.set(job.jobId, pool.held);
    else if (node !== undefined)
      notes.set(job.jobId, node.state === 'up' ? null : { code: 'starting', values: { pool: pool.name } });
    else if (count < pool.maxNodes && pool.startDelayMs > 0)
      notes.set(job.jobId, { code: 'starting', values: { pool: pool.name } });
    else if (count < pool.maxNodes) {
      const { projectId, protectedRef } = job;
      actions.push({
        kind: 'start',
        pool: pool.name,
        demand: { kind: 'job', id: String(job.jobId) },
        binding: pool.site === 'cloud' ? { projectId, protectedRef } : null,
        job,
      });
      notes.set(job.jobId, { code: 'starting', values: { pool: pool.name } });
      count += 1;
      staying += 1;
    } else {
      const unfit = free.findIndex((each) => each.state === 'up' && !serves(pool.site, each.binding, job));
      const [evicted] = unfit < 0 ? [] : free.splice(unfit, 1);
      if (evicted) {
        ends.set(evicted.id, 'rebind');
        staying -= 1;
      }
      notes.set(job.jobId, { code: 'pool_full', values: { pool: pool.name, maxNodes: pool.maxNodes } });
    }
  }
  for (const node of free) {
    if (node.state !== 'up' || node.idleMs === null || staying <= pool.minNodes) continue;
    if (node.idleMs < pool.idleTimeoutMs + idleGraceMs) continue;
    ends.set(node.id, 'idle');
    staying -= 1;
  }
  if (pool.held === null && pool.startDelayMs === 0)
    for (; staying < pool.minNodes && count < pool.maxNodes; staying++, count++)
      actions.push({
        kind: 'start',
        pool: pool.name,
        demand: { kind: 'minimum', id: '' },
        binding: null,
        job: null,
      });
  for (const [nodeId, reason] of ends) actions.push({ kind: 'end', nodeId, reason });
}

/** Why a node must go whatever waits; null where it may stay. */
function endOf(pool: ScalingPool, node: ScalingNode): EndReason | null {
  if (node.state === 'ending') return null;
  if (node.leaseLeftMs !== null && node.leaseLeftMs <= 0) return 'lease';
  if (node.state === 'ordered') return node.ageMs >= pool.bootTimeoutMs ? 'boot_timeout' : null;
  if ((node.astray || node.listed === false) && node.silentMs >= lostMs) return 'lost';
  return node.silentMs >= silentMs && node.listed !== null ? 'lost' : null;
}

import type { NodeOrder } from '../../../src/pools/node-pool.ts';
import type { EndReason } from '../../../src/pools/node-rows.ts';
import { type LeaseWord, leaseFrom } from '../../../src/runner/lease.ts';
import { SetoError } from '../../../src/shared/errors.ts';
import type { Trait } from './plan.ts';
import type { World } from './world.ts';

/** A machine with a node on it. It knows only what it was told, and its own monotonic clock. */
export interface SimNode {
  nodeId: string;
  pool: string;
  trait: Trait;
  /** It answers no more and does not end itself either. */
  hung: boolean;
  /** When its lease was opened, steady milliseconds: it was ordered no later than its machine was begun. */
  orderedAt: number;
  /** When its process begins, steady milliseconds. */
  begins: number;
  /** When it ended, steady milliseconds; null while it lives. */
  endedAt: number | null;
  jobId(): number | null;
  /** When something happens to it next, steady milliseconds. */
  next(): number;
  /** What is due by now happens. */
  happen(): void;
  /** It speaks with the control plane, if it can. */
  contact(): void;
  /** Its job is cancelled. */
  cancel(): void;
}

export function simNode(world: World, pool: string, order: NodeOrder, trait: Trait): SimNode {
  const { clock } = world;
  const { nodeId } = order;
  const born = clock.steady();
  const begins = trait.bootMs === null ? Number.POSITIVE_INFINITY : born + trait.bootMs;
  let lease = leaseFrom(begins, { leaseMs: order.bootstrap.leaseMs });
  const leaseEndsAt = () => lease.endsAt ?? Number.POSITIVE_INFINITY;
  const renew = (word: LeaseWord) => {
    lease = leaseFrom(now(), word, lease);
  };
  let enrolled = false;
  let draining = false;
  let idleMs = Number.POSITIVE_INFINITY;
  let idleSince = begins;
  let job: { jobId: number; endsAt: number; good: boolean } | null = null;
  /** Told, once somebody hears it. */
  let undelivered: { jobId: number; good: boolean } | null = null;
  let closed = false;
  const now = () => clock.steady();
  const runner = () => world.runners.get(nodeId);
  const alive = () => !node.hung && node.endedAt === null && now() >= begins && machineLives();
  const machine = () =>
    world
      .provider(pool)
      .truth()
      .find((each) => each.nodeId === nodeId);
  const machineLives = () => machine()?.to === null;
  /** When its machine ended, steady milliseconds; now while it lives. */
  const machineEnd = (): number => {
    const to = machine()?.to;
    return to == null ? now() : to - world.provider(pool).faults.aheadMs - world.plan.start;
  };

  const over = (): void => {
    if (job !== null) undelivered = { jobId: job.jobId, good: false };
    job = null;
    // A node goes with its machine, though the world may look at it only later.
    node.endedAt = Math.min(now(), machineEnd());
  };
  const endItself = (reason: EndReason): void => {
    over();
    if (enrolled && reason !== 'lost' && world.reachable)
      world.ask(() => world.pools.ended(nodeId, Math.round(now() - begins), reason));
  };
  const endJob = (): void => {
    if (job === null) return;
    undelivered = { jobId: job.jobId, good: job.good };
    job = null;
    idleSince = now();
  };
  const deliver = (): void => {
    const info = runner();
    const said = undelivered;
    if (said === null || info === undefined) return;
    world.ask(() => {
      world.pools.admission.released(said.jobId, info);
      undelivered = null;
      world.finish(said.jobId, said.good);
    });
  };
  const enroll = (): void => {
    try {
      world.ask(() => {
        const granted = world.pools.enroll(order.bootstrap.oneTimeToken);
        enrolled = true;
        renew(granted);
        idleMs = granted.idleTimeoutMs ?? Number.POSITIVE_INFINITY;
        idleSince = now();
      });
    } catch (error) {
      if (!(error instanceof SetoError)) throw error;
      endItself('failed');
    }
  };
  const beat = (): void => {
    const row = world.ask(() => world.pools.node(nodeId));
    if (row === undefined) return;
    if (row === null || row.state === 'ended') {
      endItself('lost');
      return;
    }
    const said = world.ask(() =>
      world.pools.beat(
        nodeId,
        job === null ? 'idle' : 'busy',
        Math.round(now() - (job === null ? idleSince : now())),
      ),
    );
    if (said === undefined) return;
    renew(said);
    if (said.command === 'end') {
      endItself('ordered');
      return;
    }
    draining ||= said.command === 'drain';
    if (draining && job === null) endItself('drained');
  };
  const askForJob = (): void => {
    const info = runner();
    if (job !== null || draining || node.endedAt !== null || info === undefined) return;
    // One that asks has no job: what it was given before never reached it.
    const lost = world.ask(() => world.pools.node(nodeId)?.jobId ?? null);
    if (lost === undefined) return;
    if (lost !== null && undelivered === null) world.ask(() => world.pools.admission.released(lost, info));
    const { tags } = info;
    for (const wanted of world.waiting) {
      if (!wanted.tags.every((tag) => tags.includes(tag))) continue;
      if (world.ask(() => world.pools.admission.admit(wanted, info)) !== 'go') continue;
      // The answer is lost where the control plane died over it.
      if (world.life.dead) return;
      world.waiting = world.waiting.filter((each) => each !== wanted);
      const { durationMs = 0, retries = 0 } = world.jobs.get(wanted.jobId) ?? {};
      const endsAt = now() + Math.min(durationMs, wanted.timeoutMs);
      job = { jobId: wanted.jobId, endsAt, good: durationMs <= wanted.timeoutMs && retries === 0 };
      return;
    }
  };

  const node: SimNode = {
    nodeId,
    pool,
    trait,
    hung: false,
    orderedAt: world.ordered(nodeId),
    begins,
    endedAt: null,
    jobId: () => job?.jobId ?? null,
    next: () => {
      if (closed || node.hung) return Number.POSITIVE_INFINITY;
      if (node.endedAt !== null) return node.endedAt + trait.shutdownMs;
      if (now() < begins) return begins;
      return Math.min(leaseEndsAt(), job?.endsAt ?? idleSince + idleMs);
    },
    happen: () => {
      if (closed || node.hung || now() < begins) return;
      if (node.endedAt === null && !machineLives()) over();
      if (job !== null && job.endsAt <= now()) endJob();
      if (node.endedAt === null && leaseEndsAt() <= now()) endItself('lease');
      if (node.endedAt === null && job === null && idleSince + idleMs <= now()) endItself('idle');
      if (node.endedAt !== null && node.endedAt + trait.shutdownMs <= now()) {
        closed = true;
        world.provider(pool).kill(nodeId);
      }
    },
    contact: () => {
      if (!world.reachable) return;
      // An attempt whose node is gone is void; its job comes again where it may.
      if (node.endedAt !== null) {
        deliver();
        return;
      }
      if (!alive()) return;
      if (!enrolled) enroll();
      if (!enrolled) return;
      deliver();
      beat();
      askForJob();
    },
    cancel: () => {
      if (job === null) return;
      job.good = true;
      endJob();
    },
  };
  return node;
}

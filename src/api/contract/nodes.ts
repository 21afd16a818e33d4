import * as z from 'zod';
import { route } from './route.ts';

/** Milliseconds as durations: a node counts them on its own monotonic clock, so clocks need not agree. */
const ms = z.number().int().nonnegative();

/** What a node hears of its lease. A control plane of the version before tells only `leaseMs`. */
const leaseTold = {
  /** How long the node may live from when it asked; null where nothing is billed. */
  leaseMs: ms.nullable(),
  /** The whole lease, from its opening to the end that the node must keep. */
  wholeMs: ms.optional(),
  /** Nobody knows for certain how much of it is used: the node keeps the end it has, moved by what the whole has grown. */
  unsure: z.boolean().optional(),
};

/**
 * Exchanges the one-time token of the bootstrap for what the node works with. Repeating it with the same token within
 * the same lease is refused: a token seen twice means that somebody else has it.
 */
export const enrollNode = route({
  method: 'POST',
  path: '/api/v1/nodes/enroll',
  action: 'node.enroll',
  summary: 'A new node proves itself by its one-time token',
  body: z.object({ oneTimeToken: z.string().min(1).max(200), version: z.string().max(100) }),
  reply: z.object({
    nodeToken: z.string(),
    runnerToken: z.string(),
    ...leaseTold,
    /** Without work for so long it ends itself; null where it stays. */
    idleTimeoutMs: ms.nullable(),
    heartbeatMs: ms,
  }),
});

/** The reply's lease counts from the moment this request was sent. */
export const beatNode = route({
  method: 'POST',
  path: '/api/v1/nodes/beat',
  action: 'node.beat',
  summary: 'A node says that it lives, and hears how long it may and what to do',
  body: z.object({
    state: z.enum(['idle', 'busy']),
    /** For how long it has been in that state. */
    sinceMs: ms,
  }),
  reply: z.object({
    ...leaseTold,
    /** `drain`: take no new job, end after the present one. `end`: end now. */
    command: z.enum(['run', 'drain', 'end']),
  }),
});

/** The node's own end record: the time it ran, counted on its monotonic clock. */
export const endedNode = route({
  method: 'POST',
  path: '/api/v1/nodes/ended',
  action: 'node.beat',
  summary: 'A node has ended itself',
  body: z.object({ ranMs: ms, reason: z.enum(['idle', 'lease', 'drained', 'ordered', 'lost', 'failed']) }),
});

import * as z from 'zod';
import { route } from './route.ts';

/**
 * A node as people see it. Times are wall milliseconds. Its job, its project and what it was ordered for are null for
 * those who may not look into the project.
 */
export const nodeSchema = z.object({
  id: z.string(),
  pool: z.string(),
  site: z.enum(['cloud', 'onprem']),
  state: z.enum(['ordered', 'up', 'draining', 'ending', 'ended']),
  activity: z.enum(['idle', 'busy']),
  jobId: z.number().int().nullable(),
  project: z.string().nullable(),
  demand: z.object({ kind: z.enum(['job', 'session', 'minimum']), id: z.string().nullable() }),
  orderedAt: z.number(),
  enrolledAt: z.number().nullable(),
  heardAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  endReason: z.string().nullable(),
  /** Null where nothing is billed or the node has ended. */
  lease: z.object({ usedMs: z.number(), leasedMs: z.number() }).nullable(),
});

export const poolSchema = z.object({
  name: z.string(),
  site: z.enum(['cloud', 'onprem']),
  driver: z.string(),
  executor: z.string(),
  tags: z.array(z.string()),
  vm: z.string().nullable(),
  region: z.string().nullable(),
  /** Null where nothing is billed. */
  yenPerHour: z.number().nullable(),
  simulated: z.boolean(),
  minNodes: z.number().int(),
  maxNodes: z.number().int(),
  idleTimeoutMs: z.number(),
  bootTimeoutMs: z.number(),
  /** Why nothing new starts in it; null where it may. */
  held: z.enum(['paused', 'restored']).nullable(),
  nodes: z.number().int(),
});

const byName = z.object({ pool: z.string() });

export const listPools = route({
  method: 'GET',
  path: '/api/v1/pools',
  action: 'pool.read',
  summary: 'The node pools and how many nodes each has',
  reply: z.array(poolSchema),
});

export const showPool = route({
  method: 'GET',
  path: '/api/v1/pools/:pool',
  action: 'pool.read',
  summary: 'One pool with its nodes',
  params: byName,
  reply: poolSchema.extend({ nodeList: z.array(nodeSchema) }),
});

export const pausePools = route({
  method: 'POST',
  path: '/api/v1/pools/pause',
  action: 'pool.manage',
  summary:
    'Start and hand out nothing more in a pool; what runs goes on. Null stops all spending: billed nodes end, their jobs are cancelled, unless `drain` lets them finish',
  body: z.object({ pool: z.string().nullable(), drain: z.boolean().default(false) }),
  /** Nodes that end for it, and jobs that were cancelled. */
  reply: z.object({ nodes: z.number().int(), jobs: z.number().int() }),
});

export const resumePools = route({
  method: 'POST',
  path: '/api/v1/pools/resume',
  action: 'pool.manage',
  summary: 'Let a pool (null: all) start nodes again; after a restore this confirms the month’s spending',
  body: z.object({ pool: z.string().nullable() }),
});

export const listNodes = route({
  method: 'GET',
  path: '/api/v1/nodes',
  action: 'node.read',
  summary: 'Nodes that are up, and with `all` those that ended lately',
  query: z.object({ all: z.stringbool().optional() }),
  reply: z.array(nodeSchema),
});

export const stopNode = route({
  method: 'POST',
  path: '/api/v1/nodes/:node/stop',
  action: 'node.manage',
  summary: 'End a node after its present job, or with `now` at once',
  params: z.object({ node: z.string() }),
  body: z.object({ now: z.boolean().default(false) }),
});

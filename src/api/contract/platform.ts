import * as z from 'zod';
import { pendingReasonSchema } from './jobs.ts';
import { route, stream } from './route.ts';

export const health = route({
  method: 'GET',
  path: '/healthz',
  action: 'health.read',
  summary: 'The process answers',
  reply: z.object({ status: z.literal('ok'), version: z.string() }),
});

export const ready = route({
  method: 'GET',
  path: '/readyz',
  action: 'health.read',
  summary: 'The database answers and nothing is being stopped',
  reply: z.object({ status: z.literal('ok') }),
});

export const metrics = route({
  method: 'GET',
  path: '/metrics',
  action: 'health.read',
  summary: 'Figures of this process for Prometheus',
  reply: stream,
});

export const openapi = route({
  method: 'GET',
  path: '/api/openapi.json',
  action: 'health.read',
  summary: 'This description',
  reply: z.record(z.string(), z.unknown()),
});

export const statusSchema = z.object({
  version: z.string(),
  installationId: z.string(),
  url: z.string(),
  gatewayUrl: z.string(),
  isolation: z.string(),
  jobs: z.object({
    running: z.number().int(),
    waiting: z.array(
      z.object({
        jobId: z.number().int(),
        name: z.string(),
        tags: z.array(z.string()),
        pendingReason: pendingReasonSchema,
      }),
    ),
  }),
  nodes: z.array(z.object({ id: z.string(), pool: z.string(), state: z.string(), simulated: z.boolean() })),
  endpoints: z.array(z.object({ name: z.string(), state: z.string(), url: z.string() })),
  month: z.array(
    z.object({
      simulated: z.boolean(),
      month: z.string(),
      spentYen: z.number(),
      keptYen: z.number(),
      limitYen: z.number(),
      /** The month as it is expected to end, yen with tax, and when it would reach the limit (wall milliseconds). */
      forecastYen: z.number().optional(),
      budgetReachedAt: z.number().nullable().optional(),
      budgetReachedEarliest: z.number().nullable().optional(),
    }),
  ),
});

export const status = route({
  method: 'GET',
  path: '/api/v1/status',
  action: 'status.read',
  summary: 'What runs, what waits, the month so far',
  reply: statusSchema,
});

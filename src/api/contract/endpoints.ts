import * as z from 'zod';
import { route } from './route.ts';

export const releaseSchema = z.object({
  id: z.string(),
  state: z.enum(['starting', 'healthy', 'live', 'draining', 'retired', 'failed', 'gone']),
  reason: z.string().nullable(),
  image: z.string(),
  imageDigest: z.string(),
  modelDigest: z.string().nullable(),
  modelName: z.string().nullable(),
  pipelineId: z.number().int().nullable(),
  ungated: z.boolean(),
  createdAt: z.number().int(),
  liveAt: z.number().int().nullable(),
});
export type ReleaseView = z.infer<typeof releaseSchema>;

export const endpointSchema = z.object({
  name: z.string(),
  project: z.string(),
  /** Where people and machines send pictures: `…/e/NAME`. */
  url: z.string(),
  open: z.boolean(),
  memoryMb: z.number().int(),
  keep: z.number().int(),
  live: releaseSchema.nullable(),
});
export type EndpointView = z.infer<typeof endpointSchema>;

const named = z.object({ endpoint: z.string() });

export const deployRoute = route({
  method: 'POST',
  path: '/api/v1/projects/:group/:name/deployments',
  action: 'endpoint.deploy',
  summary:
    'Roll out an image (in a job: what this pipeline built) behind an endpoint; answers before it is live',
  params: z.object({ group: z.string(), name: z.string() }),
  body: z.object({
    endpoint: z.string(),
    image: z.string().optional(),
    /** Administrators only, and recorded: deploy without a passed gate. */
    ungated: z.boolean().default(false),
  }),
  reply: releaseSchema,
  status: 202,
});

export const listEndpoints = route({
  method: 'GET',
  path: '/api/v1/endpoints',
  action: 'endpoint.list',
  summary: 'The endpoints of projects the caller can see',
  reply: z.array(endpointSchema),
});

export const showEndpoint = route({
  method: 'GET',
  path: '/api/v1/endpoints/:endpoint',
  action: 'endpoint.read',
  summary: 'One endpoint, its releases that are kept, and the names of its keys',
  params: named,
  reply: endpointSchema.extend({
    releases: z.array(releaseSchema),
    keys: z.array(z.object({ name: z.string(), createdAt: z.number().int() })),
  }),
});

export const showRelease = route({
  method: 'GET',
  path: '/api/v1/endpoints/:endpoint/releases/:release',
  action: 'endpoint.read',
  summary: 'One release; with `waitMs`, answers when it is live or has failed, or after that time',
  params: named.extend({ release: z.string() }),
  query: z.object({ waitMs: z.coerce.number().int().min(0).max(50_000).default(0) }),
  reply: releaseSchema,
});

export const releaseLogs = route({
  method: 'GET',
  path: '/api/v1/endpoints/:endpoint/logs',
  action: 'endpoint.read',
  summary: 'The last lines of a release’s log (default: the live one)',
  params: named,
  query: z.object({
    release: z.string().optional(),
    lines: z.coerce.number().int().min(1).max(5000).default(100),
  }),
  reply: z.object({ release: z.string(), text: z.string() }),
});

export const rollbackRoute = route({
  method: 'POST',
  path: '/api/v1/endpoints/:endpoint/rollback',
  action: 'endpoint.manage',
  summary: 'Start a kept release again: the one named, else the one before',
  params: named,
  body: z.object({ to: z.string().optional() }),
  reply: releaseSchema,
  status: 202,
});

export const stopRoute = route({
  method: 'POST',
  path: '/api/v1/endpoints/:endpoint/stop',
  action: 'endpoint.manage',
  summary: 'Drain and end what runs; the endpoint and its releases stay',
  params: named,
});

export const removeEndpoint = route({
  method: 'DELETE',
  path: '/api/v1/endpoints/:endpoint',
  action: 'endpoint.manage',
  summary: 'Remove the endpoint with its releases and keys; predictions and feedback stay',
  params: named,
});

export const setEndpoint = route({
  method: 'PATCH',
  path: '/api/v1/endpoints/:endpoint',
  action: 'endpoint.manage',
  summary: 'Change whether it is open, its memory, how many releases it keeps',
  params: named,
  body: z.object({
    open: z.boolean().optional(),
    memoryMb: z.number().int().min(256).max(1_048_576).optional(),
    /** 1 at least: what `endpoint stop` ends is brought up again from what is kept. */
    keep: z.number().int().min(1).max(50).optional(),
  }),
  reply: endpointSchema,
});

export const createKey = route({
  method: 'POST',
  path: '/api/v1/endpoints/:endpoint/keys',
  action: 'endpoint.manage',
  summary: 'A key that predicts and gives feedback; shown once',
  params: named,
  body: z.object({ name: z.string().min(1).max(100) }),
  reply: z.object({ key: z.string() }),
  status: 201,
});

export const revokeKey = route({
  method: 'DELETE',
  path: '/api/v1/endpoints/:endpoint/keys/:key',
  action: 'endpoint.manage',
  summary: 'The key stops working',
  params: named.extend({ key: z.string() }),
});

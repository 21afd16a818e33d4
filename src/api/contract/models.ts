import * as z from 'zod';
import type { PhraseKey } from '../../shared/text.ts';
import { route, stream } from './route.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'input.sha256' satisfies PhraseKey);
const byProject = z.object({ group: z.string(), name: z.string() });
const byModel = z.object({ model: z.string() });
const byVersion = byModel.extend({ version: z.string() });

const fileSchema = z.object({
  sha256,
  size: z.number().int().nonnegative(),
  path: z.string().min(1).max(1000),
});

const metricSchema = z.object({
  name: z.string(),
  value: z.number(),
  step: z.number().int(),
  at: z.number().int(),
  jobId: z.number().int().nullable(),
});

/** What a gate decided. `detail` is the verdict itself (contract/gate.ts). */
export const verdictRecordSchema = z.object({
  id: z.number().int(),
  passed: z.boolean(),
  modelDigest: z.string(),
  modelName: z.string(),
  snapshotId: z.string().nullable(),
  pipelineId: z.number().int(),
  jobId: z.number().int(),
  createdAt: z.number().int(),
  detail: z.unknown(),
});

export const versionSchema = z.object({
  model: z.string(),
  digest: z.string(),
  bytes: z.number().int(),
  files: z.array(fileSchema),
  pipelineId: z.number().int().nullable(),
  jobId: z.number().int().nullable(),
  actor: z.string(),
  createdAt: z.number().int(),
  /** `passed`, `refused`, or null where no gate has seen it. */
  gate: z.enum(['passed', 'refused']).nullable(),
});

export const modelSchema = z.object({
  name: z.string(),
  project: z.string(),
  createdAt: z.number().int(),
  versions: z.number().int(),
  latest: versionSchema.nullable(),
});

const factSchema = z.object({
  subject: z.string(),
  relation: z.string(),
  object: z.string(),
  at: z.number().int(),
  distance: z.number().int(),
});

export const listModels = route({
  method: 'GET',
  path: '/api/v1/models',
  action: 'model.list',
  summary: 'The models the caller can read',
  reply: z.array(modelSchema),
});

export const showModel = route({
  method: 'GET',
  path: '/api/v1/models/:model',
  action: 'model.read',
  summary: 'One model with its versions, newest first',
  params: byModel,
  reply: modelSchema.extend({ all: z.array(versionSchema) }),
});

export const showVersion = route({
  method: 'GET',
  path: '/api/v1/models/:model/versions/:version',
  action: 'model.read',
  summary: 'One version: metrics, verdicts, what it was made from and what came of it',
  params: byVersion,
  reply: versionSchema.extend({
    metrics: z.array(metricSchema),
    verdicts: z.array(verdictRecordSchema),
    lineage: z.object({ before: z.array(factSchema), after: z.array(factSchema) }),
  }),
});

export const readModelFile = route({
  method: 'GET',
  path: '/api/v1/models/:model/versions/:version/files/*',
  action: 'model.read',
  summary: 'One file of a version',
  params: byVersion.extend({ '*': z.string() }),
  reply: stream,
});

export const missingModelBlobs = route({
  method: 'POST',
  path: '/api/v1/projects/:group/:name/models/blobs/missing',
  action: 'model.write',
  summary: 'Which of these contents the project must still send',
  params: byProject,
  body: z.object({ digests: z.array(sha256).max(2000) }),
  reply: z.object({ missing: z.array(z.string()) }),
});

export const sendModelBlob = route({
  method: 'PUT',
  path: '/api/v1/projects/:group/:name/models/blobs/:sha256',
  action: 'model.write',
  summary: 'Send one content of a model folder',
  params: byProject.extend({ sha256 }),
  body: stream,
});

export const registerModel = route({
  method: 'POST',
  path: '/api/v1/projects/:group/:name/models',
  action: 'model.write',
  summary: 'Register a model folder whose contents were sent; its name stands in model.json',
  params: byProject,
  body: z.object({
    digest: sha256,
    files: z.array(fileSchema).min(1).max(2000),
    commit: z.string().optional(),
  }),
  reply: versionSchema,
  status: 201,
});

export const postMetrics = route({
  method: 'POST',
  path: '/api/v1/projects/:group/:name/metrics',
  action: 'metrics.write',
  summary: 'Metrics of a training run, or of a model version where its digest is given',
  params: byProject,
  body: z.object({
    model: sha256.optional(),
    step: z.number().int().nonnegative().default(0),
    values: z.record(z.string().regex(/^[A-Za-z_][\w./-]{0,99}$/), z.number()),
  }),
});

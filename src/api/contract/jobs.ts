import * as z from 'zod';
import { budgetEventSchema } from './costs.ts';
import { route, stream } from './route.ts';

const jobParams = z.object({ id: z.coerce.number().int().positive() });

/** Why a pending job waits; null where nothing is known. */
export const pendingReasonSchema = z
  .object({ code: z.string(), values: z.record(z.string(), z.union([z.string(), z.number()])) })
  .nullable();

/** One attempt of a job. Times are wall milliseconds since 1970. */
export const jobSchema = z.object({
  id: z.number(),
  pipelineId: z.number(),
  project: z.string(),
  name: z.string(),
  stage: z.string(),
  status: z.string(),
  pendingReason: pendingReasonSchema,
  failureReason: z.string().nullable(),
  exitCode: z.number().nullable(),
  /** Per cent, found in the log by the job's `coverage:` pattern. */
  coverage: z.number().nullable(),
  tags: z.array(z.string()),
  attempt: z.number(),
  nodeId: z.string().nullable(),
  startedAt: z.number().nullable(),
  finishedAt: z.number().nullable(),
});
export type JobJson = z.infer<typeof jobSchema>;

export const artifactSchema = z.object({
  type: z.string(),
  format: z.string(),
  filename: z.string(),
  size: z.number(),
  sha256: z.string(),
  /** Figures of a junit or metrics report; null for other artifacts. */
  summary: z.looseObject({ type: z.string() }).nullable(),
  expiresAt: z.number().nullable(),
});

export const listJobs = route({
  method: 'GET',
  path: '/api/v1/projects/:group/:name/jobs',
  action: 'job.read',
  summary: 'Newest jobs of a project, or all of one pipeline',
  params: z.object({ group: z.string(), name: z.string() }),
  query: z.object({
    pipeline: z.coerce.number().int().optional(),
    status: z.string().optional(),
    limit: z.coerce.number().int().min(1).max(500).default(50),
  }),
  reply: z.array(jobSchema),
});

export const showJob = route({
  method: 'GET',
  path: '/api/v1/jobs/:id',
  action: 'job.read',
  summary: 'One attempt of a job, with what it left',
  params: jobParams,
  reply: jobSchema.extend({
    artifacts: z.array(artifactSchema),
    /** What the budget did with it: refused, let through (by whom and why), warned of. */
    budgetEvents: z.array(budgetEventSchema),
    ref: z.string(),
    sha: z.string(),
  }),
});

export const jobLog = route({
  method: 'GET',
  path: '/api/v1/jobs/:id/log',
  action: 'job.read',
  summary: 'The job’s log without time stamps; with follow=1 until the job ends',
  params: jobParams,
  query: z.object({ follow: z.enum(['0', '1']).default('0'), raw: z.enum(['0', '1']).default('0') }),
  reply: stream,
});

export const playJob = route({
  method: 'POST',
  path: '/api/v1/jobs/:id/play',
  action: 'job.play',
  summary: 'Start a manual or delayed job now',
  params: jobParams,
  reply: jobSchema,
});

export const retryJob = route({
  method: 'POST',
  path: '/api/v1/jobs/:id/retry',
  action: 'job.play',
  summary: 'A new attempt of a finished job',
  params: jobParams,
  reply: jobSchema,
});

export const cancelJob = route({
  method: 'POST',
  path: '/api/v1/jobs/:id/cancel',
  action: 'pipeline.cancel',
  summary: 'Cancel a job',
  params: jobParams,
  reply: jobSchema,
});

export const allowJob = route({
  method: 'POST',
  path: '/api/v1/jobs/:id/allow',
  action: 'job.allow',
  summary: 'Let a job start past the budget, on record',
  params: jobParams,
  body: z.object({ reason: z.string().min(1).max(500) }),
  reply: jobSchema,
});

import * as z from 'zod';
import { jobSchema } from './jobs.ts';
import { route } from './route.ts';

const projectParams = z.object({ group: z.string(), name: z.string() });
const pipelineParams = z.object({ id: z.coerce.number().int().positive() });

/** A pipeline. Times are wall milliseconds since 1970. */
export const pipelineSchema = z.object({
  id: z.number(),
  iid: z.number(),
  project: z.string(),
  name: z.string().nullable(),
  ref: z.string(),
  sha: z.string(),
  status: z.string(),
  source: z.string(),
  url: z.string(),
  createdAt: z.number(),
  startedAt: z.number().nullable(),
  finishedAt: z.number().nullable(),
});
export type PipelineJson = z.infer<typeof pipelineSchema>;

/** A finding in the CI file; `text` is in the reader's language. */
const problem = z.object({
  severity: z.string(),
  code: z.string(),
  file: z.string(),
  line: z.number(),
  column: z.number(),
  text: z.string(),
});

/** What the pipeline was expected to cost when it was made, and could at most; yen with tax, one for each kind of money. */
const cost = z.object({
  simulated: z.boolean(),
  expectedYen: z.number(),
  mostYen: z.number(),
  jobs: z.array(
    z.object({
      jobId: z.number(),
      name: z.string(),
      pool: z.string(),
      expectedYen: z.number(),
      mostYen: z.number(),
      basis: z.union([
        z.object({ kind: z.literal('runs'), runs: z.number() }),
        z.object({ kind: z.literal('share'), percent: z.number() }),
        z.object({ kind: z.literal('manual') }),
      ]),
    }),
  ),
  month: z.string(),
  /** The month as it stands now. */
  committedYen: z.number(),
  budgetYen: z.number(),
  /** Whether the budget has room now for all of its leases at once, for some of them, or for none. */
  room: z.enum(['all', 'one', 'none']),
  /** Whose budget has no room for all; null where there is. */
  limitedBy: z.enum(['platform', 'project']).nullable(),
  /** In mode `warn` what has no room starts all the same. */
  mode: z.enum(['enforce', 'warn']),
});

const shown = pipelineSchema.extend({
  jobs: z.array(jobSchema),
  costs: z.array(cost),
  problems: z.array(problem),
});

export const runPipeline = route({
  method: 'POST',
  path: '/api/v1/projects/:group/:name/pipelines',
  action: 'pipeline.run',
  summary: 'Start a pipeline for a branch or tag',
  params: projectParams,
  body: z.object({
    ref: z.string().optional(),
    variables: z.record(z.string(), z.string()).default({}),
    /** Repeating a call with the same key starts one pipeline only. */
    idempotencyKey: z.string().max(200).optional(),
  }),
  reply: shown,
  status: 201,
});

export const listPipelines = route({
  method: 'GET',
  path: '/api/v1/projects/:group/:name/pipelines',
  action: 'pipeline.read',
  summary: 'Newest pipelines of a project',
  params: projectParams,
  query: z.object({
    ref: z.string().optional(),
    status: z.string().optional(),
    limit: z.coerce.number().int().min(1).max(200).default(20),
  }),
  reply: z.array(pipelineSchema),
});

export const showPipeline = route({
  method: 'GET',
  path: '/api/v1/pipelines/:id',
  action: 'pipeline.read',
  summary: 'One pipeline with the newest attempt of each job',
  params: pipelineParams,
  reply: shown,
});

export const cancelPipeline = route({
  method: 'POST',
  path: '/api/v1/pipelines/:id/cancel',
  action: 'pipeline.cancel',
  summary: 'Cancel every job that has not ended',
  params: pipelineParams,
  reply: shown,
});

export const retryPipeline = route({
  method: 'POST',
  path: '/api/v1/pipelines/:id/retry',
  action: 'pipeline.run',
  summary: 'Repeat what failed or was cancelled',
  params: pipelineParams,
  reply: shown,
});

import * as z from 'zod';
import type { PhraseKey } from '../../shared/text.ts';
import { route, stream } from './route.ts';

export const ingestPath = '/api/v1/monitoring/ingest';

export const ingest = route({
  method: 'POST',
  path: ingestPath,
  action: 'monitoring.ingest',
  summary:
    'A segment of the gateway’s spool: a header line, records, pictures; sent again it changes nothing',
  body: stream,
  reply: z.object({ predictions: z.number().int(), feedback: z.number().int() }),
});

export const giveFeedback = route({
  method: 'POST',
  path: '/api/v1/endpoints/:endpoint/feedback',
  action: 'feedback.write',
  summary:
    'The true label of a prediction, by its id or by the caller’s own reference (the newest one counts)',
  params: z.object({ endpoint: z.string() }),
  body: z.object({
    items: z
      .array(
        z
          .object({
            predictionId: z.string().optional(),
            reference: z.string().optional(),
            label: z.string().min(1).max(200),
          })
          .refine((item) => (item.predictionId === undefined) !== (item.reference === undefined), {
            error: 'input.one_name' satisfies PhraseKey,
          }),
      )
      .min(1)
      .max(10_000),
  }),
  reply: z.object({
    /** Items whose prediction is known; the others wait for it. */
    matched: z.number().int(),
    waiting: z.number().int(),
  }),
});

const interval = z.object({ n: z.number().int(), rate: z.number(), low: z.number(), high: z.number() });

export const monitoringSchema = z.object({
  endpoint: z.string(),
  releaseId: z.string().nullable(),
  predictions: z.object({ total: z.number().int(), lastDay: z.number().int(), unsure: z.number().int() }),
  /** Of the newest labelled predictions of the live model; Wilson’s 95 % interval. */
  accuracy: interval.nullable(),
  feedback: z.object({
    total: z.number().int(),
    sinceRetraining: z.number().int(),
    waiting: z.number().int(),
  }),
  drift: z
    .object({
      drift: z.number(),
      n: z.number().int(),
      tests: z.array(
        z.object({ name: z.string(), statistic: z.number(), limit: z.number(), ratio: z.number() }),
      ),
    })
    .nullable(),
  policy: z
    .object({
      data: z.string(),
      when: z.object({
        accuracyBelow: z.number().optional(),
        driftAbove: z.number().optional(),
        newLabels: z.number().optional(),
        schedule: z.string().optional(),
      }),
      coolDownMs: z.number(),
      /** What the policy says now: start, or the reason to wait. */
      decision: z.object({
        start: z.boolean(),
        reason: z.string(),
        values: z.record(z.string(), z.union([z.string(), z.number()])),
      }),
    })
    .nullable(),
  policyProblem: z.string().nullable(),
  retrainings: z.array(
    z.object({
      id: z.string(),
      reason: z.string(),
      state: z.string(),
      snapshotId: z.string().nullable(),
      pipelineId: z.number().int().nullable(),
      createdAt: z.number().int(),
    }),
  ),
});
export type MonitoringView = z.infer<typeof monitoringSchema>;

export const showMonitoring = route({
  method: 'GET',
  path: '/api/v1/endpoints/:endpoint/monitoring',
  action: 'monitoring.read',
  summary: 'Accuracy with its interval, drift test by test, and what the retraining policy says',
  params: z.object({ endpoint: z.string() }),
  reply: monitoringSchema,
});

export const listPredictions = route({
  method: 'GET',
  path: '/api/v1/endpoints/:endpoint/predictions',
  action: 'monitoring.read',
  summary: 'The newest predictions of an endpoint, with their labels where known',
  params: z.object({ endpoint: z.string() }),
  query: z.object({ limit: z.coerce.number().int().min(1).max(1000).default(50) }),
  reply: z.array(
    z.object({
      id: z.string(),
      at: z.number().int(),
      releaseId: z.string(),
      reference: z.string().nullable(),
      label: z.string(),
      score: z.number(),
      decision: z.string().nullable(),
      feedback: z.string().nullable(),
    }),
  ),
});

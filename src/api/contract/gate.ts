import * as z from 'zod';
import { verdictRecordSchema } from './models.ts';
import { route } from './route.ts';

const byProject = z.object({ group: z.string(), name: z.string() });

const shareSchema = z.object({ n: z.number().int(), rate: z.number(), low: z.number(), high: z.number() });

/** One rule of a gate and how the model did. */
const findingSchema = z.object({
  rule: z.enum(['accuracy', 'recall', 'samples', 'not-worse-than']),
  /** Label or endpoint that the rule speaks of. */
  of: z.string().nullable(),
  passed: z.boolean(),
  wanted: z.number().nullable(),
  actual: z.number().nullable(),
});

/** What a gate decided and on which figures. Rates lie in 0..1; intervals are Wilson's, 95 %. */
export const verdictSchema = z.object({
  passed: z.boolean(),
  model: z.object({ name: z.string(), digest: z.string() }),
  pictures: z.number().int(),
  groups: z.number().int(),
  accuracy: shareSchema,
  recall: z.record(z.string(), shareSchema),
  /** Rows: true label; columns: what the model said; both in the order of `labels`. */
  confusion: z.object({ labels: z.array(z.string()), counts: z.array(z.array(z.number().int())) }),
  /** Share of pictures that a person would look at; null where the model decides nothing. */
  unsure: shareSchema.nullable(),
  /** Missed defects (見逃し) of all defects, false alarms (過検出) of all sound ones; null without reject labels. */
  missedDefects: shareSchema.nullable(),
  falseAlarms: shareSchema.nullable(),
  comparison: z
    .object({
      endpoint: z.string().nullable(),
      digest: z.string(),
      /** Accuracy of the model in production on the same pictures. */
      accuracy: z.number(),
      /** Positive where the candidate is worse. */
      drop: z.number(),
      standardError: z.number(),
      margin: z.number(),
      onlyCandidateRight: z.number().int(),
      onlyProductionRight: z.number().int(),
    })
    .nullable(),
  findings: z.array(findingSchema),
  notes: z.array(
    z.enum([
      'nothing-in-production',
      'same-model',
      'production-not-kept',
      'unknown-labels',
      'data-unverified',
      'not-isolated',
    ]),
  ),
  data: z.object({
    /** `verified`: the pictures are exactly the test side of the snapshot. */
    state: z.enum(['verified', 'unverified']),
    name: z.string().nullable(),
    snapshot: z.string().nullable(),
  }),
  isolation: z.string(),
});

export type Verdict = z.infer<typeof verdictSchema>;
export type Finding = z.infer<typeof findingSchema>;
export type Share = z.infer<typeof shareSchema>;

export const postVerdict = route({
  method: 'POST',
  path: '/api/v1/projects/:group/:name/verdicts',
  action: 'verdict.write',
  summary: 'Record what a gate decided; only from a job on-premises',
  params: byProject,
  body: verdictSchema,
  reply: verdictRecordSchema,
  status: 201,
});

export const productionModel = route({
  method: 'GET',
  path: '/api/v1/projects/:group/:name/production',
  action: 'model.read',
  summary: 'The model of the newest live release on the project’s endpoints, by its name or on one endpoint',
  params: byProject,
  query: z.object({ model: z.string(), endpoint: z.string().optional() }),
  reply: z.object({
    /** `model` is null where that model was never registered here, so its files are not kept. */
    production: z
      .object({ digest: z.string(), model: z.string().nullable(), endpoint: z.string() })
      .nullable(),
  }),
});

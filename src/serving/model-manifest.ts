import * as z from 'zod';
import { fault } from '../shared/errors.ts';
import { parseOptions, tellIssues } from '../shared/issues.ts';
import type { Values } from '../shared/text/format.ts';
import { type PhraseKey, phrase } from '../shared/text.ts';
import { driftReferenceSchema } from './drift-reference.ts';

const positive = z.number().int().min(1).max(4096);

const inputSchema = z
  .strictObject({
    name: z.string().min(1),
    /** NCHW, one picture: [1, channels, height, width]. */
    shape: z.tuple([z.literal(1), z.union([z.literal(1), z.literal(3)]), positive, positive]),
    colour: z.enum(['grey', 'rgb']),
    resize: z.enum(['fit', 'stretch']),
    normalise: z.enum(['fixed', 'per-image', 'local']),
    mean: z.array(z.number()).optional(),
    std: z.array(z.number().positive()).optional(),
    window: z.number().int().min(3).max(255).optional(),
  })
  .check((context) => {
    const { shape, colour, normalise, mean, std, window } = context.value;
    const complain = (path: string, message: PhraseKey, params: Values = {}) =>
      context.issues.push({ code: 'custom', message, params, path: [path], input: context.value });
    const channels = colour === 'grey' ? 1 : 3;
    if (shape[1] !== channels)
      complain('shape', 'input.model.channels', { colour, channels, given: shape[1] });
    if (normalise === 'fixed') {
      if (mean?.length !== channels) complain('mean', 'input.model.fixed', { channels });
      if (std?.length !== channels) complain('std', 'input.model.fixed', { channels });
    }
    if (normalise === 'local') {
      if (window === undefined || window % 2 === 0) complain('window', 'input.model.window');
      else if (window > Math.min(shape[2], shape[3])) complain('window', 'input.model.window_large');
    }
  });

const manifestSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,99}$/i, 'input.model.name' satisfies PhraseKey),
    task: z.literal('image-classification'),
    input: inputSchema,
    output: z.strictObject({ name: z.string().min(1) }),
    labels: z.array(z.string().min(1).max(200)).min(2).max(10_000),
    decision: z
      .strictObject({
        reject: z.array(z.string()).min(1),
        threshold: z.number().min(0).max(1),
        unsure: z.tuple([z.number().min(0).max(1), z.number().min(0).max(1)]).optional(),
      })
      .optional(),
    metrics: z.record(z.string(), z.number()).optional(),
    reference: driftReferenceSchema.optional(),
  })
  .check((context) => {
    const { labels, decision } = context.value;
    const complain = (path: PropertyKey[], message: PhraseKey, params: Values = {}) =>
      context.issues.push({ code: 'custom', message, params, path, input: context.value });
    if (new Set(labels).size !== labels.length) complain(['labels'], 'input.model.label_twice');
    if (decision === undefined) return;
    const reject = new Set(decision.reject);
    for (const label of reject)
      if (!labels.includes(label)) complain(['decision', 'reject'], 'input.model.no_label', { label });
    if (labels.every((label) => reject.has(label)))
      complain(['decision', 'reject'], 'input.model.all_rejected');
    const { unsure } = decision;
    if (unsure !== undefined && unsure[0] > unsure[1]) complain(['decision', 'unsure'], 'input.model.unsure');
  });

/** What model.json says of a model: see docs on the model folder. */
export type ModelManifest = z.infer<typeof manifestSchema>;

/** How a picture becomes this model's tensor. */
export type ModelInput = z.infer<typeof inputSchema>;

/**
 * Reads model.json's text.
 * @throws serving.bad_manifest naming every wrong field at once
 */
export function parseModelManifest(text: string): ModelManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fault('serving.bad_manifest', { problems: phrase('input.not_json') }, { cause });
  }
  const result = manifestSchema.safeParse(value, parseOptions);
  if (result.success) return result.data;
  throw fault('serving.bad_manifest', { problems: tellIssues(result.error.issues, null) });
}

/**
 * Checks that the graph's output has one score per label.
 * @throws serving.labels_mismatch
 */
export function checkOutput(manifest: ModelManifest, scores: number): void {
  if (scores !== manifest.labels.length)
    throw fault('serving.labels_mismatch', { labels: manifest.labels.length, scores });
}

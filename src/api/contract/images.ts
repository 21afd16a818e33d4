import * as z from 'zod';
import { route } from './route.ts';

/** An image that a pipeline's job made and pushed. */
export const imageSchema = z.object({
  id: z.number().int(),
  /** `sha256:…` of the manifest. */
  digest: z.string(),
  /** `group/name[/more]` in the registry. */
  repository: z.string(),
  project: z.string(),
  pipelineId: z.number().int(),
  jobId: z.number().int(),
  /** Id of the model version inside. */
  modelDigest: z.string(),
  tag: z.string().nullable(),
  /** Wall milliseconds. */
  createdAt: z.number().int(),
});

export type ImageView = z.infer<typeof imageSchema>;

export const recordImage = route({
  method: 'POST',
  path: '/api/v1/images',
  action: 'image.write',
  summary: 'Say which image this job’s pipeline made, so that `seto deploy` finds it; jobs on-premises only',
  body: z.object({
    repository: z.string().min(1).max(255),
    digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
    modelDigest: z.string().regex(/^[0-9a-f]{64}$/),
    tag: z.string().max(128).nullable().default(null),
  }),
  reply: imageSchema,
  status: 201,
});

export const listImages = route({
  method: 'GET',
  path: '/api/v1/images',
  action: 'image.list',
  summary: 'Images that pipelines made, newest first',
  query: z.object({
    project: z.string().optional(),
    pipeline: z.coerce.number().int().optional(),
    limit: z.coerce.number().int().min(1).max(1000).default(50),
  }),
  reply: z.array(imageSchema),
});

export const showImage = route({
  method: 'GET',
  path: '/api/v1/projects/:group/:name/images/:reference',
  action: 'image.read',
  summary: 'One image by digest, tag or the first digits of its digest: layers, labels, who made it',
  params: z.object({ group: z.string(), name: z.string(), reference: z.string() }),
  reply: z.object({
    digest: z.string(),
    repository: z.string(),
    labels: z.record(z.string(), z.string()),
    layers: z.array(z.object({ digest: z.string(), size: z.number().int() })),
    made: z.array(imageSchema),
  }),
});

export const collectImageGarbage = route({
  method: 'POST',
  path: '/api/v1/images/gc',
  action: 'platform.manage',
  summary: 'Delete layers that no image refers to and nobody uploaded within a day',
  reply: z.object({ blobs: z.number().int(), bytes: z.number().int(), uploads: z.number().int() }),
});

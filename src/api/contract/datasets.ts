import * as z from 'zod';
import type { PhraseKey } from '../../shared/text.ts';
import { route, stream } from './route.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'input.sha256' satisfies PhraseKey);
const byName = z.object({ dataset: z.string() });
const bySnapshot = byName.extend({ snapshot: z.string() });

const labelCounts = z.record(z.string(), z.object({ train: z.number().int(), test: z.number().int() }));

export const snapshotSchema = z.object({
  id: z.string(),
  files: z.number().int(),
  bytes: z.number().int(),
  /** Length of the manifest. */
  manifestBytes: z.number().int(),
  labels: labelCounts,
  base: z.string().nullable(),
  actor: z.string(),
  /** The actor in people’s words: a user’s name; else as `actor`. */
  actorName: z.string(),
  createdAt: z.number().int(),
});

export const datasetSchema = z.object({
  name: z.string(),
  project: z.string(),
  shared: z.boolean(),
  groupPattern: z.string().nullable(),
  createdAt: z.number().int(),
  snapshots: z.number().int(),
  latest: snapshotSchema.nullable(),
});

export const listDatasets = route({
  method: 'GET',
  path: '/api/v1/data',
  action: 'data.list',
  summary: 'The data sets the caller can read',
  reply: z.array(datasetSchema),
});

export const showDataset = route({
  method: 'GET',
  path: '/api/v1/data/:dataset',
  action: 'data.read',
  summary: 'One data set with its snapshots, newest first',
  params: byName,
  reply: datasetSchema.extend({ all: z.array(snapshotSchema) }),
});

export const ensureDataset = route({
  method: 'PUT',
  path: '/api/v1/data/:dataset',
  action: 'data.write',
  summary: 'Create a data set, or change its sharing and grouping',
  params: byName,
  body: z.object({
    /** `group/name`; where the data set exists it must be its owner. */
    project: z.string(),
    shared: z.boolean().optional(),
    groupPattern: z.string().max(1000).nullable().optional(),
  }),
  reply: datasetSchema,
});

export const missingBlobs = route({
  method: 'POST',
  path: '/api/v1/data/:dataset/blobs/missing',
  action: 'data.write',
  summary: 'Which of these contents the project must still send; those it has are kept for 24 hours',
  params: byName,
  body: z.object({ digests: z.array(sha256).max(2000) }),
  reply: z.object({ missing: z.array(z.string()) }),
});

export const sendBlobs = route({
  method: 'POST',
  path: '/api/v1/data/:dataset/blobs',
  action: 'data.write',
  summary: 'Send many small contents: `sha256 SP size LF` before the bytes of each, at most 1 MiB each',
  params: byName,
  body: stream,
  reply: z.object({ count: z.number().int(), bytes: z.number().int() }),
});

export const sendBlob = route({
  method: 'PUT',
  path: '/api/v1/data/:dataset/blobs/:sha256',
  action: 'data.write',
  summary: 'Send one content of any size',
  params: byName.extend({ sha256 }),
  body: stream,
});

export const commitSnapshot = route({
  method: 'PUT',
  path: '/api/v1/data/:dataset/snapshots/:snapshot',
  action: 'data.write',
  summary: 'Make a snapshot of a manifest whose SHA-256 is the id; every content must have been sent',
  params: byName.extend({ snapshot: sha256 }),
  body: stream,
  reply: snapshotSchema,
});

export const pullSnapshot = route({
  method: 'POST',
  path: '/api/v1/data/:dataset/pulls',
  action: 'data.read',
  summary:
    'Which snapshot to read: the one asked for, the pipeline’s pin, or the newest. A job’s answer is recorded',
  params: byName,
  body: z.object({
    /** Id or a prefix of it. */
    snapshot: z.string().optional(),
    split: z.enum(['train', 'test', 'all']).default('all'),
  }),
  reply: snapshotSchema.extend({
    name: z.string(),
    groupPattern: z.string().nullable(),
    pinned: z.boolean(),
  }),
});

export const readManifestOf = route({
  method: 'GET',
  path: '/api/v1/data/:dataset/snapshots/:snapshot/manifest',
  action: 'data.read',
  summary: 'The manifest: lines `sha256 size group path`, sorted by path',
  params: bySnapshot,
  reply: stream,
});

export const readBlobs = route({
  method: 'POST',
  path: '/api/v1/data/:dataset/blobs/read',
  action: 'data.read',
  summary: 'Read many contents at once, in the order asked, framed as they are sent',
  params: byName,
  body: z.object({ digests: z.array(sha256).max(2000) }),
  reply: stream,
});

export const readBlob = route({
  method: 'GET',
  path: '/api/v1/data/:dataset/blobs/:sha256',
  action: 'data.read',
  summary: 'Read one content',
  params: byName.extend({ sha256 }),
  reply: stream,
});

export const removeDataset = route({
  method: 'DELETE',
  path: '/api/v1/data/:dataset',
  action: 'data.delete',
  summary: 'Remove a data set and all its snapshots',
  params: byName,
});

export const removeSnapshot = route({
  method: 'DELETE',
  path: '/api/v1/data/:dataset/snapshots/:snapshot',
  action: 'data.delete',
  summary: 'Remove one snapshot',
  params: bySnapshot,
  reply: snapshotSchema,
});

export const collectGarbage = route({
  method: 'POST',
  path: '/api/v1/storage/collections',
  action: 'platform.manage',
  summary: 'Free the contents that nothing refers to and nothing has asked for within 24 hours',
  reply: z.object({ blobs: z.number().int(), bytes: z.number().int() }),
});

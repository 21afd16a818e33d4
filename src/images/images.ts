import * as z from 'zod';
import type { Audit } from '../identity/audit.ts';
import { actorOf, type JobPrincipal } from '../identity/principal.ts';
import type { Clock } from '../shared/clock.ts';
import { fault, missing } from '../shared/errors.ts';
import type { Store } from '../store/store.ts';
import { modelLabel } from './assemble.ts';
import type { Descriptor } from './image.ts';
import type { Freed } from './registry/garbage.ts';
import type { Registry } from './registry/registry.ts';

/** Which pipeline made which image. */
export interface ImageRecord {
  id: number;
  digest: string;
  repository: string;
  projectId: number;
  pipelineId: number;
  jobId: number;
  modelDigest: string;
  tag: string | null;
  createdAt: number;
}

export interface ImageDetail {
  digest: string;
  labels: Record<string, string>;
  layers: { digest: string; size: number }[];
}

export interface Images {
  /** Notes an image in the registry as made by the job's pipeline; repeating it changes nothing. */
  record(
    job: JobPrincipal,
    image: { repository: string; digest: string; modelDigest: string; tag: string | null },
  ): Promise<ImageRecord>;
  /** What a pipeline made, newest first: `seto deploy` takes the first. */
  imagesOfPipeline(pipelineId: number): ImageRecord[];
  /** The newest of these projects. */
  list(projectIds: readonly number[], limit: number): ImageRecord[];
  byDigest(projectId: number, digest: string): ImageRecord[];
  /** The full digest of a tag, a digest or its first digits in a project's repositories; null for none. */
  resolve(projectId: number, reference: string): { repository: string; digest: string } | null;
  /** Deletes layers that nothing refers to; see the registry. */
  collectGarbage(): Promise<Freed>;
  /** Labels and layers of an image in the registry, read from its manifest and config. */
  detail(repository: string, digest: string): Promise<ImageDetail>;
}

const manifestSchema = z.object({
  config: z.object({ digest: z.string() }),
  layers: z.array(z.object({ digest: z.string(), size: z.number().int() })),
});
const configSchema = z.object({
  config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
});

const columns = `id, digest, repository, project_id AS projectId, pipeline_id AS pipelineId, job_id AS jobId,
  model_digest AS modelDigest, tag, created_at AS createdAt`;

/** A config larger than this is no image's. */
const configLimitBytes = 1024 * 1024;

export function createImages(deps: { store: Store; clock: Clock; audit: Audit; registry: Registry }): Images {
  const { store, clock, audit, registry } = deps;
  const detail = async (repository: string, digest: string): Promise<ImageDetail> => {
    const { content } = registry.manifests.get(repository, digest);
    const manifest = manifestSchema.parse(JSON.parse(content.toString()));
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of await registry.blobs.open(repository, manifest.config.digest)) {
      size += (chunk as Buffer).length;
      if (size > configLimitBytes) throw fault('core.too_large', { what: 'The image config', limit: '1 MB' });
      chunks.push(chunk as Buffer);
    }
    const config = configSchema.parse(JSON.parse(Buffer.concat(chunks).toString()));
    const layers = manifest.layers.map(
      ({ digest: each, size: bytes }: Pick<Descriptor, 'digest' | 'size'>) => ({
        digest: each,
        size: bytes,
      }),
    );
    return { digest, labels: config.config?.Labels ?? {}, layers };
  };
  return {
    detail,
    collectGarbage: registry.collectGarbage,
    record: async (job, { repository, digest, modelDigest, tag }) => {
      const { labels } = await detail(repository, digest);
      const label = labels[modelLabel] ?? '';
      if (label !== modelDigest) throw fault('image.model_differs', { digest, label, model: modelDigest });
      return store.transaction(() => {
        const { changes } = store.run(
          `INSERT OR IGNORE INTO images
             (digest, repository, project_id, pipeline_id, job_id, model_digest, tag, created_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
          digest,
          repository,
          job.projectId,
          job.pipelineId,
          job.jobId,
          modelDigest,
          tag,
          clock.now(),
        );
        const row = store.get<ImageRecord>(
          `SELECT ${columns} FROM images WHERE pipeline_id = ? AND digest = ?`,
          job.pipelineId,
          digest,
        );
        if (row === undefined) throw missing('image', digest);
        if (changes > 0)
          audit(actorOf(job), 'image.record', `project:${job.projectId}`, {
            digest,
            pipelineId: job.pipelineId,
          });
        return row;
      });
    },
    imagesOfPipeline: (pipelineId) =>
      store.all<ImageRecord>(
        `SELECT ${columns} FROM images WHERE pipeline_id = ? ORDER BY id DESC`,
        pipelineId,
      ),
    list: (projectIds, limit) =>
      store.all<ImageRecord>(
        `SELECT ${columns} FROM images WHERE project_id IN (SELECT value FROM json_each(?)) ORDER BY id DESC LIMIT ?`,
        JSON.stringify(projectIds),
        limit,
      ),
    byDigest: (projectId, digest) =>
      store.all<ImageRecord>(
        `SELECT ${columns} FROM images WHERE project_id = ? AND digest = ? ORDER BY id DESC`,
        projectId,
        digest,
      ),
    resolve: (projectId, reference) =>
      store.get<{ repository: string; digest: string }>(
        `SELECT tags.repository AS repository, tags.digest AS digest FROM registry_tags AS tags
         JOIN registry_manifests AS made ON made.repository = tags.repository AND made.digest = tags.digest
         WHERE made.project_id = ? AND tags.name = ? ORDER BY tags.updated_at DESC`,
        projectId,
        reference,
      ) ??
      store.get<{ repository: string; digest: string }>(
        `SELECT repository, digest FROM registry_manifests
         WHERE project_id = ? AND substr(digest, 1, length(?)) = ? ORDER BY created_at DESC`,
        projectId,
        ...((reference.startsWith('sha256:')
          ? [reference, reference]
          : [`sha256:${reference}`, `sha256:${reference}`]) as [string, string]),
      ) ??
      null,
  };
}

import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Clock } from '../../shared/clock.ts';
import { fault } from '../../shared/errors.ts';
import type { Store } from '../../store/store.ts';
import { mediaTypes } from '../image.ts';
import { type Blobs, parseDigest } from './blobs.ts';

/** A manifest larger than this is refused (the specification asks registries to take 4 MB). */
export const manifestLimitBytes = 4 * 1024 * 1024;

export interface StoredManifest {
  digest: string;
  mediaType: string;
  content: Buffer;
}

export interface Referrer {
  mediaType: string;
  digest: string;
  size: number;
  artifactType?: string;
  annotations?: Record<string, string>;
}

export interface Manifests {
  /** By tag or digest; throws `registry.manifest_unknown`. */
  get(repository: string, reference: string): StoredManifest;
  put(
    repository: string,
    reference: string,
    mediaType: string,
    content: Buffer,
    projectId: number,
  ): PutResult;
  /** A tag alone, or by digest the manifest with all its tags. */
  remove(repository: string, reference: string): void;
  tags(repository: string, after: string, limit: number | null): { tags: string[]; more: boolean };
  referrers(repository: string, digest: string, artifactType: string | null): Referrer[];
}

export interface PutResult {
  digest: string;
  subject: string | null;
}

const descriptor = z.object({
  mediaType: z.string(),
  digest: z.string(),
  size: z.number().int().min(0),
  artifactType: z.string().optional(),
});
const manifestSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  config: descriptor.optional(),
  layers: z.array(descriptor).optional(),
  manifests: z.array(descriptor).optional(),
  subject: descriptor.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** Layers whose bytes their owner hands out alone: a registry need not have them (image-spec, non-distributable). */
const keptElsewhere = /\.nondistributable\.|\.foreign\./;

const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

export interface ManifestDeps {
  store: Store;
  clock: Clock;
  blobs: Blobs;
  /** True where a kept release runs this image: it may not be deleted. */
  inUse: (digest: string) => boolean;
}

export function createManifests({ store, clock, blobs, inUse }: ManifestDeps): Manifests {
  const has = (repository: string, digest: string): boolean =>
    store.get('SELECT 1 FROM registry_manifests WHERE repository = ? AND digest = ?', repository, digest) !==
    undefined;
  const resolve = (repository: string, reference: string): string => {
    if (reference.includes(':')) return reference;
    const row = store.get<{ digest: string }>(
      'SELECT digest FROM registry_tags WHERE repository = ? AND name = ?',
      repository,
      reference,
    );
    if (row === undefined) throw fault('registry.manifest_unknown', { reference });
    return row.digest;
  };
  return {
    get: (repository, reference) => {
      const row = store.get<{ digest: string; mediaType: string; content: Uint8Array }>(
        'SELECT digest, media_type AS mediaType, content FROM registry_manifests WHERE repository = ? AND digest = ?',
        repository,
        resolve(repository, reference),
      );
      if (row === undefined) throw fault('registry.manifest_unknown', { reference });
      return { ...row, content: Buffer.from(row.content) };
    },
    put: (repository, reference, mediaType, content, projectId) => {
      const byDigest = reference.includes(':');
      const algorithm = byDigest ? parseDigest(reference).algorithm : 'sha256';
      const digest = `${algorithm}:${createHash(algorithm).update(content).digest('hex')}`;
      if (byDigest && reference !== digest) throw fault('registry.digest_invalid', { digest: reference });
      if (!byDigest && !tagPattern.test(reference)) throw fault('registry.tag_invalid', { tag: reference });
      const manifest = parseManifest(content, mediaType);
      return store.transaction(() => {
        const blobDigests = [manifest.config, ...(manifest.layers ?? [])].flatMap((each) =>
          each === undefined || keptElsewhere.test(each.mediaType) ? [] : each.digest,
        );
        for (const each of blobDigests)
          if (blobs.stat(repository, each) === null && !has(repository, each))
            throw fault('registry.manifest_blob_unknown', { digest: each });
        const children = (manifest.manifests ?? []).map((each) => each.digest);
        for (const each of children)
          if (!has(repository, each) && blobs.stat(repository, each) === null)
            throw fault('registry.manifest_blob_unknown', { digest: each });
        const subject = manifest.subject?.digest ?? null;
        store.run(
          `INSERT INTO registry_manifests
             (repository, digest, project_id, media_type, artifact_type, annotations, subject, content, created_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET media_type = excluded.media_type`,
          repository,
          digest,
          projectId,
          mediaType,
          manifest.artifactType ?? manifest.config?.mediaType ?? null,
          manifest.annotations === undefined ? null : JSON.stringify(manifest.annotations),
          subject,
          content,
          clock.now(),
        );
        for (const each of new Set([...blobDigests, ...children]))
          store.run(
            'INSERT OR IGNORE INTO registry_references (repository, manifest, digest) VALUES (?, ?, ?)',
            repository,
            digest,
            each,
          );
        if (!byDigest)
          store.run(
            `INSERT INTO registry_tags (repository, name, digest, updated_at) VALUES (?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET digest = excluded.digest, updated_at = excluded.updated_at`,
            repository,
            reference,
            digest,
            clock.now(),
          );
        return { digest, subject };
      });
    },
    remove: (repository, reference) =>
      store.transaction(() => {
        const digest = resolve(repository, reference);
        if (!has(repository, digest)) throw fault('registry.manifest_unknown', { reference });
        if (!reference.includes(':')) {
          store.run('DELETE FROM registry_tags WHERE repository = ? AND name = ?', repository, reference);
          return;
        }
        const parent = store.get<{ manifest: string }>(
          'SELECT manifest FROM registry_references WHERE repository = ? AND digest = ?',
          repository,
          digest,
        );
        if (parent !== undefined) throw fault('registry.in_use', { digest, user: parent.manifest });
        if (inUse(digest)) throw fault('registry.in_use', { digest, user: 'release' });
        store.run('DELETE FROM registry_tags WHERE repository = ? AND digest = ?', repository, digest);
        store.run(
          'DELETE FROM registry_references WHERE repository = ? AND manifest = ?',
          repository,
          digest,
        );
        store.run('DELETE FROM registry_manifests WHERE repository = ? AND digest = ?', repository, digest);
      }),
    tags: (repository, after, limit) => {
      const known = store.get('SELECT 1 FROM registry_manifests WHERE repository = ? LIMIT 1', repository);
      if (known === undefined) throw fault('registry.name_unknown', { name: repository });
      const rows = store.all<{ name: string }>(
        'SELECT name FROM registry_tags WHERE repository = ? AND name > ? ORDER BY name LIMIT ?',
        repository,
        after,
        limit === null ? -1 : limit + 1,
      );
      const names = rows.map((row) => row.name);
      return limit === null
        ? { tags: names, more: false }
        : { tags: names.slice(0, limit), more: limit > 0 && names.length > limit };
    },
    referrers: (repository, digest, artifactType) =>
      store
        .all<{
          digest: string;
          mediaType: string;
          size: number;
          artifactType: string | null;
          annotations: string | null;
        }>(
          `SELECT digest, media_type AS mediaType, length(content) AS size, artifact_type AS artifactType, annotations
           FROM registry_manifests WHERE repository = ? AND subject = ? ORDER BY created_at, digest`,
          repository,
          digest,
        )
        .filter((row) => artifactType === null || row.artifactType === artifactType)
        .map((row) => ({
          mediaType: row.mediaType,
          digest: row.digest,
          size: row.size,
          ...(row.artifactType === null ? {} : { artifactType: row.artifactType }),
          ...(row.annotations === null
            ? {}
            : { annotations: JSON.parse(row.annotations) as Record<string, string> }),
        })),
  };
}

/** Reads a manifest or index. A body that says another type than the header is refused (CVE-2021-41190). */
function parseManifest(content: Buffer, mediaType: string): z.infer<typeof manifestSchema> {
  let value: unknown;
  try {
    value = JSON.parse(content.toString());
  } catch (cause) {
    throw fault('registry.manifest_invalid', { problem: 'not JSON' }, { cause });
  }
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success)
    throw fault('registry.manifest_invalid', {
      problem: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
    });
  const manifest = parsed.data;
  if (manifest.mediaType !== undefined && manifest.mediaType !== mediaType)
    throw fault('registry.manifest_invalid', { problem: `mediaType is not ${mediaType}` });
  if (manifest.manifests !== undefined && (manifest.layers !== undefined || manifest.config !== undefined))
    throw fault('registry.manifest_invalid', { problem: 'both manifests and layers or config' });
  const isIndex = mediaType === mediaTypes.index || mediaType === mediaTypes.dockerList;
  if (isIndex && manifest.manifests === undefined)
    throw fault('registry.manifest_invalid', { problem: 'an index without manifests' });
  for (const each of [manifest.config, ...(manifest.layers ?? []), ...(manifest.manifests ?? [])])
    if (each !== undefined) parseDigest(each.digest);
  return manifest;
}

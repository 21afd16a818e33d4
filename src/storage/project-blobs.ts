import { Readable } from 'node:stream';
import type { Clock } from '../shared/clock.ts';
import { fault } from '../shared/errors.ts';
import type { Store } from '../store/store.ts';
import { readFramedBlobs } from './framed-blobs.ts';
import { blobKey, type ObjectStore } from './object-store.ts';

/** Digests that something still needs; asked by garbage collection, streamed. */
export type BlobUses = () => AsyncIterable<{ projectId: number; sha256: string }>;

/**
 * Which project may name which bytes. A blob is present only to a project that brought it; bringing it,
 * or being told that it is there, keeps it for 24 h, within which a snapshot or model version must name it.
 */
export interface ProjectBlobs {
  /** The digests that the project must still send; those it has are kept for another 24 h. At most a few thousand. */
  missing(projectId: number, digests: readonly string[]): string[];
  /** Bytes of a blob that the project has; null where it has none. */
  sizeOf(projectId: number, sha256: string): number | null;
  /** Stores one body, durable when it returns. Errors: as ObjectStore.put. */
  add(projectId: number, body: Readable, expected: { sha256: string; size?: number }): Promise<void>;
  /** Stores a batch of small bodies, durable when it returns. */
  addFramed(projectId: number, body: AsyncIterable<Buffer>): Promise<{ count: number; bytes: number }>;
  /** Makes known to the project what another part of the platform stored. @throws data.blob_missing */
  adopt(projectId: number, sha256: string): Promise<void>;
  open(projectId: number, sha256: string): Promise<Readable>;
  /** Registers who needs blobs, so that collecting takes only what nobody needs. */
  addUses(uses: BlobUses): void;
  /** Ends what is neither referenced nor pinned. */
  collect(): Promise<{ blobs: number; bytes: number }>;
}

const pinMs = 24 * 3_600_000;
/** A pin is renewed only when half of it is over, so that asking for 100,000 known files writes little. */
const renewBelowMs = pinMs / 2;
/** Files written at once in a batch: enough to share the disk's commits, few enough to hold in memory. */
const parallelWrites = 16;

export function createProjectBlobs(deps: { store: Store; objects: ObjectStore; clock: Clock }): ProjectBlobs {
  const { store, objects, clock } = deps;
  const uses: BlobUses[] = [];
  /** Objects being deleted right now; a put of the same digest waits, else its bytes would go with the old ones. */
  const deleting = new Map<string, Promise<unknown>>();
  /** Objects whose row is about to be written, and by how many; collecting leaves them for the next time. */
  const claims = new Map<string, number>();

  const find = (projectId: number, sha256: string) =>
    store.get<{ size: number; pinned_until: number }>(
      'SELECT size, pinned_until FROM project_blobs WHERE project_id = ? AND sha256 = ?',
      projectId,
      Buffer.from(sha256, 'hex'),
    );
  const keep = (projectId: number, sha256: string, size: number) =>
    store.run(
      'INSERT INTO project_blobs (project_id, sha256, size, pinned_until) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET pinned_until = max(pinned_until, excluded.pinned_until)',
      projectId,
      Buffer.from(sha256, 'hex'),
      size,
      clock.now() + pinMs,
    );
  const claim = (sha256: string) => claims.set(sha256, (claims.get(sha256) ?? 0) + 1);
  const unclaim = (sha256: string) => {
    const left = (claims.get(sha256) ?? 0) - 1;
    if (left > 0) claims.set(sha256, left);
    else claims.delete(sha256);
  };
  /** Nothing is collected between the look at a blob, or its upload, and the row that keeps it. */
  const claimed = async <T>(sha256: string, work: () => Promise<T>): Promise<T> => {
    claim(sha256);
    try {
      return await work();
    } finally {
      unclaim(sha256);
    }
  };
  const put = async (sha256: string, body: Readable, size: number | undefined) => {
    await deleting.get(sha256);
    return objects.put(blobKey(sha256), body, { sha256, ...(size === undefined ? {} : { size }) });
  };

  return {
    missing: (projectId, digests) =>
      store.transaction(() => {
        const renewBefore = clock.now() + renewBelowMs;
        return digests.filter((sha256) => {
          const row = find(projectId, sha256);
          if (row !== undefined && row.pinned_until < renewBefore) keep(projectId, sha256, row.size);
          return row === undefined;
        });
      }),
    sizeOf: (projectId, sha256) => find(projectId, sha256)?.size ?? null,
    add: (projectId, body, { sha256, size }) =>
      claimed(sha256, async () => {
        const stored = await put(sha256, body, size);
        keep(projectId, sha256, stored.size);
      }),
    addFramed: async (projectId, body) => {
      const begun: string[] = [];
      const done: { sha256: string; size: number }[] = [];
      const running = new Set<Promise<void>>();
      let failed: { error: unknown } | null = null;
      try {
        for await (const { sha256, data } of readFramedBlobs(body)) {
          claim(sha256);
          begun.push(sha256);
          const work = put(sha256, Readable.from([data]), data.length)
            .then(() => void done.push({ sha256, size: data.length }))
            .catch((error: unknown) => {
              failed ??= { error };
            })
            .finally(() => running.delete(work));
          running.add(work);
          if (running.size >= parallelWrites) await Promise.race(running);
          if (failed) break;
        }
        await Promise.all(running);
        if (failed) throw (failed as { error: unknown }).error;
        store.transaction(() => {
          for (const { sha256, size } of done) keep(projectId, sha256, size);
        });
      } finally {
        for (const sha256 of begun) unclaim(sha256);
      }
      return { count: done.length, bytes: done.reduce((sum, { size }) => sum + size, 0) };
    },
    adopt: (projectId, sha256) =>
      claimed(sha256, async () => {
        await deleting.get(sha256);
        const known = find(projectId, sha256);
        const size = known?.size ?? (await objects.head(blobKey(sha256)))?.size;
        if (size === undefined) throw fault('data.blob_missing', { sha256 });
        keep(projectId, sha256, size);
      }),
    open: async (projectId, sha256) => {
      const body = find(projectId, sha256) === undefined ? null : await objects.get(blobKey(sha256));
      if (body === null) throw fault('data.blob_missing', { sha256 });
      return body;
    },
    addUses: (each) => void uses.push(each),
    collect: async () => {
      const startedAt = clock.now();
      const needed = new Map<number, Set<string>>();
      for (const each of uses)
        for await (const { projectId, sha256 } of each()) {
          const known = needed.get(projectId);
          if (known) known.add(sha256);
          else needed.set(projectId, new Set([sha256]));
        }
      let blobs = 0;
      let bytes = 0;
      // A pin that ran out while references were read belongs to the next collection: a snapshot may have named it.
      const expired = store.all<{ project_id: number; sha256: Uint8Array; size: number }>(
        'SELECT project_id, sha256, size FROM project_blobs WHERE pinned_until < ?',
        startedAt,
      );
      for (const row of expired) {
        const sha256 = Buffer.from(row.sha256).toString('hex');
        if (needed.get(row.project_id)?.has(sha256) || claims.has(sha256)) continue;
        const unowned = store.transaction(() => {
          const { changes } = store.run(
            'DELETE FROM project_blobs WHERE project_id = ? AND sha256 = ? AND pinned_until < ?',
            row.project_id,
            row.sha256,
            startedAt,
          );
          const left = store.get('SELECT 1 FROM project_blobs WHERE sha256 = ? LIMIT 1', row.sha256);
          return changes > 0 && left === undefined;
        });
        if (!unowned) continue;
        const work = objects.delete(blobKey(sha256)).finally(() => deleting.delete(sha256));
        deleting.set(sha256, work);
        if (await work) {
          blobs++;
          bytes += row.size;
        }
      }
      return { blobs, bytes };
    },
  };
}

import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Clock } from '../../shared/clock.ts';
import { fault } from '../../shared/errors.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { Store } from '../../store/store.ts';
import type { Blobs } from './blobs.ts';

/** First and last byte of a chunk, as in Content-Range (OCI distribution-spec, "Pushing a blob in chunks"). */
export interface ChunkRange {
  first: number;
  last: number;
}

export interface Uploads {
  /** Opens a session; its id is 128 random bits. */
  begin(repository: string): string;
  /** Bytes received so far. */
  received(repository: string, id: string): number;
  /** Adds a chunk at the end; another place than the end is `registry.range_invalid` (416). */
  append(repository: string, id: string, body: Readable, range: ChunkRange | null): Promise<number>;
  /** Adds the last bytes, checks the whole against the digest, ends the session. */
  finish(
    repository: string,
    id: string,
    digest: string,
    body: Readable,
    range: ChunkRange | null,
  ): Promise<void>;
  cancel(repository: string, id: string): Promise<void>;
  /** Ends sessions untouched since `before` (wall milliseconds); returns how many. */
  expire(before: number): Promise<number>;
}

interface UploadRow {
  received: number;
  chunks: number;
}

const chunkKey = (id: string, index: number) => `uploads/${id}/${String(index).padStart(6, '0')}`;

export function createUploads(deps: {
  store: Store;
  clock: Clock;
  objects: ObjectStore;
  blobs: Blobs;
}): Uploads {
  const { store, clock, objects, blobs } = deps;
  const busy = new Set<string>();
  const find = (repository: string, id: string): UploadRow => {
    const row = store.get<UploadRow>(
      'SELECT received, chunks FROM registry_uploads WHERE id = ? AND repository = ?',
      id,
      repository,
    );
    if (row === undefined) throw fault('registry.upload_unknown', { id });
    return row;
  };
  const alone = async <T>(id: string, work: () => Promise<T>): Promise<T> => {
    if (busy.has(id)) throw fault('registry.range_invalid', { received: 'another chunk that is being sent' });
    busy.add(id);
    try {
      return await work();
    } finally {
      busy.delete(id);
    }
  };
  const addChunk = async (
    repository: string,
    id: string,
    body: Readable,
    range: ChunkRange | null,
  ): Promise<UploadRow> => {
    const row = find(repository, id);
    if (range !== null && range.first !== row.received)
      throw fault('registry.range_invalid', { received: row.received });
    const key = chunkKey(id, row.chunks);
    const { size } = await objects.put(
      key,
      body,
      range === null ? {} : { size: range.last - range.first + 1 },
    );
    if (size === 0) {
      await objects.delete(key);
      return row;
    }
    const next = { received: row.received + size, chunks: row.chunks + 1 };
    store.run(
      'UPDATE registry_uploads SET received = ?, chunks = ?, touched_at = ? WHERE id = ?',
      next.received,
      next.chunks,
      clock.now(),
      id,
    );
    return next;
  };
  const drop = async (id: string, chunks: number): Promise<void> => {
    store.run('DELETE FROM registry_uploads WHERE id = ?', id);
    for (let index = 0; index <= chunks; index += 1) await objects.delete(chunkKey(id, index));
  };
  return {
    begin: (repository) => {
      const id = randomBytes(16).toString('hex');
      store.run(
        'INSERT INTO registry_uploads (id, repository, received, chunks, touched_at) VALUES (?, ?, 0, 0, ?)',
        id,
        repository,
        clock.now(),
      );
      return id;
    },
    received: (repository, id) => find(repository, id).received,
    append: (repository, id, body, range) =>
      alone(id, async () => (await addChunk(repository, id, body, range)).received),
    finish: (repository, id, digest, body, range) =>
      alone(id, async () => {
        const row = find(repository, id);
        if (row.chunks === 0 && range === null) {
          await blobs.add(repository, digest, body);
          return drop(id, 0);
        }
        const { chunks } = await addChunk(repository, id, body, range);
        await blobs.add(
          repository,
          digest,
          Readable.from(joined(objects, id, chunks), { objectMode: false }),
        );
        await drop(id, chunks);
      }),
    cancel: (repository, id) => alone(id, () => drop(id, find(repository, id).chunks)),
    expire: async (before) => {
      const old = store.all<{ id: string; chunks: number }>(
        'SELECT id, chunks FROM registry_uploads WHERE touched_at < ?',
        before,
      );
      let ended = 0;
      for (const { id, chunks } of old) {
        if (busy.has(id)) continue;
        await alone(id, () => drop(id, chunks));
        ended += 1;
      }
      return ended;
    },
  };
}

async function* joined(objects: ObjectStore, id: string, chunks: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < chunks; index += 1) {
    const part = await objects.get(chunkKey(id, index));
    if (part === null) throw fault('registry.upload_unknown', { id });
    for await (const chunk of part) yield chunk as Buffer;
  }
}

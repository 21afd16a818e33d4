import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Clock } from '../../shared/clock.ts';
import { fault } from '../../shared/errors.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { Store } from '../../store/store.ts';

/** An upload, a mount or a look-up that found a blob keeps it this long without a manifest. */
export const pinMs = 24 * 3_600_000;

export interface BlobStat {
  digest: string;
  size: number;
}

export interface Blobs {
  /** A blob as this repository sees it: only what it uploaded, mounted or what is public. Pins it. */
  stat(repository: string, digest: string): BlobStat | null;
  open(repository: string, digest: string, range?: { first: number; last: number }): Promise<Readable>;
  /** Takes bytes whose digest the caller names; throws `registry.digest_invalid` where they differ. */
  add(repository: string, digest: string, body: Readable): Promise<void>;
  /** Makes a blob of one repository visible to another; false where the first does not have it. */
  mount(repository: string, digest: string, from: string): boolean;
  /** Takes the blob from this repository; throws where a manifest here refers to it. */
  remove(repository: string, digest: string): void;
  /** Runs alone among additions and deletions of one digest. */
  exclusive<T>(digest: string, work: () => Promise<T>): Promise<T>;
}

export interface BlobDeps {
  store: Store;
  clock: Clock;
  objects: ObjectStore;
  /** Digests that every project may see: our own base layers, which hold nothing of anyone's. */
  isPublic: (digest: string) => boolean;
}

/** Where the registry keeps a blob's bytes; a place of its own, so that no other part's clean-up reaches it. */
export function registryKey(digest: string): string {
  const { algorithm, hex } = parseDigest(digest);
  return `images/${algorithm}/${hex.slice(0, 2)}/${hex}`;
}

export type DigestAlgorithm = 'sha256' | 'sha512';

/** Reads `sha256:…` or `sha512:…` (image-spec, "Digests"); throws `registry.digest_invalid` for others. */
export function parseDigest(digest: string): { algorithm: DigestAlgorithm; hex: string } {
  const match = /^(?:sha256:([0-9a-f]{64})|sha512:([0-9a-f]{128}))$/.exec(digest);
  if (match === null) throw fault('registry.digest_invalid', { digest });
  return match[1] === undefined
    ? { algorithm: 'sha512', hex: match[2] ?? '' }
    : { algorithm: 'sha256', hex: match[1] };
}

export function createBlobs({ store, clock, objects, isPublic }: BlobDeps): Blobs {
  const running = new Map<string, Promise<unknown>>();
  const link = (repository: string, digest: string): void => {
    store.run(
      `INSERT INTO registry_links (repository, digest, pinned_until) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET pinned_until = max(pinned_until, excluded.pinned_until)`,
      repository,
      digest,
      clock.now() + pinMs,
    );
  };
  const visible = (repository: string, digest: string): BlobStat | null => {
    const blob = store.get<BlobStat>('SELECT digest, size FROM registry_blobs WHERE digest = ?', digest);
    if (blob === undefined) return null;
    if (isPublic(digest)) return blob;
    const linked = store.get(
      'SELECT 1 FROM registry_links WHERE repository = ? AND digest = ?',
      repository,
      digest,
    );
    return linked === undefined ? null : blob;
  };
  const exclusive = async <T>(digest: string, work: () => Promise<T>): Promise<T> => {
    const before = running.get(digest) ?? Promise.resolve();
    const mine = before.catch(() => undefined).then(work);
    const settled = mine.catch(() => undefined);
    running.set(digest, settled);
    try {
      return await mine;
    } finally {
      if (running.get(digest) === settled) running.delete(digest);
    }
  };
  return {
    exclusive,
    stat: (repository, digest) =>
      store.transaction(() => {
        parseDigest(digest);
        const blob = visible(repository, digest);
        if (blob !== null) link(repository, digest);
        return blob;
      }),
    open: async (repository, digest, range) => {
      const body = visible(repository, digest) ? await objects.get(registryKey(digest), range) : null;
      if (body === null) throw fault('registry.blob_unknown', { digest });
      return body;
    },
    add: (repository, digest, body) =>
      exclusive(digest, async () => {
        const { algorithm, hex } = parseDigest(digest);
        const { size } =
          algorithm === 'sha256'
            ? await objects.put(registryKey(digest), body, { sha256: hex })
            : await objects.put(
                registryKey(digest),
                Readable.from(checked(body, algorithm, hex), { objectMode: false }),
              );
        store.transaction(() => {
          store.run(
            'INSERT OR IGNORE INTO registry_blobs (digest, size, created_at) VALUES (?, ?, ?)',
            digest,
            size,
            clock.now(),
          );
          link(repository, digest);
        });
      }),
    mount: (repository, digest, from) =>
      store.transaction(() => {
        if (visible(from, digest) === null) return false;
        link(repository, digest);
        return true;
      }),
    remove: (repository, digest) =>
      store.transaction(() => {
        if (visible(repository, digest) === null) throw fault('registry.blob_unknown', { digest });
        const user = store.get<{ manifest: string }>(
          'SELECT manifest FROM registry_references WHERE repository = ? AND digest = ?',
          repository,
          digest,
        );
        if (user !== undefined) throw fault('registry.in_use', { digest, user: user.manifest });
        store.run('DELETE FROM registry_links WHERE repository = ? AND digest = ?', repository, digest);
      }),
  };
}

/** Fails at its end where the bytes are others, so that the store, which knows sha256 only, keeps nothing of them. */
async function* checked(body: Readable, algorithm: DigestAlgorithm, hex: string): AsyncGenerator<Buffer> {
  const hash = createHash(algorithm);
  for await (const chunk of body) {
    hash.update(chunk as Buffer);
    yield chunk as Buffer;
  }
  if (hash.digest('hex') !== hex) throw fault('registry.digest_invalid', { digest: `${algorithm}:${hex}` });
}

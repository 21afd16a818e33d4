import type { Clock } from '../../shared/clock.ts';
import type { ObjectStore, StoredObject } from '../../storage/object-store.ts';
import type { Store } from '../../store/store.ts';
import { type Blobs, pinMs, registryKey } from './blobs.ts';
import type { Uploads } from './uploads.ts';

export interface Freed {
  blobs: number;
  bytes: number;
  uploads: number;
}

const unlinked =
  'NOT EXISTS (SELECT 1 FROM registry_links AS link WHERE link.digest = registry_blobs.digest)';

/**
 * Ends old uploads, unlinks what no manifest needs and no pin holds, deletes bytes without a link, and bytes that a
 * crash left without a row. Safe beside pushes: each digest is looked at again while nothing else touches it.
 */
export async function collectGarbage(deps: {
  store: Store;
  clock: Clock;
  objects: ObjectStore;
  blobs: Blobs;
  uploads: Uploads;
}): Promise<Freed> {
  const { store, clock, objects, blobs, uploads } = deps;
  const freed: Freed = { blobs: 0, bytes: 0, uploads: await uploads.expire(clock.now() - pinMs) };
  store.run(
    `DELETE FROM registry_links WHERE pinned_until < ? AND NOT EXISTS (
       SELECT 1 FROM registry_references AS used
       WHERE used.repository = registry_links.repository AND used.digest = registry_links.digest)`,
    clock.now(),
  );
  const loose = store.all<{ digest: string }>(`SELECT digest FROM registry_blobs WHERE ${unlinked}`);
  for (const { digest } of loose)
    await blobs.exclusive(digest, async () => {
      store.run(`DELETE FROM registry_blobs WHERE digest = ? AND ${unlinked}`, digest);
    });
  for await (const object of each(objects, 'images/')) {
    const digest = digestOfKey(object.key);
    await blobs.exclusive(digest, async () => {
      if (store.get('SELECT 1 FROM registry_blobs WHERE digest = ?', digest) !== undefined) return;
      await objects.delete(registryKey(digest));
      freed.blobs += 1;
      freed.bytes += object.size;
    });
  }
  for await (const { key } of each(objects, 'uploads/')) {
    const id = key.split('/')[1] ?? '';
    if (store.get('SELECT 1 FROM registry_uploads WHERE id = ?', id) === undefined) await objects.delete(key);
  }
  return freed;
}

async function* each(objects: ObjectStore, prefix: string): AsyncGenerator<StoredObject> {
  for (let after: string | undefined; ; ) {
    const page = await objects.list(prefix, after);
    yield* page;
    if (page.length === 0) return;
    after = page.at(-1)?.key;
  }
}

/** `images/sha256/ab/abcd…` → `sha256:abcd…` */
function digestOfKey(key: string): string {
  const [, algorithm, , hex] = key.split('/');
  return `${algorithm}:${hex}`;
}

import type { Clock } from '../../shared/clock.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { Store } from '../../store/store.ts';
import { type Blobs, createBlobs } from './blobs.ts';
import { collectGarbage, type Freed } from './garbage.ts';
import { createManifests, type Manifests } from './manifests.ts';
import { createUploads, type Uploads } from './uploads.ts';

export interface Registry {
  blobs: Blobs;
  uploads: Uploads;
  manifests: Manifests;
  /** Ends old uploads, unlinks what no manifest needs and no pin holds, deletes bytes without a link. */
  collectGarbage(): Promise<Freed>;
}

export interface RegistryDeps {
  store: Store;
  clock: Clock;
  objects: ObjectStore;
  isPublic?: (digest: string) => boolean;
  inUse?: (digest: string) => boolean;
}

/** The registry: OCI Distribution's blobs, uploads and manifests over an object store and the database. */
export function createRegistry(deps: RegistryDeps): Registry {
  const { store, clock, objects } = deps;
  const blobs = createBlobs({ store, clock, objects, isPublic: deps.isPublic ?? (() => false) });
  const uploads = createUploads({ store, clock, objects, blobs });
  const manifests = createManifests({ store, clock, blobs, inUse: deps.inUse ?? (() => false) });
  return {
    blobs,
    uploads,
    manifests,
    collectGarbage: () => collectGarbage({ store, clock, objects, blobs, uploads }),
  };
}

import type { Registry } from '../registry/registry.ts';
import type { ImageParts } from './read-image.ts';

/** A repository of our own registry, read in process: what a deploy target beside the control plane pulls from. */
export function ownRegistry(registry: Registry, repository: string): ImageParts {
  return {
    getManifest: async (reference) => registry.manifests.get(repository, reference),
    getBlob: (digest) => registry.blobs.open(repository, digest),
  };
}

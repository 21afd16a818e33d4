import { type Image, type Layer, mediaTypes } from '../image.ts';
import type { RegistryClient } from '../registry-client.ts';

export interface PushResult {
  digest: string;
  /** Bytes that had to travel; what the registry had is not sent. */
  sentBytes: number;
  sentLayers: number;
}

/** Pushes an image: missing layers and config, then the manifest under each tag, or its digest where there is none. */
export async function pushImage(
  image: Image,
  registry: RegistryClient,
  options: { tags?: readonly string[]; onProgress?: (sent: number, total: number) => void } = {},
): Promise<PushResult> {
  const present = await Promise.all(image.layers.map((layer) => registry.hasBlob(layer.descriptor.digest)));
  const missing = image.layers.filter((_, index) => !present[index]);
  const total = missing.reduce((sum, layer) => sum + layer.descriptor.size, 0);
  let sentBytes = 0;
  const send = async (layer: Layer): Promise<void> => {
    await registry.putBlob(layer.descriptor, await layer.open());
    sentBytes += layer.descriptor.size;
    options.onProgress?.(sentBytes, total);
  };
  const sendConfig = async (): Promise<void> => {
    if (!(await registry.hasBlob(image.configDescriptor.digest)))
      await registry.putBlob(image.configDescriptor, image.configBytes);
  };
  // At once, since each waits for the registry's disk; a manifest only when all that it names is there.
  await Promise.all([...missing.map(send), sendConfig()]);
  const references = options.tags?.length ? options.tags : [image.digest];
  await Promise.all(
    references.map((reference) => registry.putManifest(reference, mediaTypes.manifest, image.manifest)),
  );
  return { digest: image.digest, sentBytes, sentLayers: missing.length };
}

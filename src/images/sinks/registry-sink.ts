import type { Image } from '../image.ts';
import { mediaTypes } from '../image.ts';
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
  for (const layer of missing) {
    await registry.putBlob(layer.descriptor, await layer.open());
    sentBytes += layer.descriptor.size;
    options.onProgress?.(sentBytes, total);
  }
  if (!(await registry.hasBlob(image.configDescriptor.digest)))
    await registry.putBlob(image.configDescriptor, image.configBytes);
  for (const reference of options.tags?.length ? options.tags : [image.digest])
    await registry.putManifest(reference, mediaTypes.manifest, image.manifest);
  return { digest: image.digest, sentBytes, sentLayers: missing.length };
}

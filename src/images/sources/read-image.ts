import type { Readable } from 'node:stream';
import * as z from 'zod';
import { fault } from '../../shared/errors.ts';
import { type Descriptor, digestOf, type Image, type ImageConfig, mediaTypes } from '../image.ts';

/** Where an image's parts can be had: a registry over HTTP, our own registry in process, an OCI layout. */
export interface ImageParts {
  getManifest(reference: string): Promise<{ mediaType: string; content: Buffer }>;
  getBlob(digest: string): Promise<Readable>;
}

const descriptorSchema = z.object({
  mediaType: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  size: z.number().int().min(0),
  platform: z.object({ architecture: z.string(), os: z.string() }).optional(),
});
const manifestSchema = z.object({
  config: descriptorSchema,
  layers: z.array(descriptorSchema).max(200),
  annotations: z.record(z.string(), z.string()).optional(),
});
const indexSchema = z.object({ manifests: z.array(descriptorSchema) });
const configSchema = z.looseObject({
  architecture: z.string(),
  os: z.string(),
  config: z.looseObject({}).nullish(),
  rootfs: z.object({ type: z.literal('layers'), diff_ids: z.array(z.string()) }),
});

const configLimitBytes = 4 * 1024 * 1024;

/**
 * Reads an image by tag or digest; of an index the part for linux/amd64. Manifest and config are checked against their
 * digests here, layers by whoever reads them. Throws `image.unsupported`.
 */
export async function readImage(parts: ImageParts, reference: string): Promise<Image> {
  const refuse = (reason: string, cause?: unknown) =>
    fault('image.unsupported', { reference, reason }, { cause });
  const parse = <T>(schema: z.ZodType<T>, bytes: Buffer, what: string): T => {
    try {
      return schema.parse(JSON.parse(bytes.toString()));
    } catch (cause) {
      throw refuse(`its ${what} is not readable`, cause);
    }
  };
  let { mediaType, content } = await parts.getManifest(reference);
  if (reference.startsWith('sha256:') && digestOf(content) !== reference) throw refuse('its digest differs');
  if (mediaType === mediaTypes.index || mediaType === mediaTypes.dockerList) {
    const { manifests } = parse(indexSchema, content, 'index');
    const ours = manifests.find(
      ({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64',
    );
    const chosen = ours ?? (manifests.length === 1 ? manifests[0] : undefined);
    if (chosen === undefined) throw refuse('it has no part for this platform');
    ({ mediaType, content } = await parts.getManifest(chosen.digest));
    if (digestOf(content) !== chosen.digest) throw refuse('its digest differs');
  }
  const manifest = parse(manifestSchema, content, 'manifest');
  const configBytes = await collect(await parts.getBlob(manifest.config.digest));
  if (digestOf(configBytes) !== manifest.config.digest) throw refuse('its config’s digest differs');
  const config = parse(configSchema, configBytes, 'config');
  if (config.os !== 'linux' || config.architecture !== 'amd64')
    throw refuse(`it is for ${config.os}/${config.architecture}`);
  const { diff_ids: diffIds } = config.rootfs;
  if (diffIds.length !== manifest.layers.length) throw refuse('its layers and its config disagree');
  return {
    digest: digestOf(content),
    manifest: content,
    config: { ...config, config: config.config ?? {} } as ImageConfig,
    configBytes,
    configDescriptor: plain(manifest.config),
    layers: manifest.layers.map((layer, index) => ({
      descriptor: plain(layer),
      diffId: diffIds[index] ?? '',
      open: () => parts.getBlob(layer.digest),
    })),
    annotations: manifest.annotations ?? {},
  };
}

function plain({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

async function collect(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += (chunk as Buffer).length;
    if (size > configLimitBytes) throw fault('core.too_large', { what: 'The image config', limit: '4 MB' });
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

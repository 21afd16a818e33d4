import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import * as z from 'zod';
import { fault } from '../../shared/errors.ts';
import { readTar } from '../read-tar.ts';
import type { ImageParts } from './read-image.ts';

const indexSchema = z.object({
  manifests: z.array(
    z.object({
      mediaType: z.string(),
      digest: z.string(),
      annotations: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

/** An OCI layout in one uncompressed tar: read through once to learn where each blob lies. Throws `image.unsupported`. */
export async function ociLayout(file: string): Promise<ImageParts> {
  const places = new Map<string, { first: number; size: number }>();
  await readTar(createReadStream(file), async (header, _body, at) => {
    if (header.kind === 'file')
      places.set(header.path.replace(/^\.\//, ''), { first: at, size: header.size });
  });
  const missing = (reason: string) => fault('image.unsupported', { reference: file, reason });
  const body = (name: string): Readable => {
    const place = places.get(name);
    if (place === undefined) throw missing(`it holds no ${name}`);
    return createReadStream(file, { start: place.first, end: place.first + place.size - 1 });
  };
  const whole = async (name: string): Promise<Buffer> => {
    if ((places.get(name)?.size ?? 0) > 4 * 1024 * 1024) throw missing(`its ${name} is too long`);
    const chunks: Buffer[] = [];
    for await (const chunk of body(name)) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  };
  const blob = (digest: string) => `blobs/${digest.replace(':', '/')}`;
  return {
    getManifest: async (reference) => {
      const { manifests } = indexSchema.parse(JSON.parse((await whole('index.json')).toString()));
      const found =
        manifests.find(
          ({ digest, annotations }) =>
            digest === reference || annotations?.['org.opencontainers.image.ref.name'] === reference,
        ) ?? (reference === '' ? manifests[0] : undefined);
      const content = await whole(blob(found?.digest ?? reference));
      const { mediaType } = z
        .object({ mediaType: z.string().optional() })
        .parse(JSON.parse(content.toString()));
      return { mediaType: found?.mediaType ?? mediaType ?? '', content };
    },
    getBlob: async (digest) => body(blob(digest)),
  };
}

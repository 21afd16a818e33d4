import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Image, mediaTypes } from '../image.ts';
import { packTar, type TarEntry } from '../tar.ts';

/** Writes an image as an OCI layout in one tar (image-spec, "Image Layout"): skopeo, podman and docker 27 read it. */
export async function writeLayout(image: Image, file: string, tag: string): Promise<void> {
  const blobs: TarEntry[] = [
    bytesEntry(blobPath(image.digest), image.manifest),
    bytesEntry(blobPath(image.configDescriptor.digest), image.configBytes),
    ...image.layers.map(({ descriptor, open }) => ({
      path: blobPath(descriptor.digest),
      mode: 0o644,
      body: { size: descriptor.size, open: () => Readable.from(opened(open), { objectMode: false }) },
    })),
  ];
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [
      {
        mediaType: mediaTypes.manifest,
        digest: image.digest,
        size: image.manifest.length,
        platform: { architecture: image.config.architecture, os: image.config.os },
        annotations: { 'org.opencontainers.image.ref.name': tag },
      },
    ],
  };
  const entries = [
    ...new Map(blobs.map((entry) => [entry.path, entry])).values(),
    bytesEntry('index.json', Buffer.from(JSON.stringify(index))),
    bytesEntry('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')),
  ];
  await pipeline(packTar(entries), createWriteStream(file));
}

async function* opened(open: () => Readable | Promise<Readable>): AsyncGenerator<Uint8Array> {
  for await (const chunk of await open()) yield chunk as Buffer;
}

function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

function bytesEntry(path: string, bytes: Buffer): TarEntry {
  return { path, mode: 0o644, body: { size: bytes.length, open: () => bytes } };
}

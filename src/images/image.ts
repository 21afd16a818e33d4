import type { Readable } from 'node:stream';
import { sha256 } from '../shared/ids.ts';

export const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  index: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const;

/** Names bytes by digest (OCI image-spec, descriptor). */
export interface Descriptor {
  mediaType: string;
  /** `sha256:` and 64 hex digits. */
  digest: string;
  size: number;
  annotations?: Readonly<Record<string, string>>;
}

/** A layer: what names it, and its bytes as often as wanted. */
export interface Layer {
  descriptor: Descriptor;
  /** Digest of the layer's tar before compression; ours are not compressed, so it is the digest itself. */
  diffId: string;
  open(): Readable | Promise<Readable>;
}

export interface ImageConfig {
  architecture: string;
  os: string;
  config: {
    User?: string;
    Env?: readonly string[];
    Entrypoint?: readonly string[];
    Cmd?: readonly string[];
    WorkingDir?: string;
    ExposedPorts?: Readonly<Record<string, object>>;
    Labels?: Readonly<Record<string, string>>;
  };
  rootfs: { type: 'layers'; diff_ids: readonly string[] };
  history?: readonly object[];
  created?: string;
}

/** A container image: immutable, known by its digest. Mutations make a new one. */
export interface Image {
  /** Digest of the manifest's bytes; what a release names. */
  digest: string;
  manifest: Buffer;
  config: ImageConfig;
  configBytes: Buffer;
  configDescriptor: Descriptor;
  layers: readonly Layer[];
  annotations: Readonly<Record<string, string>>;
}

/** Puts an image together from its config (without rootfs) and layers; equal parts give an equal digest. */
export function makeImage(
  config: Omit<ImageConfig, 'rootfs'>,
  layers: readonly Layer[],
  annotations: Readonly<Record<string, string>> = {},
): Image {
  const whole: ImageConfig = {
    ...config,
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
  };
  const configBytes = Buffer.from(JSON.stringify(whole));
  const configDescriptor: Descriptor = {
    mediaType: mediaTypes.config,
    digest: digestOf(configBytes),
    size: configBytes.length,
  };
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: configDescriptor,
      layers: layers.map((layer) => layer.descriptor),
      ...(Object.keys(annotations).length > 0 ? { annotations: sorted(annotations) } : {}),
    }),
  );
  return {
    digest: digestOf(manifest),
    manifest,
    config: whole,
    configBytes,
    configDescriptor,
    layers,
    annotations,
  };
}

/** The same image with more layers on top. */
export function appendLayers(image: Image, layers: readonly Layer[]): Image {
  const { rootfs: _, ...config } = image.config;
  return makeImage(config, [...image.layers, ...layers], image.annotations);
}

/** The same image with fields of its run configuration replaced; labels and variables are merged by name. */
export function withRunConfig(image: Image, change: ImageConfig['config']): Image {
  const { rootfs: _, ...config } = image.config;
  const labels = { ...config.config.Labels, ...change.Labels };
  const names = new Set((change.Env ?? []).map((each) => each.split('=')[0]));
  const env = [
    ...(config.config.Env ?? []).filter((each) => !names.has(each.split('=')[0])),
    ...(change.Env ?? []),
  ];
  return makeImage(
    {
      ...config,
      config: {
        ...config.config,
        ...change,
        ...(env.length > 0 ? { Env: env } : {}),
        ...(Object.keys(labels).length > 0 ? { Labels: sorted(labels) } : {}),
      },
    },
    image.layers,
    image.annotations,
  );
}

/** `sha256:…` of bytes. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${sha256(bytes)}`;
}

/** Keys in order, so that equal labels make equal bytes. */
export function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { type ServerSpec, serverSpecSchema } from '../../api/contract/gateway.ts';
import { writeDurably } from '../../shared/durable.ts';
import { fault } from '../../shared/errors.ts';
import type { DeployTarget, ReleaseSpec } from '../deploy-target.ts';
import type { GatewayLink } from '../gateway-link.ts';
import { createLayerStore, type UnpackLayer } from './layer-store.ts';
import { assembleRoot } from './release-root.ts';

/** An image as the target pulls it: how it starts, and its layers, the lowest first. */
export interface PulledImage {
  digest: string;
  entrypoint: readonly string[];
  cmd: readonly string[];
  /** `NAME=value` */
  env: readonly string[];
  workingDir: string;
  layers: readonly { digest: string; open(): Promise<Readable> }[];
}

export interface ProcessTargetDeps {
  dataDir: string;
  gateway: Pick<GatewayLink, 'servers' | 'startServer' | 'stopServer' | 'serverLogs'>;
  /** Pulls over the registry's HTTP face, as any registry client would. */
  pull(reference: string): Promise<PulledImage>;
  unpack: UnpackLayer;
  /** A layer that most images stand on (our runtime): unpacked before the first release asks for it. */
  expected?: { digest: string; open(): Promise<Readable> } | null;
}

/** Where a model server listens, as the image's entry point reads it (`serve --listen …`). */
const listenArguments = ['--listen', 'unix:{socket}'];

/** What this target kept of a release, so that it can be started again without the registry. */
interface Kept {
  spec: ServerSpec;
  layers: readonly string[];
}

/**
 * Containers without a daemon: layers unpacked once, linked into a root, and a sandboxed child of the gateway whose
 * `/` is that root. `serverSpec` tells the routing file how the gateway starts a release by itself.
 */
export function createProcessTarget(deps: ProcessTargetDeps): DeployTarget & {
  serverSpec(releaseId: string): ServerSpec | null;
  /** Unpacks the expected layer now. */
  warm(): Promise<void>;
  /** Ends what is being unpacked; releases go on. */
  close(): Promise<void>;
} {
  const { dataDir, gateway } = deps;
  const folder = path.join(dataDir, 'gateway/releases');
  const layers = createLayerStore(path.join(dataDir, 'gateway/layers'), deps.unpack);
  const home = (id: string): string => path.join(folder, id);
  const known = new Map<string, Kept>();
  /** Images whose release is not written down yet: their layers lie there, and no record asks for them. */
  const preparing = new Set<PulledImage>();

  const kept = (id: string): Kept | null => {
    const inMemory = known.get(id);
    if (inMemory) return inMemory;
    const file = path.join(home(id), 'release.json');
    if (!existsSync(file)) return null;
    const { spec, layers: digests } = JSON.parse(readFileSync(file, 'utf8')) as Kept;
    const read = { spec: serverSpecSchema.parse(spec), layers: digests };
    known.set(id, read);
    return read;
  };

  const prepare = async (release: ReleaseSpec): Promise<ServerSpec> => {
    const image = await deps.pull(release.image);
    preparing.add(image);
    try {
      return await unpackRelease(release, image);
    } finally {
      preparing.delete(image);
    }
  };

  const unpackRelease = async (release: ReleaseSpec, image: PulledImage): Promise<ServerSpec> => {
    const command = [...image.entrypoint, ...image.cmd];
    const [program, ...args] = command;
    if (program === undefined)
      throw fault('deploy.bad_image', { image: release.image, reason: 'it names no program to start' });
    const folders = await Promise.all(image.layers.map(({ digest, open }) => layers.ensure(digest, open)));
    const temporary = path.join(folder, `.${release.releaseId}`);
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true, mode: 0o700 });
    await assembleRoot(folders, path.join(temporary, 'root'));
    const spec: ServerSpec = {
      id: release.releaseId,
      root: path.join(home(release.releaseId), 'root'),
      argv: [program, ...args, ...listenArguments],
      env: environmentOf(image.env),
      cwd: image.workingDir === '' ? '/' : image.workingDir,
      socketDir: path.join(dataDir, 'gateway/s', release.releaseId),
      memoryMb: release.memoryMb,
    };
    const record: Kept = { spec, layers: image.layers.map(({ digest }) => digest) };
    await writeDurably(path.join(temporary, 'release.json'), JSON.stringify(record));
    await rm(home(release.releaseId), { recursive: true, force: true });
    await rename(temporary, home(release.releaseId));
    known.set(release.releaseId, record);
    return spec;
  };

  return {
    start: async (release) => {
      const there = kept(release.releaseId)?.spec;
      const spec = there ? { ...there, memoryMb: release.memoryMb } : await prepare(release);
      await gateway.startServer(spec);
      return { socket: path.join(spec.socketDir, 's') };
    },
    list: async () =>
      (await gateway.servers()).map(({ id, upstream, healthy, restarts, lastExit }) => ({
        releaseId: id,
        upstream,
        healthy,
        restarts,
        lastExit,
      })),
    stop: (releaseId, drainMs) => gateway.stopServer(releaseId, drainMs),
    logs: (releaseId, lines) => gateway.serverLogs(releaseId, lines),
    prune: async (keep) => {
      const digests = new Set<string>(deps.expected ? [deps.expected.digest] : []);
      for (const name of existsSync(folder) ? await readdir(folder) : []) {
        // With a dot before it: being filled, or half filled at a crash.
        const id = name.replace(/^\./, '');
        if (keep.has(id)) for (const digest of kept(id)?.layers ?? []) digests.add(digest);
        else {
          known.delete(id);
          await rm(path.join(folder, name), { recursive: true, force: true });
        }
      }
      await layers.keep(
        (digest) =>
          digests.has(digest) ||
          [...preparing].some((image) => image.layers.some((layer) => layer.digest === digest)),
      );
    },
    serverSpec: (releaseId) => kept(releaseId)?.spec ?? null,
    warm: async () => {
      if (deps.expected) await layers.ensure(deps.expected.digest, deps.expected.open);
    },
    close: layers.close,
  };
}

function environmentOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

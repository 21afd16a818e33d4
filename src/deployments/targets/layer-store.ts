import { createHash } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { syncFolder } from '../../shared/durable.ts';
import { fault } from '../../shared/errors.ts';
import { newId } from '../../shared/ids.ts';

/** Unpacks a layer's tar into a folder, in the sandbox, until `stop`; the image domain fulfils it. */
export type UnpackLayer = (layer: Readable, folder: string, stop: AbortSignal) => Promise<void>;

/** Layers unpacked once by digest; a folder that is there is whole. */
export interface LayerStore {
  /** The folder of a layer; `open` is called only where it is not there yet. */
  ensure(digest: string, open: () => Promise<Readable>): Promise<string>;
  /** Removes the layers that nobody wants, asked for each right before it goes. */
  keep(wanted: (digest: string) => boolean): Promise<void>;
  /** Ends what is being unpacked; half a layer is removed. */
  close(): Promise<void>;
}

export function createLayerStore(folder: string, unpack: UnpackLayer): LayerStore {
  const underWay = new Map<string, Promise<string>>();
  const closing = new AbortController();
  const fetch = async (name: string, open: () => Promise<Readable>): Promise<string> => {
    const target = path.join(folder, name);
    if (existsSync(target)) return target;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const temporary = path.join(folder, `.${name}`);
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { mode: 0o755 });
    try {
      const checked = digestChecked(await open(), name);
      await unpack(checked, temporary, closing.signal);
      await rename(temporary, target);
      syncFolder(folder);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw error;
    }
    return target;
  };
  return {
    ensure: (digest, open) => {
      const name = digest.replace(':', '-');
      const running = underWay.get(name);
      if (running) return running;
      const started = fetch(name, open).finally(() => underWay.delete(name));
      underWay.set(name, started);
      return started;
    },
    keep: async (wanted) => {
      for (const name of existsSync(folder) ? await readdir(folder) : []) {
        // With a dot before it: being filled or removed, or left so by a crash.
        const half = name.startsWith('.');
        if (underWay.has(half ? name.slice(1) : name) || (!half && wanted(name.replace('-', ':')))) continue;
        // Out of its name first, in one step: a folder that is there is whole, also for who asks meanwhile.
        const removed = path.join(folder, `.${newId('tmp')}`);
        renameSync(path.join(folder, name), removed);
        await rm(removed, { recursive: true, force: true });
      }
    },
    close: async () => {
      closing.abort();
      await Promise.allSettled(underWay.values());
    },
  };
}

/** Passes bytes on and fails at their end where they are not what the digest names. */
function digestChecked(body: Readable, name: string): Readable {
  const hash = createHash('sha256');
  const check = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      done(null, chunk);
    },
    flush: (done) => {
      const found = `sha256-${hash.digest('hex')}`;
      done(found === name ? null : fault('deploy.bad_image', { image: name, reason: `a layer is ${found}` }));
    },
  });
  body.on('error', (error) => check.destroy(error));
  return body.pipe(check);
}

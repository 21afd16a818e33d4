import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, open, opendir, readFile, rename, rm, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { fault } from '../../shared/errors.ts';
import type { ObjectStore, StoredObject } from '../object-store.ts';
import { bytesOf, withoutStall } from '../steady-body.ts';

export interface DiskStoreOptions {
  /** A body that sends nothing for so long is ended. Shorter ends slow lines; longer keeps dead ones open. */
  stallMs?: number;
  /** What must stay free: below `bytes`, or below `share` of the disk, nothing is taken. */
  reserve?: { bytes: number; share: number };
}

const incoming = '.incoming';
/** Smaller objects are read in one piece: a stream costs more than their bytes. */
const wholeBelowBytes = 256 * 1024;
const keyPattern = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*)(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
/** How long an answer about free space is believed; at full disk speed about 2 GB pass in it. */
const spaceKnownMs = 1000;

/**
 * Objects as files under `root`, each named by its key. A body goes to a temporary file of the same file system, is
 * hashed on the way, fsynced and renamed, and the folder fsynced before put returns. What a crash left half written
 * is removed here, at the start.
 */
export function createDiskStore(root: string, options: DiskStoreOptions = {}): ObjectStore {
  const { stallMs = 60_000, reserve = { bytes: 2e9, share: 0.05 } } = options;
  const temporaryFolder = path.join(root, incoming);
  mkdirSync(temporaryFolder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(temporaryFolder)) rmSync(path.join(temporaryFolder, name), { force: true });
  const sync = createFolderSync();
  const made = new Set<string>();
  let sequence = 0;
  let spaceCheckedAt = Number.NEGATIVE_INFINITY;

  const fileOf = (key: string): string => {
    if (!keyPattern.test(key) || key.length > 500) throw fault('storage.bad_key', { key });
    return path.join(root, key);
  };
  const checkSpace = async (): Promise<void> => {
    if (performance.now() - spaceCheckedAt < spaceKnownMs) return;
    const { free, needed } = await spaceOf(root, reserve);
    if (free < needed) throw noSpace(root, free, needed);
    spaceCheckedAt = performance.now();
  };
  /** Makes the folder and makes its making durable; remembered, since most puts go where others went. */
  const ensureFolder = async (folder: string): Promise<void> => {
    if (made.has(folder)) return;
    const first = await mkdir(folder, { recursive: true, mode: 0o700 });
    if (first !== undefined)
      for (let at = folder; at.length >= path.dirname(first).length; at = path.dirname(at)) await sync(at);
    made.add(folder);
  };

  return {
    put: async (key, body, expected = {}) => {
      const file = fileOf(key);
      const temporary = path.join(temporaryFolder, `${process.pid}-${sequence++}`);
      try {
        await checkSpace();
        const written = await writeBody(temporary, withoutStall(body, stallMs), expected.size);
        const wrong = mismatch(expected, written);
        if (wrong) throw fault('storage.mismatch', { what: key, ...wrong });
        const folder = path.dirname(file);
        await ensureFolder(folder);
        await rename(temporary, file);
        await sync(folder);
        return written;
      } catch (error) {
        await rm(temporary, { force: true });
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        spaceCheckedAt = Number.NEGATIVE_INFINITY;
        const { free, needed } = await spaceOf(root, reserve);
        throw noSpace(root, free, needed, error);
      }
    },
    get: async (key, range) => {
      const file = fileOf(key);
      const found = await sizeOf(file);
      if (found === null) return null;
      if (range === undefined && found <= wholeBelowBytes) return Readable.from([await readFile(file)]);
      return createReadStream(file, {
        highWaterMark: 256 * 1024,
        ...(range === undefined ? {} : { start: range.first, end: range.last }),
      });
    },
    head: async (key) => {
      const size = await sizeOf(fileOf(key));
      return size === null ? null : { key, size, sha256: digestOf(key) };
    },
    delete: async (key) => {
      const file = fileOf(key);
      try {
        await rm(file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
        throw error;
      }
      await sync(path.dirname(file));
      return true;
    },
    list: async (prefix, after = '') => {
      const found: StoredObject[] = [];
      for await (const key of keysBelow(root, '', prefix, after)) {
        const size = await sizeOf(path.join(root, key));
        if (size !== null) found.push({ key, size, sha256: digestOf(key) });
        if (found.length === 1000) break;
      }
      return found;
    },
  };
}

/** A key of `blobs/` says the digest; others were not hashed for keeping. */
function digestOf(key: string): string | null {
  const match = /^blobs\/[0-9a-f]{2}\/([0-9a-f]{64})$/.exec(key);
  return match?.[1] ?? null;
}

async function writeBody(
  file: string,
  body: AsyncIterable<Buffer>,
  limit: number | undefined,
): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  const handle = await open(file, 'wx', 0o600);
  try {
    for await (const chunk of body) {
      size += chunk.length;
      // One byte too many is enough to know; the rest need not fill the disk.
      if (limit !== undefined && size > limit) break;
      hash.update(chunk);
      for (let at = 0; at < chunk.length; ) at += (await handle.write(chunk, at)).bytesWritten;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { size, sha256: hash.digest('hex') };
}

function mismatch(
  expected: { size?: number; sha256?: string },
  written: { size: number; sha256: string },
): { expected: string; actual: string } | null {
  if (expected.size !== undefined && expected.size !== written.size)
    return { expected: bytesOf(expected.size), actual: bytesOf(written.size) };
  if (expected.sha256 !== undefined && expected.sha256 !== written.sha256)
    return { expected: expected.sha256, actual: written.sha256 };
  return null;
}

async function sizeOf(file: string): Promise<number | null> {
  try {
    const found = await stat(file);
    return found.isFile() ? found.size : null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

async function spaceOf(
  root: string,
  reserve: { bytes: number; share: number },
): Promise<{ free: number; needed: number }> {
  const { bavail, blocks, bsize } = await statfs(root);
  return { free: bavail * bsize, needed: Math.max(reserve.bytes, reserve.share * blocks * bsize) };
}

function noSpace(root: string, free: number, needed: number, cause?: unknown) {
  return fault('core.no_space', { path: root, free: bytesOf(free), needed: bytesOf(needed) }, { cause });
}

/** Every key under `folder` that has the prefix and comes after `after`, in byte order of the whole key. */
async function* keysBelow(
  root: string,
  folder: string,
  prefix: string,
  after: string,
): AsyncGenerator<string> {
  const entries: string[] = [];
  try {
    for await (const entry of await opendir(path.join(root, folder)))
      if (entry.name !== incoming) entries.push(entry.isDirectory() ? `${entry.name}/` : entry.name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  // A folder is sorted with its slash, which is where its keys stand among the files beside it.
  for (const entry of entries.sort()) {
    const key = folder === '' ? entry : `${folder}/${entry}`;
    if (entry.endsWith('/')) {
      const reaches = key.startsWith(prefix) || prefix.startsWith(key);
      if (reaches && (after < key || after.startsWith(key)))
        yield* keysBelow(root, key.slice(0, -1), prefix, after);
    } else if (key.startsWith(prefix) && key > after) yield key;
  }
}

/** fsync of folders; callers that wait while one runs share the next, so a batch costs few of them. */
function createFolderSync(): (folder: string) => Promise<void> {
  const running = new Map<string, Promise<void>>();
  const next = new Map<string, Promise<void>>();
  const syncNow = async (folder: string): Promise<void> => {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  };
  const startNow = (folder: string): Promise<void> => {
    const work = syncNow(folder).finally(() => running.delete(folder));
    running.set(folder, work);
    return work;
  };
  return (folder) => {
    const now = running.get(folder);
    if (now === undefined) return startNow(folder);
    const waiting = next.get(folder);
    if (waiting) return waiting;
    const work = now
      .catch(() => undefined)
      .then(() => {
        next.delete(folder);
        return startNow(folder);
      });
    next.set(folder, work);
    return work;
  };
}

import {
  chmodSync,
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { fault } from '../shared/errors.ts';
import { decompressed } from './decompress.ts';
import { readTar, type TarHeader } from './read-tar.ts';

/** What one layer may hold. Smaller refuses honest images, larger lets one fill the disk before it is noticed. */
export interface UnpackCaps {
  entries: number;
  bytes: number;
  /** Bytes that come out for each byte that went in (compressed layers). */
  ratio: number;
}

export const defaultCaps: UnpackCaps = { entries: 200_000, bytes: 8e9, ratio: 200 };

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';

/**
 * Unpacks a layer (tar, gzip or zstd) into a folder as root of its file system: no path, link or hard link leads out
 * of it, nothing is written through a link, devices are left out, owners and setuid bits are not kept. Whiteouts remove
 * what lower layers left in the folder (image-spec, "Layer"), or are kept as empty files where each layer has a folder
 * of its own and they are put together later. Blocks its thread while it writes: meant for a process of its
 * own (unpack-main.ts). Throws `image.bad_archive`.
 */
export async function unpackLayer(
  source: Readable,
  folder: string,
  options: { caps?: UnpackCaps; whiteouts?: 'apply' | 'keep' } = {},
): Promise<void> {
  const caps = options.caps ?? defaultCaps;
  const apply = options.whiteouts !== 'keep';
  const root = path.resolve(folder);
  mkdirSync(root, { recursive: true });
  let entries = 0;
  let bytes = 0;
  const folderModes = new Map<string, number>();
  const unpacking: Unpacking = { root, folders: new Set([root]), fresh: new Set() };
  await readTar(await decompressed(source, caps), async (header, body) => {
    entries += 1;
    bytes += header.size;
    if (entries > caps.entries) throw bad(`more than ${caps.entries} entries`);
    if (bytes > caps.bytes) throw bad(`more than ${caps.bytes} bytes`);
    const parts = partsOf(header.path);
    if (parts.length === 0) return;
    const name = parts.at(-1) ?? '';
    const parent = realFolder(unpacking, parts.slice(0, -1));
    if (apply && name === opaque) return emptyFolder(unpacking, parent);
    if (apply && name.startsWith(whiteout))
      return removeHidden(unpacking, parent, name.slice(whiteout.length));
    const target = path.join(parent, name);
    for (let at = target; at !== root; at = path.dirname(at)) unpacking.fresh.add(at);
    if (header.kind === 'folder') {
      makeFolder(unpacking, target);
      folderModes.set(target, (header.mode & 0o777) | 0o700);
    } else await placeEntry(unpacking, target, header, parts, body);
  });
  for (const [each, mode] of [...folderModes].reverse()) if (mode !== 0o755) chmodSync(each, mode);
}

interface Unpacking {
  root: string;
  /** Folders known to be real ones, so that each is looked at once. */
  folders: Set<string>;
  /** What this layer brought; an opaque whiteout spares it. */
  fresh: Set<string>;
}

async function placeEntry(
  unpacking: Unpacking,
  target: string,
  header: TarHeader,
  parts: readonly string[],
  body: AsyncIterable<Buffer>,
): Promise<void> {
  if (header.kind === 'device' || header.kind === 'other') return;
  if (header.kind === 'file') {
    const mode = header.mode & 0o777;
    const file = replacing(unpacking, target, () => openSync(target, 'wx', mode));
    try {
      for await (const piece of body) for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at);
    } finally {
      closeSync(file);
    }
    if ((mode & process.umask()) !== 0) chmodSync(target, mode);
    return;
  }
  if (header.kind === 'link') {
    if (leadsOut(parts.slice(0, -1), header.target)) throw bad(`the link ${header.path} leads out`);
    return replacing(unpacking, target, () => symlinkSync(header.target, target));
  }
  const from = partsOf(header.target);
  const original = path.join(realFolder(unpacking, from.slice(0, -1)), from.at(-1) ?? '');
  if (lstatSync(original, { throwIfNoEntry: false })?.isFile() !== true)
    throw bad(`the hard link ${header.path} names no file`);
  if (original !== target) replacing(unpacking, target, () => linkSync(original, target));
}

/** Does it, and where something lies in the way, removes that and does it again. */
function replacing<T>(unpacking: Unpacking, target: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST' && code !== 'EISDIR') throw error;
    remove(unpacking, target);
    return work();
  }
}

function remove(unpacking: Unpacking, target: string): void {
  rmSync(target, { recursive: true, force: true });
  for (const known of unpacking.folders)
    if (known === target || known.startsWith(`${target}/`)) unpacking.folders.delete(known);
}

/** `./a//b/` → `a`, `b`; refuses `..`, absolute names count from the root of the image. */
function partsOf(name: string): string[] {
  if (name.includes('\0')) throw bad('a name with a zero byte');
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw bad(`the path ${name} climbs out`);
  return parts;
}

/** Relative targets must stay inside; absolute ones count from the image's root, where the sandbox resolves them. */
function leadsOut(folder: readonly string[], target: string): boolean {
  if (target.startsWith('/')) return false;
  let depth = folder.length;
  for (const part of target.split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}

/** Makes the folders of a path; a link among them is refused, so nothing is written outside through it. */
function realFolder(unpacking: Unpacking, parts: readonly string[]): string {
  const whole = path.join(unpacking.root, ...parts);
  if (unpacking.folders.has(whole)) return whole;
  let at = unpacking.root;
  for (const part of parts) {
    at = path.join(at, part);
    if (unpacking.folders.has(at)) continue;
    const found = lstatSync(at, { throwIfNoEntry: false });
    if (found === undefined) mkdirSync(at, { mode: 0o755 });
    else if (!found.isDirectory()) throw bad(`${parts.join('/')} goes through a link or a file`);
    unpacking.folders.add(at);
  }
  return whole;
}

function makeFolder(unpacking: Unpacking, target: string): void {
  if (unpacking.folders.has(target)) return;
  const found = lstatSync(target, { throwIfNoEntry: false });
  if (found !== undefined && !found.isDirectory()) remove(unpacking, target);
  if (found?.isDirectory() !== true) mkdirSync(target, { mode: 0o755 });
  unpacking.folders.add(target);
}

function removeHidden(unpacking: Unpacking, folder: string, hidden: string): void {
  if (hidden === '' || hidden === '.' || hidden === '..') throw bad('a whiteout without a name');
  remove(unpacking, path.join(folder, hidden));
}

/** An opaque whiteout hides what lower layers put there, not what this layer did. */
function emptyFolder(unpacking: Unpacking, folder: string): void {
  for (const name of readdirSync(folder)) {
    const each = path.join(folder, name);
    if (!unpacking.fresh.has(each)) remove(unpacking, each);
    else if (lstatSync(each).isDirectory()) emptyFolder(unpacking, each);
  }
}

function bad(reason: string) {
  return fault('image.bad_archive', { reason });
}

import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { fault } from '../shared/errors.ts';
import { type Layer, mediaTypes } from './image.ts';
import { packTar, type TarEntry, tarSize } from './tar.ts';

/** A layer of these entries: read once to learn its digest, and again each time its bytes are wanted. */
export async function layerOf(entries: readonly TarEntry[]): Promise<Layer> {
  const whole = withFolders(entries);
  const digest = createHash('sha256');
  for await (const chunk of packTar(whole)) digest.update(chunk as Buffer);
  return knownLayer(whole, `sha256:${digest.digest('hex')}`);
}

/** The same where the digest is remembered, so that nothing is read. */
export function knownLayer(entries: readonly TarEntry[], digest: string): Layer {
  const whole = withFolders(entries);
  return {
    descriptor: { mediaType: mediaTypes.layer, digest, size: tarSize(whole) },
    diffId: digest,
    open: () => packTar(whole),
  };
}

/** Every regular file below `folder` as entries below `prefix`. Links and devices are refused (`image.odd_file`). */
export async function folderEntries(folder: string, prefix: string): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  for (const found of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const file = path.join(found.parentPath, found.name);
    const name = `${prefix}/${path.relative(folder, file).split(path.sep).join('/')}`;
    if (found.isDirectory()) entries.push({ path: name, mode: 0o755, body: null });
    else if (found.isFile()) entries.push(await fileEntry(file, name));
    else throw fault('image.odd_file', { file: path.relative(folder, file) });
  }
  return entries;
}

/** A file of the disk as an entry; executable for all where it is for its owner, readable for all. */
export async function fileEntry(file: string, name: string): Promise<TarEntry> {
  const { mode, size } = await stat(file);
  return {
    path: name,
    mode: (mode & 0o100) !== 0 ? 0o755 : 0o644,
    body: { size, open: () => openFile(file, size) },
  };
}

/** A file's bytes: small ones at once (a stream costs more than they do), others in pieces. */
export function openFile(file: string, size: number): Readable | Buffer {
  return size <= pieceBytes ? readFileSync(file) : createReadStream(file, { highWaterMark: pieceBytes });
}

const pieceBytes = 256 * 1024;

/** Adds the folders that the entries lie in, so that they come with mode 755 everywhere. */
function withFolders(entries: readonly TarEntry[]): TarEntry[] {
  const known = new Set(entries.map((entry) => entry.path));
  const added: TarEntry[] = [];
  for (const entry of entries)
    for (let at = path.posix.dirname(entry.path); at !== '.' && !known.has(at); at = path.posix.dirname(at)) {
      known.add(at);
      added.push({ path: at, mode: 0o755, body: null });
    }
  return [...entries, ...added];
}

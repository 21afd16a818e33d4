import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fault } from '../shared/errors.ts';

/** One file of a model folder. */
export interface ModelFile {
  sha256: string;
  /** Bytes. */
  size: number;
  /** Relative, with `/`. */
  path: string;
}

/** A model version's name: SHA-256 over `sha256 SP size SP path LF`, sorted by the bytes of the path. */
export function digestOfFiles(files: readonly ModelFile[]): string {
  const hash = createHash('sha256');
  for (const { sha256, size, path: where } of sortFiles(files)) hash.update(`${sha256} ${size} ${where}\n`);
  return hash.digest('hex');
}

export function sortFiles(files: readonly ModelFile[]): ModelFile[] {
  return [...files].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

/**
 * Every file of a model folder with its digest, sorted; nothing is held in memory.
 * @throws model.no_folder; model.odd_file for links, special files and names with control characters
 */
export async function modelFiles(dir: string): Promise<ModelFile[]> {
  const files: ModelFile[] = [];
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(path.join(dir, below), { withFileTypes: true })) {
      const where = below === '' ? entry.name : `${below}/${entry.name}`;
      if ((!entry.isDirectory() && !entry.isFile()) || /[\p{Cc}\ufffd]/u.test(entry.name))
        throw fault('model.odd_file', { path: where });
      if (entry.isDirectory()) await walk(where);
      else files.push({ path: where, ...(await hash(path.join(dir, where))) });
    }
  };
  if (!(await lstat(`${dir}/`).catch(() => null))?.isDirectory()) throw fault('model.no_folder', { dir });
  await walk('');
  return sortFiles(files);
}

/** The digest of a model folder: what images are labelled with and verdicts speak of. */
export async function modelDigest(dir: string): Promise<string> {
  return digestOfFiles(await modelFiles(dir));
}

async function hash(file: string): Promise<{ sha256: string; size: number }> {
  const sum = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    sum.update(chunk as Buffer);
    size += (chunk as Buffer).length;
  }
  return { sha256: sum.digest('hex'), size };
}

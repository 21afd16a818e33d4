import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** What a pull wrote, as it stood then: a file that still has this size and time needs no reading. */
export interface PulledFile {
  sha256: string;
  size: number;
  mtimeMs: number;
}

/** The record that a pull leaves in its folder. */
export interface PullIndex {
  name: string;
  snapshot: string;
  split: string;
  files: Map<string, PulledFile>;
}

/** Hidden, so that neither push nor trainers take it for data. */
export const indexName = '.seto-data';

/** The record of a folder; null where none is, or it cannot be read (the files are then compared by content). */
export async function readPullIndex(dir: string): Promise<PullIndex | null> {
  const text = await readFile(path.join(dir, indexName), 'utf8').catch(() => null);
  if (text === null) return null;
  const [head = '', ...lines] = text.split('\n');
  const [format, name, snapshot, split] = head.split(' ');
  if (format !== 'seto-data-1' || !name || !snapshot || !split || lines.pop() !== '') return null;
  const files = new Map<string, PulledFile>();
  for (const line of lines) {
    const [, sha256, size, mtimeMs, where] = /^([0-9a-f]{64}) (\d+) ([\d.]+) (.+)$/.exec(line) ?? [];
    if (sha256 === undefined || where === undefined) return null;
    files.set(where, { sha256, size: Number(size), mtimeMs: Number(mtimeMs) });
  }
  return { name, snapshot, split, files };
}

/** Replaces the record atomically; lines, so that 100,000 files make no giant document. */
export async function writePullIndex(dir: string, index: PullIndex): Promise<void> {
  const lines = [`seto-data-1 ${index.name} ${index.snapshot} ${index.split}\n`];
  for (const [where, { sha256, size, mtimeMs }] of index.files)
    lines.push(`${sha256} ${size} ${mtimeMs} ${where}\n`);
  const temporary = path.join(dir, `${indexName}.new`);
  await writeFile(temporary, lines.join(''));
  await rename(temporary, path.join(dir, indexName));
}

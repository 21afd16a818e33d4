import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fault } from '../shared/errors.ts';
import type { DataProblem } from './check-entries.ts';

/** A file of a folder, before it is read. */
export interface FolderFile {
  /** In the data set: relative, `/`, NFC. */
  path: string;
  /** On this machine. */
  file: string;
  size: number;
}

export interface Folder {
  files: FolderFile[];
  problems: { path: string; problem: DataProblem['problem'] }[];
  /** Names that begin with a dot: left out. */
  hidden: number;
}

/**
 * Every file below `dir` but hidden ones and the root's groups.csv. Links and special files are problems, not
 * followed: what they point to is not in the folder.
 * @throws data.not_a_folder
 */
export async function walkFolder(dir: string): Promise<Folder> {
  const found: Folder = { files: [], problems: [], hidden: 0 };
  const top = await lstat(dir).catch(() => null);
  if (top === null || (!top.isDirectory() && !top.isSymbolicLink()))
    throw fault('data.not_a_folder', { dir });
  await walk(dir, '', found);
  return found;
}

async function walk(folder: string, below: string, found: Folder): Promise<void> {
  const folders: string[] = [];
  const names: string[] = [];
  for (const entry of await readdir(Buffer.from(folder), { withFileTypes: true, encoding: 'buffer' })) {
    const name = decode(entry.name);
    const shown = below + (name ?? entry.name.toString('latin1'));
    if (name?.startsWith('.')) found.hidden++;
    else if (name === null) found.problems.push({ path: shown, problem: 'data.problem.not_utf8' });
    else if (entry.isDirectory()) folders.push(name);
    else if (!entry.isFile()) found.problems.push({ path: shown, problem: 'data.problem.link' });
    else if (shown !== 'groups.csv') names.push(name);
  }
  // Many at once, since a stat mostly waits; few enough to bound what is held.
  for (let at = 0; at < names.length; at += 64)
    found.files.push(
      ...(await Promise.all(
        names.slice(at, at + 64).map(async (name) => {
          const file = path.join(folder, name);
          return { path: (below + name).normalize('NFC'), file, size: (await lstat(file)).size };
        }),
      )),
    );
  for (const name of folders) await walk(path.join(folder, name), `${below}${name}/`, found);
}

function decode(name: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(name);
  } catch {
    return null;
  }
}

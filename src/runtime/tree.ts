import { constants as fs, readFileSync } from 'node:fs';
import { chmod, copyFile, link, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { newId } from '../shared/ids.ts';
import { builtProgram, type Program, packageRoot } from '../shared/program.ts';
import { bundlePrograms } from './bundle.ts';
import { collectRuntime, type RuntimeFile } from './collect.ts';

/** What `runtime.json` at the tree's root says. */
export interface RuntimeNote {
  version: string;
  files: readonly { path: string; mode: number; size: number }[];
}

export interface RuntimeTree {
  /** Absolute path of the tree; movable and mountable anywhere. */
  dir: string;
  version: string;
}

const noteName = 'runtime.json';

/** The runtime tree this program runs from; null in a checkout. Inside a job it is the one at /opt/seto. */
export function ownRuntimeTree(): RuntimeTree | null {
  const dir = path.dirname(packageRoot);
  const note = readNote(dir);
  return note === null ? null : { dir, version: note.version };
}

/**
 * Makes `parent/VERSION` unless a whole one is there: built beside it and renamed, so nobody meets half a tree.
 * `prepare` runs on the new tree before the rename (the base layer's digest is remembered so). A program that itself
 * runs from a tree uses that one. Safe to call from several processes at once.
 */
export async function ensureRuntimeTree(
  parent: string,
  options: { root?: string; prepare?: (dir: string) => Promise<void> } = {},
): Promise<RuntimeTree> {
  const own = options.root === undefined ? ownRuntimeTree() : null;
  if (own !== null) return own;
  const root = options.root ?? packageRoot;
  const { version, files } = collectRuntime(root);
  const dir = path.join(parent, version);
  if ((await verifyRuntimeTree(dir)) === null) return { dir, version };
  const building = path.join(parent, `.${newId('tree')}`);
  try {
    await buildTree(building, version, [...files, ...(await builtFiles(root))]);
    await options.prepare?.(building);
    await rm(dir, { recursive: true, force: true });
    await rename(building, dir).catch(async (error: unknown) => {
      if ((await verifyRuntimeTree(dir)) !== null) throw error;
    });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  return { dir, version };
}

async function builtFiles(root: string): Promise<RuntimeFile[]> {
  const built = await bundlePrograms(root);
  return built.map(({ path: name, bytes }) => ({ path: `app/${name}`, mode: 0o644, from: { bytes } }));
}

async function buildTree(dir: string, version: string, files: readonly RuntimeFile[]): Promise<void> {
  const folders = new Set(files.map((file) => path.dirname(file.path)));
  for (const folder of folders) await mkdir(path.join(dir, folder), { recursive: true });
  const note: RuntimeNote['files'][number][] = [];
  const queue = [...files].reverse();
  const work = async () => {
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      const target = path.join(dir, file.path);
      const size = await place(file, target);
      note.push({ path: file.path, mode: file.mode, size });
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
  note.sort((a, b) => (a.path < b.path ? -1 : 1));
  await writeFile(
    path.join(dir, noteName),
    `${JSON.stringify({ version, files: note } satisfies RuntimeNote)}\n`,
  );
}

/** Below this a copy costs no more than a link; above, 190 of the tree's 210 MB need not be written. */
const linkFromBytes = 1024 * 1024;

/** Puts one file there, as a link to the package's own where that is on the same disk and has the right mode. */
async function place(file: RuntimeFile, target: string): Promise<number> {
  if ('bytes' in file.from) {
    await writeFile(target, file.from.bytes, { mode: file.mode });
    await chmod(target, file.mode);
    return file.from.bytes.length;
  }
  const { size, mode } = await stat(file.from.file);
  if (size >= linkFromBytes && (mode & 0o777) === file.mode) {
    const linked = await link(file.from.file, target).then(
      () => true,
      () => false,
    );
    if (linked) return size;
  }
  await copyFile(file.from.file, target, fs.COPYFILE_FICLONE);
  await chmod(target, file.mode);
  return size;
}

/** Where a program of ours lies in a tree, relative to the tree's root. */
export function treeProgram(program: Program): string {
  return `app/${builtProgram(program)}`;
}

/**
 * Checks that every file is there with its size and mode (a power cut during the copy leaves short ones): null where
 * all is well, else what is wrong.
 */
export async function verifyRuntimeTree(dir: string): Promise<string | null> {
  const note = readNote(dir);
  if (note === null) return `${path.join(dir, noteName)} is missing`;
  for (const file of note.files) {
    const found = await stat(path.join(dir, file.path)).catch(() => null);
    if (found === null) return `${file.path} is missing`;
    if (found.size !== file.size) return `${file.path} has ${found.size} bytes instead of ${file.size}`;
    if ((found.mode & 0o777) !== file.mode)
      return `${file.path} has mode ${(found.mode & 0o777).toString(8)}`;
  }
  return null;
}

/** Reads what a tree says of itself; null where there is no tree. */
export function readNote(dir: string): RuntimeNote | null {
  try {
    return JSON.parse(readFileSync(path.join(dir, noteName), 'utf8')) as RuntimeNote;
  } catch {
    return null;
  }
}

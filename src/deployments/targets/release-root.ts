import type { Dirent } from 'node:fs';
import { link, mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises';
import path from 'node:path';

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';

/**
 * Puts unpacked layers together as one root by hard links, the lowest first, as the OCI image specification says
 * under "Whiteouts": `.wh.NAME` hides NAME of the layers below, `.wh..wh..opq` all that the folder had. The root
 * shares the layers' bytes and is only ever mounted read-only.
 */
export async function assembleRoot(layers: readonly string[], root: string): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o755 });
  for (const layer of layers) await overlay(layer, root);
  // Where the sandbox mounts its own; the server's socket folder is bound to /run/seto.
  for (const name of ['proc', 'dev', 'tmp', 'run/seto'])
    await mkdir(path.join(root, name), { recursive: true });
}

async function overlay(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true });
  if (entries.some(({ name }) => name === opaque)) await emptyFolder(to);
  for (const { name } of entries)
    if (name.startsWith(whiteout) && name !== opaque)
      await rm(path.join(to, name.slice(whiteout.length)), { recursive: true, force: true });
  const visible = entries.filter(({ name }) => !name.startsWith(whiteout));
  await Promise.all(
    visible.map((entry) => place(entry, path.join(from, entry.name), path.join(to, entry.name))),
  );
}

async function place(entry: Dirent, from: string, to: string): Promise<void> {
  if (entry.isDirectory()) {
    try {
      await mkdir(to, { mode: 0o755 });
    } catch (error) {
      if (!isExisting(error)) throw error;
      await replaceUnlessFolder(to);
    }
    await overlay(from, to);
  } else if (entry.isSymbolicLink()) {
    const target = await readlink(from);
    await over(to, () => symlink(target, to));
  } else if (entry.isFile()) await over(to, () => link(from, to));
}

/** A folder in a lower layer stays; a file or link of that name gives way to the folder. */
async function replaceUnlessFolder(to: string): Promise<void> {
  const parent = await readdir(path.dirname(to), { withFileTypes: true });
  if (parent.find(({ name }) => name === path.basename(to))?.isDirectory()) return;
  await rm(to);
  await mkdir(to, { mode: 0o755 });
}

async function over(to: string, create: () => Promise<void>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!isExisting(error)) throw error;
    await rm(to, { recursive: true, force: true });
    await create();
  }
}

async function emptyFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    await rm(path.join(folder, name), { recursive: true, force: true });
}

function isExisting(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EEXIST';
}

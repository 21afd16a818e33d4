import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { readNote } from '../runtime/tree.ts';
import { fault } from '../shared/errors.ts';
import type { Layer } from './image.ts';
import { fileEntry, knownLayer, layerOf, openFile } from './layer.ts';
import type { TarEntry } from './tar.ts';

/** The ordinary user that images run as; no file of the image belongs to it. */
export const imageUser = '65532:65532';

const noteName = 'layer.json';
const noteSchema = z.object({ version: z.string(), digest: z.string() });

/**
 * The lowest layer of our images: the runtime tree at /opt/seto, with the few files a C library looks for. Its digest
 * is remembered in the tree (`layer.json`, itself no part of the layer), so it is read once per runtime version.
 */
export async function baseLayer(runtimeDir: string): Promise<Layer> {
  const note = readNote(runtimeDir);
  if (note === null) throw fault('runtime.incomplete', { dir: runtimeDir });
  const entries: TarEntry[] = note.files.map(({ path: name, mode, size }) => ({
    path: `opt/seto/${name}`,
    mode,
    body: { size, open: () => openFile(path.join(runtimeDir, name), size) },
  }));
  entries.push(await fileEntry(path.join(runtimeDir, 'runtime.json'), 'opt/seto/runtime.json'));
  entries.push(
    text(
      'etc/passwd',
      'root:x:0:0:root:/:/opt/seto/bin/node\nseto:x:65532:65532:seto:/:/opt/seto/bin/node\n',
    ),
  );
  entries.push(text('etc/group', 'root:x:0:\nseto:x:65532:\n'));
  entries.push(text('etc/nsswitch.conf', 'hosts: files dns\n'));
  entries.push({ path: 'tmp', mode: 0o1777, body: null });
  // Where a container's own file systems are mounted; on a read-only root they must be there already.
  for (const name of ['dev', 'proc', 'run', 'sys']) entries.push({ path: name, mode: 0o755, body: null });
  const remembered = await readRemembered(runtimeDir);
  return remembered?.version === note.version ? knownLayer(entries, remembered.digest) : layerOf(entries);
}

/** Reads the base layer once and writes its digest into a tree that is being built (`ensureRuntimeTree`'s prepare). */
export async function rememberBaseLayer(runtimeDir: string): Promise<void> {
  const { descriptor } = await baseLayer(runtimeDir);
  const note = { version: readNote(runtimeDir)?.version ?? '', digest: descriptor.digest };
  await writeFile(path.join(runtimeDir, noteName), `${JSON.stringify(note)}\n`);
}

/** The base layer's digest that a tree remembers, for whoever must not wait; null where it does not. */
export function baseLayerDigest(runtimeDir: string): string | null {
  try {
    return noteSchema.parse(JSON.parse(readFileSync(path.join(runtimeDir, noteName), 'utf8'))).digest;
  } catch {
    return null;
  }
}

async function readRemembered(runtimeDir: string): Promise<z.infer<typeof noteSchema> | null> {
  try {
    return noteSchema.parse(JSON.parse(await readFile(path.join(runtimeDir, noteName), 'utf8')));
  } catch {
    return null;
  }
}

function text(name: string, content: string): TarEntry {
  const bytes = Buffer.from(content);
  return { path: name, mode: 0o644, body: { size: bytes.length, open: () => bytes } };
}

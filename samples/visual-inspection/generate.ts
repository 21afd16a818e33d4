/**
 * Renders the sample's pictures: machined parts, sound (ok) and scratched (defect), several photographs of each.
 *   node generate.ts OUT [--seed N] [--parts N] [--first N] [--shots N] [--change light|glare|dirt|blur]
 *   node generate.ts OUT --from DIR --change light|glare|dirt|blur    changes pictures that exist, photographs too
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { decodePicture, loadPictures, type ModelInput } from 'seto/pictures';
import { type Change, changePicture, changes } from './line/change.ts';
import { makePart, photograph } from './line/part.ts';
import { encodePng } from './line/png.ts';

export { type Change, changes } from './line/change.ts';

/** What to render. The same options give the same bytes. */
export interface GenerateOptions {
  /** Another seed makes other parts. */
  seed?: number;
  /** How many parts; two of five are scratched. */
  parts?: number;
  /** Number of the first part: parts that another call has not made. */
  first?: number;
  /** Photographs of each part. */
  shots?: number;
  /** Photographs taken after this has happened to the line. */
  change?: Change;
}

/** Renders pictures into `out`, one folder per label, with groups.csv. Answers the number of pictures. */
export async function generatePictures(out: string, options: GenerateOptions = {}): Promise<number> {
  const { seed = 1, parts = 100, first = 0, shots = 4, change } = options;
  const groups: string[] = [];
  for (let number = first; number < first + parts; number += 1) {
    const scratched = number % 5 < 2;
    const part = makePart(seed, number, scratched);
    const group = `part-${seed}-${String(number).padStart(4, '0')}`;
    for (let shot = 0; shot < shots; shot += 1) {
      const path = `${scratched ? 'defect' : 'ok'}/${group}-${shot}${change === undefined ? '' : `-${change}`}.png`;
      const clean = photograph(part, shot);
      const picture = change === undefined ? clean : changePicture(clean, change, seedOf(path));
      await save(out, path, encodePng(picture));
      groups.push(`${path},${group}`);
    }
  }
  await save(out, 'groups.csv', `path,group\n${groups.sort().join('\n')}\n`);
  return groups.length;
}

/** Only names and groups are read with it. */
const anyInput: ModelInput = {
  name: 'picture',
  shape: [1, 1, 64, 64],
  colour: 'grey',
  resize: 'stretch',
  normalise: 'per-image',
};

/**
 * Writes the pictures of `dir` into `out` as they would look after the change, as PNG under the same labels and in the
 * same groups: what training never saw stays unseen. Answers the number of pictures.
 */
export async function changePictures(dir: string, out: string, change: Change): Promise<number> {
  const groups: string[] = [];
  for await (const { path, group } of loadPictures(dir, anyInput)) {
    const picture = await decodePicture(await readFile(join(dir, path)));
    // With its old ending: a.jpg and a.png may lie side by side.
    const changed = `${path}-${change}.png`;
    await save(out, changed, encodePng(changePicture(picture, change, seedOf(path))));
    groups.push(`"${changed.replaceAll('"', '""')}",${group}`);
  }
  await save(out, 'groups.csv', `path,group\n${groups.join('\n')}\n`);
  return groups.length;
}

function seedOf(path: string): number {
  return createHash('sha256').update(path).digest().readUInt32BE(0);
}

async function save(out: string, path: string, content: Uint8Array | string): Promise<void> {
  const file = join(out, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string' },
      parts: { type: 'string' },
      first: { type: 'string' },
      shots: { type: 'string' },
      change: { type: 'string' },
      from: { type: 'string' },
    },
  });
  const out = positionals[0];
  if (out === undefined) throw new Error('node generate.ts OUT: name the folder to write into');
  const change = changes.find((name) => name === values.change);
  if (values.change !== undefined && change === undefined)
    throw new Error(`--change is one of ${changes.join(', ')}`);
  if (values.from !== undefined && change === undefined) throw new Error('--from needs --change');
  const numbers = Object.fromEntries(
    (['seed', 'parts', 'first', 'shots'] as const).flatMap((name) =>
      values[name] === undefined ? [] : [[name, Number(values[name])]],
    ),
  );
  const count =
    values.from !== undefined && change !== undefined
      ? await changePictures(values.from, out, change)
      : await generatePictures(out, { ...numbers, ...(change === undefined ? {} : { change }) });
  console.log(`${count} pictures in ${out}`);
}

if (import.meta.main)
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });

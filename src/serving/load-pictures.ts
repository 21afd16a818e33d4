import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isPicturePath, parseGroupsCsv, type Split, splitOf } from '../shared/data-folder.ts';
import { fault, SetoError } from '../shared/errors.ts';
import { decodePicture } from './decode-picture.ts';
import type { ModelInput } from './model-manifest.ts';
import { normaliseGrid } from './normalise-grid.ts';
import { type PictureStatistics, pictureStatistics } from './picture-statistics.ts';
import { type Grid, resizePicture } from './resize-picture.ts';

/** A picture ready for the model, with what drift watches in it. */
export interface PreparedPicture {
  tensor: Float32Array;
  statistics: PictureStatistics;
}

/** One picture of a data folder; nothing is decoded until it is asked for, and nothing is kept. */
export interface LoadedPicture {
  /** Relative to the folder, with `/`. */
  path: string;
  /** The first folder of the path. */
  label: string;
  /** Pictures of one part share it. */
  group: string;
  /** The model's input: NCHW for one picture. */
  tensor(): Promise<Float32Array>;
  /** Tensor and statistics from one decoding. */
  prepare(): Promise<PreparedPicture>;
}

export interface LoadOptions {
  /** Only this side of the grouped split; without it, all pictures. */
  split?: Split;
}

/** The picture on the model's grid, before normalisation. */
export function toGrid(picture: Parameters<typeof resizePicture>[0], input: ModelInput): Grid {
  const [, , height, width] = input.shape;
  return resizePicture(picture, { height, width, colour: input.colour, resize: input.resize });
}

/** Bytes of a picture file → tensor and statistics. Trainer, gate and server all come through here. */
export async function preparePicture(bytes: Uint8Array, input: ModelInput): Promise<PreparedPicture> {
  const grid = toGrid(await decodePicture(bytes), input);
  return { tensor: normaliseGrid(grid, input), statistics: pictureStatistics(grid) };
}

/**
 * The pictures of a folder with one sub-folder per label, sorted by path; files at the root have no label and are
 * ignored. Groups come from `groups.csv` (`path,group`), else a file's group is the sha256 of its content.
 * @throws serving.bad_groups for an unreadable groups.csv; a picture that cannot be read names its path
 */
export async function* loadPictures(
  dir: string,
  input: ModelInput,
  options: LoadOptions = {},
): AsyncGenerator<LoadedPicture> {
  const groups = await readGroups(dir);
  const paths = (await listFiles(dir, '')).filter(isPicturePath).sort(byBytes);
  for (const path of paths) {
    const file = join(dir, path);
    const group =
      groups.get(path.normalize('NFC')) ??
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex');
    if (options.split !== undefined && splitOf(group) !== options.split) continue;
    const prepare = () => prepareFile(file, path, input);
    yield {
      path,
      label: path.slice(0, path.indexOf('/')),
      group,
      prepare,
      tensor: async () => (await prepare()).tensor,
    };
  }
}

async function prepareFile(file: string, path: string, input: ModelInput): Promise<PreparedPicture> {
  try {
    return await preparePicture(await readFile(file), input);
  } catch (cause) {
    if (cause instanceof SetoError)
      throw fault('serving.picture_file', { ...cause.values, path, because: cause.code }, { cause });
    throw cause;
  }
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

async function listFiles(dir: string, below: string): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(join(dir, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) files.push(...(await listFiles(dir, path)));
    else if (entry.isFile()) files.push(path);
  }
  return files;
}

async function readGroups(dir: string): Promise<Map<string, string>> {
  const text = await readFile(join(dir, 'groups.csv'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? new Map() : parseGroups(text);
}

/** @throws serving.bad_groups with the line */
export function parseGroups(text: string): Map<string, string> {
  const { groups, badLines } = parseGroupsCsv(text);
  const [line] = badLines;
  if (line !== undefined) throw fault('serving.bad_groups', { line });
  return groups;
}

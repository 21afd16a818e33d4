import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fault } from '../../shared/errors.ts';

/** One picture of the demo's set, in memory only while it is asked for. */
export interface DemoPicture {
  /** Path inside the set. */
  path: string;
  label: string;
  group: string;
  split: 'train' | 'test';
  readonly bytes: Buffer;
}

const extensions = /\.(jpe?g|png|bmp|tiff?)$/i;

/** Reads a folder of label sub-folders; groups from groups.csv, else each file's content (interfaces.md). */
export function readPictures(dir: string): DemoPicture[] {
  const groups = readGroups(path.join(dir, 'groups.csv'));
  const labels = readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  if (labels.length < 2)
    throw fault('demo.pictures', { dir, reason: `${labels.length} label folders (at least 2)` });
  const pictures = labels.flatMap((label) => {
    const files = readdirSync(path.join(dir, label), { recursive: true, encoding: 'utf8' })
      .filter((name) => extensions.test(name))
      .sort();
    if (files.length < 10)
      throw fault('demo.pictures', { dir, reason: `${label}: ${files.length} pictures (10)` });
    return files.map((name) => pictureAt(dir, `${label}/${name}`, label, groups));
  });
  const untested = labels.find(
    (label) => !pictures.some((each) => each.label === label && each.split === 'test'),
  );
  if (untested !== undefined)
    throw fault('demo.pictures', { dir, reason: `no group of ${untested} falls into the test split` });
  return pictures;
}

function pictureAt(
  dir: string,
  name: string,
  label: string,
  groups: ReadonlyMap<string, string>,
): DemoPicture {
  const file = path.join(dir, name);
  const group = groups.get(name) ?? createHash('sha256').update(readFileSync(file)).digest('hex');
  return {
    path: name,
    label,
    group,
    split: splitOf(group),
    get bytes() {
      return readFileSync(file);
    },
  };
}

/** The standard split: test where the first 32 bits of sha256(group) are at least 0.8 · 2^32 (interfaces.md). */
function splitOf(group: string): 'train' | 'test' {
  const first = createHash('sha256').update(group).digest().readUInt32BE(0);
  return first >= 0.8 * 2 ** 32 ? 'test' : 'train';
}

function readGroups(file: string): Map<string, string> {
  if (!existsSync(file)) return new Map();
  const rows = readFileSync(file, 'utf8').trim().split(/\r?\n/).slice(1);
  return new Map(
    rows.map((row) => {
      const at = row.lastIndexOf(',');
      return [row.slice(0, at), row.slice(at + 1)] as const;
    }),
  );
}

/** The share of the commonest label among test pictures: what a model that always says it would score. */
export function majorityRate(pictures: readonly DemoPicture[]): number {
  const test = pictures.filter(({ split }) => split === 'test');
  const counts = new Map<string, number>();
  for (const { label } of test) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.max(0, ...counts.values()) / Math.max(1, test.length);
}

/** How many test pictures the label with the fewest has. */
export function fewestTestPictures(pictures: readonly DemoPicture[]): number {
  const counts = new Map<string, number>();
  for (const { label, split } of pictures)
    if (split === 'test') counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.min(...counts.values());
}

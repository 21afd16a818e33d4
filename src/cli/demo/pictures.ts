import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isPicturePath, parseGroupsCsv, type Split, splitOf } from '../../shared/data-folder.ts';
import { fault } from '../../shared/errors.ts';

/** One picture of the demo's set, in memory only while it is asked for. */
export interface DemoPicture {
  /** Path inside the set. */
  path: string;
  label: string;
  group: string;
  split: Split;
  readonly bytes: Buffer;
}

/** Reads a folder of label sub-folders; groups from groups.csv, else each file's content. */
export function readPictures(dir: string): DemoPicture[] {
  const csv = path.join(dir, 'groups.csv');
  const { groups } = parseGroupsCsv(existsSync(csv) ? readFileSync(csv, 'utf8') : '');
  const labels = readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
  if (labels.length < 2)
    throw fault('demo.pictures', { dir, reason: `${labels.length} label folders (at least 2)` });
  const pictures = labels.flatMap((label) => {
    const files = readdirSync(path.join(dir, label), { recursive: true, encoding: 'utf8' })
      .filter((name) => isPicturePath(`${label}/${name}`))
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
  const group =
    groups.get(name.normalize('NFC')) ?? createHash('sha256').update(readFileSync(file)).digest('hex');
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

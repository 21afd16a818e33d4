import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { loadPictures } from '../../serving/load-pictures.ts';
import type { ModelInput } from '../../serving/model-manifest.ts';
import { type Split, splitOf } from '../../shared/data-folder.ts';
import { fault } from '../../shared/errors.ts';

/** One picture of the demo's set, in memory only while it is asked for. */
export interface DemoPicture {
  /** Path inside the set. */
  path: string;
  /** As the platform spells it (NFC), whatever the disk does. */
  label: string;
  group: string;
  split: Split;
  readonly bytes: Buffer;
}

/** A set of pictures and where it lies. */
export interface DemoSet {
  dir: string;
  pictures: DemoPicture[];
}

/** Stands in while only names and groups are read. */
const anyInput: ModelInput = {
  name: 'picture',
  shape: [1, 1, 64, 64],
  colour: 'grey',
  resize: 'stretch',
  normalise: 'per-image',
};

/**
 * Reads a folder of label sub-folders, with the same eyes as trainer and gate.
 * @throws demo.pictures; serving.bad_groups
 */
export async function readPictures(dir: string): Promise<DemoSet> {
  const labels = readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name.normalize('NFC'));
  const refuse = (reason: string) => fault('demo.pictures', { dir, reason });
  if (labels.length < 2) throw refuse(`${labels.length} label folders (at least 2)`);
  const pictures: DemoPicture[] = [];
  for await (const { path: where, label, group } of loadPictures(dir, anyInput))
    pictures.push({
      path: where,
      label: label.normalize('NFC'),
      group,
      split: splitOf(group),
      get bytes() {
        return readFileSync(path.join(dir, where));
      },
    });
  for (const label of labels) {
    const own = pictures.filter((each) => each.label === label);
    if (own.length < 10) throw refuse(`${label}: ${own.length} pictures (10)`);
    if (!own.some(({ split }) => split === 'test'))
      throw refuse(`no group of ${label} falls into the test split`);
  }
  return { dir, pictures };
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

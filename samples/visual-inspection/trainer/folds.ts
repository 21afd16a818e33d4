import { createHash } from 'node:crypto';

/** What folds need to know of a picture. */
export interface Grouped {
  group: string;
  label: string;
}

/**
 * Deals pictures into folds by group, so that pictures of one part never stand on both sides, and so that each fold
 * has about its share of every label. Answers the fold of each picture.
 */
export function assignFolds(pictures: readonly Grouped[], folds: number, seed: number): number[] {
  const groups = Map.groupBy(pictures, (picture) => picture.group);
  const order = [...groups.entries()]
    .map(([group, members]) => ({
      group,
      label: members[0]?.label ?? '',
      key: createHash('sha256').update(`${seed}:${group}`).digest('hex'),
    }))
    .sort((a, b) => compare(a.label, b.label) || compare(a.key, b.key));
  const foldOf = new Map(order.map(({ group }, i) => [group, i % folds]));
  return pictures.map((picture) => foldOf.get(picture.group) ?? 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

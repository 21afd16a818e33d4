import { comparePaths, type ManifestEntry } from './manifest.ts';

/** One difference between two snapshots. */
export type Difference =
  | { kind: 'added' | 'removed'; path: string }
  | { kind: 'changed' | 'regrouped'; path: string; before: string; after: string };

/** What turns `before` into `after`, in the order of paths. Both are read once, side by side, and never held. */
export async function* compareManifests(
  before: AsyncIterable<ManifestEntry[]>,
  after: AsyncIterable<ManifestEntry[]>,
): AsyncGenerator<Difference> {
  const left = flat(before);
  const right = flat(after);
  let a = await left.next();
  let b = await right.next();
  while (!a.done || !b.done) {
    const order = a.done ? 1 : b.done ? -1 : comparePaths(a.value.path, b.value.path);
    if (order < 0 && !a.done) {
      yield { kind: 'removed', path: a.value.path };
      a = await left.next();
    } else if (order > 0 && !b.done) {
      yield { kind: 'added', path: b.value.path };
      b = await right.next();
    } else if (!a.done && !b.done) {
      const { path } = a.value;
      if (a.value.sha256 !== b.value.sha256)
        yield { kind: 'changed', path, before: a.value.sha256, after: b.value.sha256 };
      else if (a.value.group !== b.value.group)
        yield { kind: 'regrouped', path, before: a.value.group, after: b.value.group };
      a = await left.next();
      b = await right.next();
    }
  }
}

async function* flat(batches: AsyncIterable<ManifestEntry[]>): AsyncGenerator<ManifestEntry> {
  for await (const batch of batches) yield* batch;
}

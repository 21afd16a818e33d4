import { comparePaths, labelOf, type ManifestEntry } from './manifest.ts';

/** A picture whose label is known now. */
export interface Addition {
  sha256: string;
  /** Bytes. */
  size: number;
  /** Its name below the label's folder; a name taken by another content gets a piece of the digest. */
  path: string;
  /** The part it shows; null: that of a picture of identical content, else its content. */
  group: string | null;
  label: string;
}

export interface Append {
  /** Name of the data set. */
  name: string;
  /** Snapshot to grow from; null: the newest. */
  base: string | null;
  additions: readonly Addition[];
  actor: string;
}

type Entries = () => AsyncGenerator<ManifestEntry[]>;

/**
 * A manifest with pictures added, as a stream that can be read again. A content that is there under another label
 * moves to the new one (the last word of `additions` holds); one that is there under this label stays. The base is
 * read as often as needed and never held.
 */
export async function appendedManifest(
  base: Entries,
  additions: readonly Addition[],
): Promise<() => AsyncGenerator<ManifestEntry>> {
  const wanted = new Map(additions.map((each) => [each.sha256, each]));
  const known = await findContents(base, wanted);
  const fresh: Addition[] = [];
  for (const each of wanted.values())
    if (!known.get(each.sha256)?.some(({ path }) => labelOf(path) === each.label)) fresh.push(each);
  const added = await place(base, fresh, known, wanted);
  const isMoved = (entry: ManifestEntry): boolean => {
    const wish = wanted.get(entry.sha256);
    const label = labelOf(entry.path);
    return wish !== undefined && label !== null && label !== wish.label;
  };
  return async function* () {
    let next = 0;
    for await (const batch of base())
      for (const entry of batch) {
        if (isMoved(entry)) continue;
        for (let each = added[next]; each && comparePaths(each.path, entry.path) < 0; each = added[++next])
          yield each;
        yield entry;
      }
    yield* added.slice(next);
  };
}

async function findContents(
  base: Entries,
  wanted: ReadonlyMap<string, Addition>,
): Promise<Map<string, ManifestEntry[]>> {
  const known = new Map<string, ManifestEntry[]>();
  for await (const batch of base())
    for (const entry of batch)
      if (wanted.has(entry.sha256)) known.set(entry.sha256, [...(known.get(entry.sha256) ?? []), entry]);
  return known;
}

/** Paths for the fresh ones that clash with no other, sorted. */
async function place(
  base: Entries,
  fresh: readonly Addition[],
  known: ReadonlyMap<string, ManifestEntry[]>,
  wanted: ReadonlyMap<string, Addition>,
): Promise<ManifestEntry[]> {
  const wishes = new Map<string, number>();
  for (const { label, path } of fresh) {
    const folded = `${label}/${path}`.toLowerCase();
    wishes.set(folded, (wishes.get(folded) ?? 0) + 1);
  }
  const taken = new Set<string>();
  for await (const batch of base())
    for (const { path } of batch) {
      const folded = path.toLowerCase();
      if (wishes.has(folded)) taken.add(folded);
    }
  return fresh
    .map(({ sha256, size, path, group, label }) => {
      const plain = `${label}/${path}`;
      const folded = plain.toLowerCase();
      const clashes = taken.has(folded) || (wishes.get(folded) ?? 0) > 1;
      const inherited = known.get(sha256)?.[0]?.group;
      return {
        sha256,
        size,
        group: group ?? wanted.get(sha256)?.group ?? inherited ?? sha256,
        path: clashes ? withDigest(plain, sha256) : plain,
      };
    })
    .sort((a, b) => comparePaths(a.path, b.path));
}

/** `good/a.png` → `good/a-0123456789ab.png` */
function withDigest(path: string, sha256: string): string {
  const dot = path.lastIndexOf('.');
  const end = dot > path.lastIndexOf('/') + 1 ? dot : path.length;
  return `${path.slice(0, end)}-${sha256.slice(0, 12)}${path.slice(end)}`;
}

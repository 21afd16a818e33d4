import type { Clock } from '../shared/clock.ts';
import type { Store } from '../store/store.ts';

/** One fact. Things are named `kind:id`: `snapshot:…`, `model:…`, `job:12`, `pipeline:3`, `image:…`, `release:…`. */
export interface Fact {
  subject: string;
  relation: string;
  object: string;
  /** Wall milliseconds. */
  at: number;
}

/** A fact met on the way from a thing, and how many steps away it was. */
export interface TracedFact extends Fact {
  distance: number;
}

/** Where things came from and what became of them. Append-only; knows nobody. */
export interface Lineage {
  /** Repeating a fact changes nothing. Call it inside the transaction of the change it tells of. */
  record(subject: string, relation: string, object: string): void;
  /** What it was made from (`before`, following subject → object) and what came of it (`after`), nearest first. */
  trace(thing: string): { before: TracedFact[]; after: TracedFact[] };
}

/** Facts shown at most in each direction; a set that thousands of jobs have read would fill the screen. */
const limit = 500;

export function createLineage(store: Store, clock: Clock): Lineage {
  const walk = (thing: string, from: 'subject' | 'object', to: 'subject' | 'object'): TracedFact[] => {
    const found: TracedFact[] = [];
    const seen = new Set([thing]);
    let edge = [thing];
    for (let distance = 1; edge.length > 0 && found.length < limit; distance++) {
      const next: string[] = [];
      for (const each of edge)
        for (const fact of store.all<Fact>(
          `SELECT subject, relation, object, at FROM lineage WHERE ${from} = ? ORDER BY number DESC LIMIT 200`,
          each,
        )) {
          if (found.length === limit) break;
          found.push({ ...fact, distance });
          if (seen.has(fact[to])) continue;
          seen.add(fact[to]);
          next.push(fact[to]);
        }
      edge = next;
    }
    return found;
  };
  return {
    record: (subject, relation, object) => {
      store.run(
        'INSERT OR IGNORE INTO lineage (subject, relation, object, at) VALUES (?, ?, ?, ?)',
        subject,
        relation,
        object,
        clock.now(),
      );
    },
    trace: (thing) => ({
      before: walk(thing, 'subject', 'object'),
      after: walk(thing, 'object', 'subject'),
    }),
  };
}

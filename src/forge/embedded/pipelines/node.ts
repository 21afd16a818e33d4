import { isFloatText, type ScalarValue } from './yaml-scalars.ts';

/** Where a text stands; counts from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** YAML with positions. Nodes are immutable and shared by aliases, `extends` and `!reference`, so each keeps its place. */
export type Node = MapNode | SeqNode | ScalarNode | ReferenceNode;

export interface Entry {
  readonly keyAt: Place;
  readonly value: Node;
}

export interface MapNode {
  readonly kind: 'map';
  readonly at: Place;
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface SeqNode {
  readonly kind: 'seq';
  readonly at: Place;
  readonly items: readonly Node[];
}

/** `text` is what was written (before YAML 1.1 made a number of it). */
export interface ScalarNode {
  readonly kind: 'scalar';
  readonly at: Place;
  readonly value: ScalarValue;
  readonly text: string;
}

/** `!reference [job, key, …]`. */
export interface ReferenceNode {
  readonly kind: 'reference';
  readonly at: Place;
  readonly path: readonly string[];
}

/** The value under a key; absent and null are the same, as in GitLab's entries. */
export function child(map: MapNode, key: string): Node | null {
  const value = map.entries.get(key)?.value;
  return value === undefined || (value.kind === 'scalar' && value.value === null) ? null : value;
}

/** The place of a key, else of its map. */
export function keyPlace(map: MapNode, key: string): Place {
  return map.entries.get(key)?.keyAt ?? map.at;
}

/** Maps merge key by key, anything else is replaced by the later one (lists too). */
export function deepMerge(base: Node, over: Node, spend: (entries: number) => void): Node {
  if (base.kind !== 'map' || over.kind !== 'map') return over;
  spend(base.entries.size + over.entries.size);
  const entries = new Map(base.entries);
  for (const [key, entry] of over.entries) {
    const before = entries.get(key);
    entries.set(
      key,
      before === undefined
        ? entry
        : { keyAt: entry.keyAt, value: deepMerge(before.value, entry.value, spend) },
    );
  }
  return { kind: 'map', at: over.at, entries };
}

/** The text of a scalar as GitLab's variables take it: null is empty, `yes` is true, 0777 is 511, 1.0 stays 1.0. */
export function scalarText(node: ScalarNode): string {
  if (node.value === null) return '';
  if (typeof node.value === 'number' && Number.isInteger(node.value) && isFloatText(node.text))
    return `${node.value}.0`;
  return String(node.value);
}

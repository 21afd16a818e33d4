import { parseDurationMs } from './duration.ts';
import { child, type MapNode, type Node, type Place, scalarText } from './node.ts';
import type { Notes } from './notes.ts';

/** GitLab flattens nested script lists this deep. */
const SCRIPT_DEPTH = 10;

/**
 * Reads the keys of one map with findings that carry place and path (`train:artifacts:paths`). A key that is absent,
 * null or wrong gives null; a wrong one is reported.
 */
export class Fields {
  readonly map: MapNode;
  readonly path: string;
  readonly notes: Notes;

  constructor(map: MapNode, path: string, notes: Notes) {
    this.map = map;
    this.path = path;
    this.notes = notes;
  }

  /** The map under a key or at hand; null and a finding where it is something else. */
  static of(node: Node, path: string, notes: Notes): Fields | null {
    if (node.kind === 'map') return new Fields(node, path, notes);
    notes.error('pipelines.not_map', node.at, { where: path });
    return null;
  }

  node(key: string): Node | null {
    return child(this.map, key);
  }

  at(key: string): Place {
    return this.map.entries.get(key)?.value.at ?? this.map.at;
  }

  has(key: string): boolean {
    return this.map.entries.has(key);
  }

  where(key: string): string {
    return this.path === '' ? key : `${this.path}:${key}`;
  }

  fields(key: string): Fields | null {
    const node = this.node(key);
    return node === null ? null : Fields.of(node, this.where(key), this.notes);
  }

  /** Reports every key that is not in `known`. */
  refuseUnknown(known: readonly string[]): void {
    for (const [key, entry] of this.map.entries)
      if (!known.includes(key))
        this.notes.error('pipelines.unknown_key', entry.keyAt, {
          key,
          where: this.path,
          known: known.join(', '),
        });
  }

  string(key: string): string | null {
    const node = this.node(key);
    return node === null ? null : readString(node, this.where(key), this.notes);
  }

  boolean(key: string): boolean | null {
    const node = this.node(key);
    if (node === null) return null;
    if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
    this.notes.error('pipelines.not_boolean', node.at, { where: this.where(key) });
    return null;
  }

  integer(key: string, least: number, most: number): number | null {
    const node = this.node(key);
    if (node === null) return null;
    const value = node.kind === 'scalar' ? node.value : null;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    this.notes.error('pipelines.not_integer', node.at, { where: this.where(key), least, most });
    return null;
  }

  oneOf<T extends string>(key: string, allowed: readonly T[]): T | null {
    const node = this.node(key);
    if (node === null) return null;
    const found = allowed.find((value) => node.kind === 'scalar' && node.value === value);
    if (found === undefined)
      this.notes.error('pipelines.not_one_of', node.at, {
        where: this.where(key),
        value: shown(node),
        allowed: allowed.join(', '),
      });
    return found ?? null;
  }

  /** Milliseconds; `never` gives Infinity where it is allowed. */
  duration(key: string, never: 'never' | 'no-never' = 'no-never'): number | null {
    const node = this.node(key);
    if (node === null) return null;
    const text = node.kind === 'scalar' ? scalarText(node) : '';
    if (never === 'never' && text === 'never') return Number.POSITIVE_INFINITY;
    const ms = parseDurationMs(text);
    if (ms === null)
      this.notes.error('pipelines.not_duration', node.at, { where: this.where(key), value: shown(node) });
    return ms;
  }

  /** A list of strings; a single string stands for a list of one where `single` says so. */
  strings(key: string, single: 'single' | 'list' = 'list'): string[] | null {
    const node = this.node(key);
    if (node === null) return null;
    return readStrings(node, this.where(key), this.notes, single);
  }

  /** Script lines: a string or a list of strings, nested up to ten levels (from `!reference` and anchors). */
  script(key: string): string[] | null {
    const node = this.node(key);
    if (node === null) return null;
    const lines: string[] = [];
    readScript(node, this.where(key), this.notes, lines, 0);
    return lines;
  }
}

/** A scalar that GitLab takes as text; numbers count, as `stage: 1` or `ref: 1.0` are common slips that GitLab refuses. */
export function readString(node: Node, where: string, notes: Notes): string | null {
  if (node.kind === 'scalar' && typeof node.value === 'string') return node.value;
  notes.error('pipelines.not_string', node.at, { where, value: shown(node) });
  return null;
}

/** See {@link Fields.strings}. Nested lists are flattened: `!reference` in a list makes them. */
export function readStrings(
  node: Node,
  where: string,
  notes: Notes,
  single: 'single' | 'list',
): string[] | null {
  if (single === 'single' && node.kind === 'scalar') {
    const one = readString(node, where, notes);
    return one === null ? null : [one];
  }
  if (node.kind !== 'seq') {
    notes.error('pipelines.not_strings', node.at, { where });
    return null;
  }
  const out: string[] = [];
  for (const item of flatten(node.items)) {
    const text = readString(item, where, notes);
    if (text !== null) out.push(text);
  }
  return out;
}

function readScript(node: Node, where: string, notes: Notes, into: string[], depth: number): void {
  if (node.kind === 'seq' && depth <= SCRIPT_DEPTH) {
    for (const item of node.items) readScript(item, where, notes, into, depth + 1);
    return;
  }
  if (node.kind === 'scalar' && typeof node.value === 'string') into.push(node.value);
  else if (node.kind === 'map') notes.error('pipelines.script_map', node.at, { where });
  else if (node.kind === 'seq') notes.error('pipelines.script_deep', node.at, { where, limit: SCRIPT_DEPTH });
  else notes.error('pipelines.script_line', node.at, { where, value: shown(node) });
}

/** Lists inside lists, in order. Depth is bounded by the reader and by `!reference`'s own limit. */
export function flatten(items: readonly Node[]): Node[] {
  return items.flatMap((item) => (item.kind === 'seq' ? flatten(item.items) : [item]));
}

/** A value as shown in a message: short, and never a whole block. */
export function shown(node: Node): string {
  if (node.kind === 'map') return '{…}';
  if (node.kind === 'seq') return '[…]';
  if (node.kind === 'reference') return `!reference [${node.path.join(', ')}]`;
  return node.text.length > 60 ? `${node.text.slice(0, 60)}…` : node.text || 'null';
}

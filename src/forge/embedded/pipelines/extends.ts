import { flatten } from './fields.ts';
import { child, deepMerge, type Entry, type MapNode, type Node, type Place } from './node.ts';
import type { Notes } from './notes.ts';

/** GitLab: eleven levels of inheritance. */
const LIMIT_LEVELS = 11;
/** Merged entries over all jobs: a hostile file could otherwise merge one large job into five hundred. */
const LIMIT_MERGED = 2_000_000;

/** Replaces `extends` in every job by what it names; maps merge deeply, lists are replaced. */
export function resolveExtends(root: MapNode, notes: Notes): MapNode {
  const resolver = new ExtendsResolver(root, notes);
  const entries = new Map<string, Entry>();
  for (const [name, entry] of root.entries)
    entries.set(name, { keyAt: entry.keyAt, value: resolver.resolve(name, entry.value, []) });
  return { kind: 'map', at: root.at, entries };
}

class ExtendsResolver {
  readonly #root: MapNode;
  readonly #notes: Notes;
  readonly #done = new Map<string, { node: Node; levels: number }>();
  #merged = 0;

  constructor(root: MapNode, notes: Notes) {
    this.#root = root;
    this.#notes = notes;
  }

  resolve(name: string, node: Node, chain: readonly string[]): Node {
    return this.#job(name, node, chain).node;
  }

  #job(name: string, node: Node, chain: readonly string[]): { node: Node; levels: number } {
    const done = this.#done.get(name);
    if (done !== undefined) return done;
    const result =
      node.kind === 'map' && node.entries.has('extends') && this.#merged <= LIMIT_MERGED
        ? this.#extended(name, node, chain)
        : { node, levels: 0 };
    this.#done.set(name, result);
    return result;
  }

  #extended(name: string, node: MapNode, chain: readonly string[]): { node: Node; levels: number } {
    const own: MapNode = {
      kind: 'map',
      at: node.at,
      entries: new Map([...node.entries].filter(([key]) => key !== 'extends')),
    };
    let base: Node = { kind: 'map', at: node.at, entries: new Map() };
    let levels = 0;
    for (const parent of this.#parents(name, node)) {
      const target = this.#root.entries.get(parent.name)?.value;
      if (parent.name === name || chain.includes(parent.name)) {
        const from = [...chain, name];
        const cycle = [...from.slice(Math.max(0, from.indexOf(parent.name))), parent.name];
        this.#notes.error('pipelines.extends_cycle', parent.at, { chain: cycle.join(' → ') });
        continue;
      }
      if (target === undefined || target.kind !== 'map') {
        this.#notes.error('pipelines.extends_unknown', parent.at, { job: name, name: parent.name });
        continue;
      }
      if (chain.length + 1 > LIMIT_LEVELS) {
        this.#notes.error('pipelines.extends_deep', parent.at, { job: name, limit: LIMIT_LEVELS });
        continue;
      }
      const resolved = this.#job(parent.name, target, [...chain, name]);
      levels = Math.max(levels, resolved.levels + 1);
      base = deepMerge(base, resolved.node, (entries) => this.#spend(entries, parent.at));
    }
    if (levels > LIMIT_LEVELS)
      this.#notes.error('pipelines.extends_deep', node.at, { job: name, limit: LIMIT_LEVELS });
    return { node: deepMerge(base, own, (entries) => this.#spend(entries, node.at)), levels };
  }

  #spend(entries: number, at: Place): void {
    const before = this.#merged;
    this.#merged += entries;
    if (before <= LIMIT_MERGED && this.#merged > LIMIT_MERGED)
      this.#notes.error('pipelines.too_many_nodes', at, { limit: LIMIT_MERGED });
  }

  #parents(name: string, node: MapNode): { name: string; at: Place }[] {
    const value = child(node, 'extends');
    if (value === null) return [];
    const parents: { name: string; at: Place }[] = [];
    for (const item of value.kind === 'seq' ? flatten(value.items) : [value]) {
      if (item.kind === 'scalar' && typeof item.value === 'string')
        parents.push({ name: item.value, at: item.at });
      else this.#notes.error('pipelines.not_strings', item.at, { where: `${name}:extends` });
    }
    return parents;
  }
}

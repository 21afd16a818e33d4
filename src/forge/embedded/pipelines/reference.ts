import type { Entry, MapNode, Node, ReferenceNode } from './node.ts';
import type { Notes } from './notes.ts';

/** GitLab: a reference may lead to a reference, ten levels deep. */
const LIMIT_LEVELS = 10;
/** Nodes of one part after everything is spread; beyond it a few kilobytes would fill the memory. */
const LIMIT_SPREAD = 500_000;

/** Replaces every `!reference [job, key, …]` by what it names. The shape of the tree bounds the recursion. */
export function resolveReferences(root: MapNode, notes: Notes): MapNode {
  const resolved = new ReferenceResolver(root, notes).resolve(root, []);
  return resolved.kind === 'map' ? resolved : { kind: 'map', at: root.at, entries: new Map() };
}

class ReferenceResolver {
  readonly #root: MapNode;
  readonly #notes: Notes;
  readonly #known = new Map<Node, Node>();
  readonly #sizes = new Map<Node, number>();
  #visits = 0;

  constructor(root: MapNode, notes: Notes) {
    this.#root = root;
    this.#notes = notes;
  }

  /** A node without references is returned as it is, so shared nodes stay shared. */
  resolve(node: Node, chain: readonly ReferenceNode[]): Node {
    if (node.kind === 'scalar') return node;
    if (node.kind === 'reference') return this.#follow(node, chain);
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    this.#visits += 1;
    const made = this.#visits > LIMIT_SPREAD ? nothing(node) : this.#inner(node, chain);
    const fits = this.#visits <= LIMIT_SPREAD && this.#size(made) <= LIMIT_SPREAD;
    if (!fits) this.#notes.error('pipelines.too_many_nodes', this.#root.at, { limit: LIMIT_SPREAD });
    const resolved = fits ? made : nothing(node);
    if (chain.length === 0 || !fits) this.#known.set(node, resolved);
    return resolved;
  }

  /** Counts shared nodes as often as they appear. */
  #size(node: Node): number {
    if (node.kind === 'scalar' || node.kind === 'reference') return 1;
    const known = this.#sizes.get(node);
    if (known !== undefined) return known;
    let size = 1;
    if (node.kind === 'seq') for (const item of node.items) size += this.#size(item);
    else for (const entry of node.entries.values()) size += 1 + this.#size(entry.value);
    this.#sizes.set(node, size);
    return size;
  }

  #inner(node: Exclude<Node, ReferenceNode>, chain: readonly ReferenceNode[]): Node {
    if (node.kind === 'scalar') return node;
    if (node.kind === 'seq') {
      const items = node.items.map((item) => this.resolve(item, chain));
      return items.every((item, index) => item === node.items[index])
        ? node
        : { kind: 'seq', at: node.at, items };
    }
    const entries = new Map<string, Entry>();
    let changed = false;
    for (const [key, entry] of node.entries) {
      const value = this.resolve(entry.value, chain);
      changed ||= value !== entry.value;
      entries.set(key, value === entry.value ? entry : { keyAt: entry.keyAt, value });
    }
    return changed ? { kind: 'map', at: node.at, entries } : node;
  }

  #follow(reference: ReferenceNode, chain: readonly ReferenceNode[]): Node {
    const path = reference.path.join(', ');
    if (chain.includes(reference)) {
      this.#notes.error('pipelines.reference_cycle', reference.at, { path });
      return nothing(reference);
    }
    if (chain.length >= LIMIT_LEVELS) {
      this.#notes.error('pipelines.reference_deep', reference.at, { path, limit: LIMIT_LEVELS });
      return nothing(reference);
    }
    const within = [...chain, reference];
    let target: Node | undefined = this.#root;
    for (const step of reference.path) {
      if (target?.kind === 'reference') target = this.#follow(target, within);
      target = target?.kind === 'map' ? target.entries.get(step)?.value : undefined;
    }
    if (target === undefined || reference.path.length === 0) {
      this.#notes.error('pipelines.reference_unknown', reference.at, { path });
      return nothing(reference);
    }
    return this.resolve(target, within);
  }
}

function nothing(node: Node): Node {
  return { kind: 'scalar', at: node.at, value: null, text: '' };
}

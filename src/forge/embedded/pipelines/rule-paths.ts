import { expandVariables } from './expand.ts';
import { Fields as FieldReader, type Fields, flatten, readString } from './fields.ts';
import { compileGlob, globSource, LONGEST_GLOB } from './glob.ts';
import type { PlanContext } from './types.ts';

/** GitLab's limit of patterns in one rule. */
const LIMIT_PATHS = 50;
/**
 * Comparisons for one pipeline, some two microseconds each; beyond, everything counts as found, as GitLab does for `exists`.
 * Smaller, and a large repository runs jobs that it need not; larger, and a hostile file holds the planner for seconds.
 */
const LIMIT_CHECKS = 400_000;

/** `rules:changes`: true when one of the paths was changed by the push, or since `compareTo`. */
export interface Changes {
  paths: readonly string[];
  compareTo: string | null;
}

/** Reads `changes` in both forms (a list, or `paths` with `compare_to`); null where the key is absent. */
export function readChanges(fields: Fields): Changes | null {
  const node = fields.node('changes');
  if (node === null) return null;
  if (node.kind !== 'map') return { paths: readPaths(fields, 'changes'), compareTo: null };
  const inner = new FieldReader(node, fields.where('changes'), fields.notes);
  inner.refuseUnknown(['paths', 'compare_to']);
  if (inner.node('paths') === null)
    fields.notes.error('pipelines.missing_key', node.at, { key: 'paths', where: fields.where('changes') });
  return { paths: readPaths(inner, 'paths'), compareTo: inner.string('compare_to') };
}

/** Reads `exists` in both forms (a list, or `paths`); `project` is refused. */
export function readExists(fields: Fields): readonly string[] | null {
  const node = fields.node('exists');
  if (node === null) return null;
  if (node.kind !== 'map') return readPaths(fields, 'exists');
  const inner = new FieldReader(node, fields.where('exists'), fields.notes);
  inner.refuseUnknown(['paths']);
  return readPaths(inner, 'paths');
}

function readPaths(fields: Fields, key: string): string[] {
  const node = fields.node(key);
  if (node === null) return [];
  if (node.kind !== 'seq') {
    fields.notes.error('pipelines.not_strings', node.at, { where: fields.where(key) });
    return [];
  }
  const items = flatten(node.items);
  if (items.length > LIMIT_PATHS)
    fields.notes.error('pipelines.too_many_items', node.at, { where: fields.where(key), limit: LIMIT_PATHS });
  const paths: string[] = [];
  for (const item of items.slice(0, LIMIT_PATHS)) {
    const text = readString(item, fields.where(key), fields.notes);
    if (text === null) continue;
    // Only a set can be wrong; compiling every pattern here would cost seconds for a file full of them.
    if (text.length > LONGEST_GLOB || (text.includes('[') && !isGlob(text, fields)))
      fields.notes.error('pipelines.glob', item.at, { pattern: text.slice(0, 80) });
    paths.push(text);
  }
  return paths;
}

function isGlob(text: string, { notes }: Fields): boolean {
  return text.includes('$') || notes.patterns.compile(globSource(text), 's') !== null;
}

type PathFacts = Pick<PlanContext, 'changedFiles' | 'listFiles'> &
  Partial<Pick<PlanContext, 'source' | 'refType'>>;

/** Answers `changes` and `exists` for one pipeline: each pattern is tried once, and all together cost a bounded time. */
export class PathQuestions {
  readonly #facts: PathFacts;
  readonly #changed = new Map<string, readonly string[] | 'all'>();
  readonly #known = new Map<string, boolean>();
  #files: readonly string[] | undefined;
  #checks = 0;

  constructor(facts: PathFacts) {
    this.#facts = facts;
  }

  /** Only a push of a branch has changes: for other sources, tags and first pushes every file counts, as on GitLab. */
  changesHold(changes: Changes, variables: ReadonlyMap<string, string>): boolean {
    const compareTo = changes.compareTo === null ? null : expandVariables(changes.compareTo, variables);
    const changed = this.#changedSince(compareTo);
    return changed === 'all' || this.#anyMatch(`c ${compareTo ?? ''}`, changes.paths, changed, variables);
  }

  existsHold(paths: readonly string[], variables: ReadonlyMap<string, string>): boolean {
    this.#files ??= this.#facts.listFiles();
    return this.#anyMatch('e', paths, this.#files, variables);
  }

  #changedSince(compareTo: string | null): readonly string[] | 'all' {
    const { source, refType } = this.#facts;
    if (compareTo === null && ((source ?? 'push') !== 'push' || refType === 'tag')) return 'all';
    const known = this.#changed.get(compareTo ?? '');
    if (known !== undefined) return known;
    const changed = this.#facts.changedFiles(compareTo ?? undefined);
    this.#changed.set(compareTo ?? '', changed);
    return changed;
  }

  #anyMatch(
    list: string,
    patterns: readonly string[],
    files: readonly string[],
    variables: ReadonlyMap<string, string>,
  ): boolean {
    return patterns.some((written) => {
      const pattern = expandVariables(written, variables).replace(/^\/+/, '');
      const key = `${list} ${pattern}`;
      const known = this.#known.get(key);
      if (known !== undefined) return known;
      const holds = this.#matches(pattern, files);
      this.#known.set(key, holds);
      return holds;
    });
  }

  #matches(pattern: string, files: readonly string[]): boolean {
    const matches = compileGlob(pattern);
    if (matches === null) return false;
    for (const file of files) {
      if (this.#checks >= LIMIT_CHECKS || matches(file)) return true;
      this.#checks += 1;
    }
    return false;
  }
}

import { expandVariables } from './expand.ts';
import { evaluateExpression, isExpressionError, parseExpression } from './expression.ts';
import { Fields, flatten, shown } from './fields.ts';
import { compileWildcard } from './glob.ts';
import { child, deepMerge, keyPlace, type MapNode, type Node, type Place } from './node.ts';
import type { Notes } from './notes.ts';
import { noteBadExpression } from './read-rules.ts';
import { PathQuestions, readChanges, readExists } from './rule-paths.ts';
import type { CiReader, PlanContext } from './types.ts';
import { LIMIT_NODES, LIMIT_TOKENS, readYaml } from './yaml-read.ts';

/** GitLab's own limit. */
const LIMIT_INCLUDES = 150;
/** All files together; each alone is bounded already. */
const LIMIT_TOTAL_CHARACTERS = 4_000_000;
const LIMIT_ALL_TOKENS = 2 * LIMIT_TOKENS;

/** What `include:rules` may ask about. */
export type IncludeScope = Pick<PlanContext, 'variables' | 'predefined' | 'changedFiles' | 'listFiles'>;

export interface Gathered {
  root: MapNode;
  /** Jobs that a template would have filled may stay without a script. */
  templateSkipped: boolean;
}

/** Reads a file and everything it includes (earlier files are overridden by later ones, all by the including one). */
export function gather(reader: CiReader, path: string, scope: IncludeScope, notes: Notes): Gathered | null {
  const source = reader.read(path);
  if (source === null) {
    notes.error('pipelines.no_file', { file: path, line: 1, column: 1 }, { path });
    return null;
  }
  const gatherer = new Gatherer(reader, scope, notes);
  const root = gatherer.file(source, path, []);
  return root === null ? null : { root, templateSkipped: gatherer.templateSkipped };
}

class Gatherer {
  readonly #reader: CiReader;
  readonly #questions: PathQuestions;
  readonly #notes: Notes;
  readonly #variables: ReadonlyMap<string, string>;
  readonly #budget = { tokens: LIMIT_ALL_TOKENS };
  #files = 0;
  #characters = 0;
  #spent = 0;
  templateSkipped = false;

  constructor(reader: CiReader, scope: IncludeScope, notes: Notes) {
    this.#reader = reader;
    this.#questions = new PathQuestions(scope);
    this.#notes = notes;
    this.#variables = new Map(Object.entries({ ...scope.predefined, ...scope.variables }));
  }

  file(source: string, path: string, chain: readonly string[]): MapNode | null {
    this.#characters += source.length;
    const start: Place = { file: path, line: 1, column: 1 };
    if (this.#characters > LIMIT_TOTAL_CHARACTERS) {
      this.#notes.error('pipelines.too_large', start, { limit: '4 MB' });
      return null;
    }
    const root = readYaml(source, path, this.#notes, this.#budget);
    if (root === null) {
      if (!this.#notes.failed) this.#notes.error('pipelines.empty', start);
      return null;
    }
    if (root.kind !== 'map') {
      const nothing = root.kind === 'scalar' && root.value === null;
      this.#notes.error(nothing ? 'pipelines.empty' : 'pipelines.not_map', root.at, { where: path });
      return null;
    }
    return this.#withIncludes(root, [...chain, path]);
  }

  #withIncludes(root: MapNode, chain: readonly string[]): MapNode {
    const include = child(root, 'include');
    if (include === null) return root;
    const own: MapNode = {
      kind: 'map',
      at: root.at,
      entries: new Map([...root.entries].filter(([key]) => key !== 'include')),
    };
    let merged: Node = { kind: 'map', at: root.at, entries: new Map() };
    for (const item of include.kind === 'seq' ? flatten(include.items) : [include])
      for (const part of this.#item(item, chain))
        merged = deepMerge(merged, part, (n) => this.#spend(n, root.at));
    const result = deepMerge(merged, own, (n) => this.#spend(n, root.at));
    return result.kind === 'map' ? result : own;
  }

  #spend(entries: number, at: Place): void {
    const before = this.#spent;
    this.#spent += entries;
    if (before <= LIMIT_NODES && this.#spent > LIMIT_NODES)
      this.#notes.error('pipelines.too_many_nodes', at, { limit: LIMIT_NODES });
  }

  #item(item: Node, chain: readonly string[]): MapNode[] {
    if (item.kind === 'scalar' && typeof item.value === 'string') {
      if (/^https?:\/\//.test(item.value)) return this.#refused('remote', item.at);
      return this.#local(item.value, item.at, chain);
    }
    if (item.kind !== 'map') {
      this.#notes.error('pipelines.include_form', item.at, { value: shown(item) });
      return [];
    }
    for (const kind of ['component', 'project', 'remote', 'artifact'])
      if (item.entries.has(kind)) return this.#refused(kind, keyPlace(item, kind));
    if (item.entries.has('inputs')) {
      this.#notes.error('pipelines.inputs', keyPlace(item, 'inputs'), { key: 'include:inputs' });
      return [];
    }
    if (!this.#rulesHold(item)) return [];
    if (item.entries.has('template')) {
      this.templateSkipped = true;
      const fields = new Fields(item, 'include', this.#notes);
      this.#notes.warning('pipelines.include_template', keyPlace(item, 'template'), {
        name: fields.string('template') ?? '',
      });
      return [];
    }
    const fields = new Fields(item, 'include', this.#notes);
    fields.refuseUnknown(['local', 'rules', 'template', 'file', 'ref']);
    const paths = fields.strings('local', 'single');
    if (paths === null) {
      if (!item.entries.has('local'))
        this.#notes.error('pipelines.include_form', item.at, { value: shown(item) });
      return [];
    }
    return paths.flatMap((path) => this.#local(path, fields.at('local'), chain));
  }

  #refused(kind: string, at: Place): [] {
    this.#notes.error('pipelines.include_refused', at, { kind });
    return [];
  }

  #rulesHold(item: MapNode): boolean {
    const rules = child(item, 'rules');
    if (rules === null) return true;
    if (rules.kind !== 'seq') {
      this.#notes.error('pipelines.not_list', rules.at, { where: 'include:rules' });
      return false;
    }
    for (const rule of flatten(rules.items)) {
      const fields = Fields.of(rule, 'include:rules', this.#notes);
      if (fields === null) return false;
      fields.refuseUnknown(['if', 'exists', 'changes', 'when']);
      const when = fields.oneOf('when', ['always', 'never', 'on_success'] as const);
      if (this.#ruleHolds(fields)) return when !== 'never';
    }
    return false;
  }

  #ruleHolds(fields: Fields): boolean {
    const text = fields.string('if');
    if (text !== null) {
      const expression = parseExpression(text, this.#notes.patterns);
      if (isExpressionError(expression)) {
        noteBadExpression(this.#notes, fields.at('if'), text, expression);
        return false;
      }
      if (!evaluateExpression(expression, this.#variables, this.#notes.patterns)) return false;
    }
    const changes = readChanges(fields);
    if (changes !== null && !this.#questions.changesHold(changes, this.#variables)) return false;
    const exists = readExists(fields);
    return exists === null || this.#questions.existsHold(exists, this.#variables);
  }

  #local(written: string, at: Place, chain: readonly string[]): MapNode[] {
    const path = expandVariables(written, this.#variables).replace(/^\/+/, '');
    const paths = path.includes('*') ? this.#globbed(path, at, chain) : [path];
    const parts: MapNode[] = [];
    for (const one of paths) {
      this.#files += 1;
      if (this.#files > LIMIT_INCLUDES) {
        this.#notes.error('pipelines.include_many', at, { limit: LIMIT_INCLUDES });
        return parts;
      }
      const part = this.#one(one, at, chain);
      if (part !== null) parts.push(part);
    }
    return parts;
  }

  #one(path: string, at: Place, chain: readonly string[]): MapNode | null {
    if (chain.includes(path)) {
      this.#notes.error('pipelines.include_cycle', at, { chain: [...chain, path].join(' → ') });
      return null;
    }
    if (!/\.ya?ml$/.test(path)) {
      this.#notes.error('pipelines.include_not_yaml', at, { path });
      return null;
    }
    const source = this.#reader.read(path);
    if (source === null) {
      this.#notes.error('pipelines.include_missing', at, { path });
      return null;
    }
    return this.file(source, path, chain);
  }

  /** Sorted by path; the including file itself is not taken. */
  #globbed(pattern: string, at: Place, chain: readonly string[]): string[] {
    const matches = compileWildcard(pattern);
    const found = matches === null ? [] : this.#reader.list().filter((path) => matches(path));
    const yaml = found.filter((path) => /\.ya?ml$/.test(path) && !chain.includes(path)).sort();
    if (yaml.length === 0) this.#notes.error('pipelines.include_missing', at, { path: pattern });
    return yaml;
  }
}

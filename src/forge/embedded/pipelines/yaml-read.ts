import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type ParsedNode,
  Parser,
  type YAMLParseError,
} from 'yaml';
import { isOpenBracket, tellYamlError } from '../../../shared/yaml-config.ts';
import type { Entry, MapNode, Node, Place } from './node.ts';
import type { Notes, PipelineCode } from './notes.ts';
import { looksLikeDate, readPlain } from './yaml-scalars.ts';

/** Larger files stall the planner for seconds; the largest seen in 171 public projects had 60 KB. */
export const LIMIT_BYTES = 1_000_000;
/** Deeper nesting overflows the stack of recursive readers (6–10 KB of brackets end a Node process). */
export const LIMIT_DEPTH = 100;
/** Aliases multiply: a hundred can already make more nodes than memory holds, hence the limit on nodes too. */
export const LIMIT_ALIASES = 100;
/** Nodes after aliases are spread; the largest public file has some 20,000. */
export const LIMIT_NODES = 200_000;

/** Tokens of the text; the library spends up to 10 µs on each, so this keeps the worst file near a second; a real file of 60 KB has 10,000. */
export const LIMIT_TOKENS = 100_000;
/** The library's kinds of syntax error that people meet, each with its own advice. */
const SYNTAX: Partial<Record<YAMLParseError['code'], PipelineCode>> = {
  TAB_AS_INDENT: 'pipelines.yaml_tab',
  BAD_INDENT: 'pipelines.yaml_indent',
  MISSING_CHAR: 'pipelines.yaml_missing',
  BLOCK_AS_IMPLICIT_KEY: 'pipelines.yaml_colon',
  BAD_SCALAR_START: 'pipelines.yaml_start',
  BAD_DQ_ESCAPE: 'pipelines.yaml_escape',
};
/** After so many errors of syntax the rest of the file is not read: they are all consequences. */
const LIMIT_ERRORS = 20;

/**
 * Reads one YAML document with positions; null when there were errors (they are in `notes`). Never throws.
 * `budget` is what several files may use together.
 */
export function readYaml(
  source: string,
  file: string,
  notes: Notes,
  budget: { tokens: number } = { tokens: LIMIT_TOKENS },
): Node | null {
  const start: Place = { file, line: 1, column: 1 };
  if (Buffer.byteLength(source) > LIMIT_BYTES) {
    notes.error('pipelines.too_large', start, { limit: '1 MB' });
    return null;
  }
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const docs = compose(source, lines, place, notes, budget);
  if (docs === null) return null;
  for (const doc of docs)
    for (const error of doc.errors)
      notes.error(syntaxCode(error), place(error.pos[0]), {
        problem: tellYamlError(error),
      });
  const [first, second] = docs;
  if (notes.failed || first === undefined) return null;
  const root = new Reader(place, notes).read(first);
  if (second !== undefined && root?.kind === 'map') {
    if (root.entries.has('spec')) notes.error('pipelines.inputs', root.at, { key: 'spec' });
    else notes.warning('pipelines.more_documents', place(second.range[0]));
  }
  return root;
}

type Doc = Document.Parsed<ParsedNode>;

/** The concrete syntax tree is built on a stack, so its depth is known before anything recursive sees the text. */
function compose(
  source: string,
  lines: LineCounter,
  place: (offset: number) => Place,
  notes: Notes,
  budget: { tokens: number },
): Doc[] | null {
  const parser = new Parser(lines.addNewLine);
  const composer = new Composer({
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    strict: true,
    logLevel: 'silent',
  });
  const docs: Doc[] = [];
  let aliases = 0;
  let count = 0;
  let errors = 0;
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(source)) {
    count += 1;
    if (lexeme.startsWith('*') && parser.stack.length > 1) aliases += 1;
    for (const token of parser.next(lexeme)) {
      if (token.type === 'error') errors += 1;
      for (const doc of composer.next(token)) docs.push(doc as unknown as Doc);
    }
    if (parser.stack.length > LIMIT_DEPTH + 2) {
      notes.error('pipelines.too_deep', place(parser.offset), { limit: LIMIT_DEPTH });
      return null;
    }
    budget.tokens -= 1;
    if (count > LIMIT_TOKENS || budget.tokens < 0) {
      notes.error('pipelines.too_many_nodes', place(parser.offset), { limit: LIMIT_TOKENS });
      return null;
    }
    if (errors > LIMIT_ERRORS) break;
  }
  if (aliases > LIMIT_ALIASES && countAliases(source) > LIMIT_ALIASES) {
    notes.error('pipelines.too_many_aliases', place(0), { limit: LIMIT_ALIASES });
    return null;
  }
  for (const token of parser.end()) for (const doc of composer.next(token)) docs.push(doc as unknown as Doc);
  for (const doc of composer.end()) docs.push(doc as unknown as Doc);
  return docs;
}

/** Alias tokens only: a script line may begin with a star too. */
function countAliases(source: string): number {
  let count = 0;
  let scalarNext = false;
  for (const lexeme of new Lexer().lex(source)) {
    if (!scalarNext && /^\*[^\s,[\]{}]+$/.test(lexeme)) count += 1;
    scalarNext = lexeme === '\u001f';
  }
  return count;
}

function syntaxCode(error: YAMLParseError): PipelineCode {
  if (isOpenBracket(error)) return 'pipelines.yaml_bracket';
  return SYNTAX[error.code] ?? 'pipelines.yaml';
}

/** Turns the library's nodes into ours. Recursion is bounded by LIMIT_DEPTH. */
class Reader {
  readonly #place: (offset: number) => Place;
  readonly #notes: Notes;
  /** Anchor → node, null while the anchored node itself is being read. */
  readonly #anchors = new Map<string, { node: Node; size: number } | null>();
  #tooMany = false;

  constructor(place: (offset: number) => Place, notes: Notes) {
    this.#place = place;
    this.#notes = notes;
  }

  read(doc: Doc): Node | null {
    const at = this.#place(doc.contents?.range?.[0] ?? 0);
    const { node } = this.#node(doc.contents, at);
    return this.#notes.failed ? null : node;
  }

  /** `size` counts the nodes after aliases are spread. */
  #node(source: unknown, fallback: Place): { node: Node; size: number } {
    const offset = (source as ParsedNode | null)?.range?.[0];
    const at = offset === undefined ? fallback : this.#place(offset);
    if (isAlias(source)) return this.#alias(source.source, at);
    const anchor = (source as { anchor?: string } | null)?.anchor;
    if (anchor !== undefined) this.#anchors.set(anchor, null);
    const result = this.#fresh(source, at);
    if (anchor !== undefined) this.#anchors.set(anchor, result);
    if (result.size > LIMIT_NODES && !this.#tooMany) {
      this.#tooMany = true;
      this.#notes.error('pipelines.too_many_nodes', at, { limit: LIMIT_NODES });
    }
    return result;
  }

  #alias(name: string, at: Place): { node: Node; size: number } {
    const target = this.#anchors.get(name);
    if (target) return target;
    this.#notes.error(target === null ? 'pipelines.alias_cycle' : 'pipelines.alias_unknown', at, { name });
    return { node: { kind: 'scalar', at, value: null, text: '' }, size: 1 };
  }

  #fresh(source: unknown, at: Place): { node: Node; size: number } {
    if (isMap(source)) return this.#map(source.items, at);
    if (isSeq(source)) {
      const parts = source.items.map((item) => this.#node(item, at));
      const size = parts.reduce((sum, part) => sum + part.size, 1);
      const items = parts.map((part) => part.node);
      if (source.tag === '!reference')
        return { node: { kind: 'reference', at, path: items.map(pathPart) }, size };
      return { node: { kind: 'seq', at, items }, size };
    }
    if (!isScalar(source)) return { node: { kind: 'scalar', at, value: null, text: '' }, size: 1 };
    const text = String(source.value ?? '');
    const plain = source.type === 'PLAIN' && source.tag !== 'tag:yaml.org,2002:str';
    if (plain && looksLikeDate(text)) this.#notes.warning('pipelines.date', at, { text });
    const value = plain && !looksLikeDate(text) ? readPlain(text) : text;
    return { node: { kind: 'scalar', at, value, text }, size: 1 };
  }

  /** Duplicate keys are legal, the last wins; `<<` merges where it stands, as Psych does. */
  #map(pairs: readonly { key: unknown; value: unknown }[], at: Place): { node: MapNode; size: number } {
    const entries = new Map<string, Entry>();
    let size = 1;
    for (const pair of pairs) {
      const key = this.#node(pair.key, at);
      const value = this.#node(pair.value, key.node.at);
      size += value.size + 1;
      if (key.node.kind !== 'scalar') {
        this.#notes.error('pipelines.key_not_text', key.node.at);
        continue;
      }
      const name = key.node.text;
      const merged = name === '<<' ? mergeSources(value.node) : null;
      if (merged === null) entries.set(name, { keyAt: key.node.at, value: value.node });
      else
        for (const source of merged)
          for (const [mergedKey, entry] of source.entries) entries.set(mergedKey, entry);
    }
    return { node: { kind: 'map', at, entries }, size };
  }
}

/** In the order in which they are laid over one another: the first of a list is the strongest. */
function mergeSources(value: Node): MapNode[] | null {
  if (value.kind === 'map') return [value];
  if (value.kind !== 'seq' || !value.items.every((item) => item.kind === 'map')) return null;
  return [...value.items].reverse() as MapNode[];
}

function pathPart(node: Node): string {
  return node.kind === 'scalar' ? node.text : '';
}

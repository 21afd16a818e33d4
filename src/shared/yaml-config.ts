import {
  type Document,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLParseError,
} from 'yaml';
import * as z from 'zod';
import { fault, SetoError } from './errors.ts';
import { parseOptions, tellIssue } from './issues.ts';
import { readText } from './read-text.ts';
import { format, inBoth, type Phrase } from './text/format.ts';
import { isPhraseKey, phrase } from './text.ts';

/** Bytes of a configuration file; ours are a few kilobytes, more is a mistake or an attack. */
const limitBytes = 1024 * 1024;
/** Brackets and indents in one another; ours need six. */
const limitDepth = 60;

/**
 * Parses YAML and checks it, or throws `core.config` with every mistake at once as `file:line:column: what`.
 * For files that the user writes (seto.yaml, .seto.yaml, cost scenarios); CI files have a reader of their own.
 */
export function parseYamlConfig<T>(text: string, file: string, schema: z.ZodType<T>): T {
  const whole = (what: Phrase) => mistakes([{ at: `${file}:1:1`, what }]);
  if (Buffer.byteLength(text) > limitBytes) throw whole(phrase('input.too_large', { limit: '1 MB' }));
  if (text.includes('\0')) throw whole(phrase('input.not_utf8'));
  if (deepest(text) > limitDepth) throw whole(phrase('input.too_deep', { limit: limitDepth }));
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line || 1}:${col || 1}`;
  };
  // Whatever follows a tab is read wrongly because of it.
  const tabs = document.errors.filter(({ code }) => code === 'TAB_AS_INDENT');
  const errors = tabs.length > 0 ? tabs : document.errors;
  if (errors.length > 0)
    throw mistakes(errors.map((error) => ({ at: at(error.pos[0]), what: tellYamlError(error) })));
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch {
    // The library throws plain errors here, for an alias without its anchor and for too many.
    const offset = strayAlias(document);
    throw offset === null
      ? whole(phrase('yaml.many_aliases'))
      : mistakes([{ at: at(offset), what: phrase('yaml.BAD_ALIAS') }]);
  }
  const result = schema.safeParse(value, { ...parseOptions, error: tellKnownKeys });
  if (result.success) return result.data;
  const list = result.error.issues.flatMap(insideUnion).flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        offset: offsetOf(document.contents, [...issue.path, key]),
        what: phrase('input.unknown_key_here', { key, known: issue.message }),
      }));
    const name = issue.path.join('.');
    const what = tellIssue(issue);
    const place = name === '' ? phrase('input.file') : inBoth(() => name);
    return [
      {
        offset: offsetOf(document.contents, issue.path),
        what: inBoth((lang) => `${place[lang]}: ${what[lang]}`),
      },
    ];
  });
  const inOrder = list.toSorted((one, other) => one.offset - other.offset);
  throw mistakes(inOrder.map(({ offset, what }) => ({ at: at(offset), what })));
}

/**
 * Where one form of several is clearly meant, because only its values are wrong, the mistakes inside it; else the issue.
 */
function insideUnion(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const forms = issue.errors
    .filter((form) => !form.some(({ code, path }) => code === 'invalid_type' && path.length === 0))
    .toSorted((one, other) => one.length - other.length);
  const [meant, next] = forms;
  if (meant === undefined || meant.length === next?.length) return [issue];
  const inside = meant.flatMap(insideUnion);
  if (inside.some(({ code }) => code === 'invalid_union')) return [issue];
  return inside.map((each) => ({ ...each, path: [...issue.path, ...each.path] }));
}

/** Gives an issue of unknown keys the known ones for its message; all others keep theirs. */
function tellKnownKeys({ code, inst }: z.core.$ZodRawIssue): string | undefined {
  if (code !== 'unrecognized_keys') return undefined;
  return inst instanceof z.ZodObject ? Object.keys(inst.shape).join(', ') : '';
}

/** Reads a file and parses it; one that cannot be read is the system's error, which names it. */
export function readYamlConfig<T>(file: string, schema: z.ZodType<T>): T {
  return parseYamlConfig(readText(file), file, schema);
}

/** What the YAML reader found, in both languages. */
export function tellYamlError(error: Pick<YAMLParseError, 'code' | 'message'>): Phrase {
  const key = `yaml.${isOpenBracket(error) ? 'MISSING_CHAR' : error.code}`;
  return phrase(isPhraseKey(key) ? key : 'yaml.other');
}

/** A bracket left open is reported under several codes. */
export function isOpenBracket({ message }: Pick<YAMLParseError, 'message'>): boolean {
  return /^Flow \w+ .*(?:must|and) end with/.test(message);
}

/**
 * Reads several files and tells the mistakes of all of them at once. `attempt` answers null where its file has mistakes;
 * any other error is thrown at once. @throws core.config
 */
export function allMistakes<T>(read: (attempt: <P>(one: () => P) => P | null) => T | null): T {
  const wrong: SetoError[] = [];
  const result = read((one) => {
    try {
      return one();
    } catch (error) {
      if (!(error instanceof SetoError && error.code === 'core.config')) throw error;
      wrong.push(error);
      return null;
    }
  });
  const [first] = wrong;
  if (result !== null && first === undefined) return result;
  if (first === undefined || wrong.length === 1) throw first ?? new RangeError('nothing was read');
  throw fault('core.config', {
    count: wrong.reduce((sum, { values }) => sum + Number(values['count']), 0),
    list: inBoth((lang) => wrong.map(({ values }) => format('{list}', values, lang)).join('\n')),
  });
}

/** Where the first alias without its anchor stands; null where each has one. */
function strayAlias(document: Document.Parsed): number | null {
  let offset: number | null = null;
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return undefined;
      offset = alias.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

interface Mistake {
  /** `file:line:column` */
  at: string;
  what: Phrase;
}

function mistakes(list: readonly Mistake[]): Error {
  return fault('core.config', {
    count: list.length,
    list: inBoth((lang) => list.map(({ at, what }) => `${at}: ${what[lang]}`).join('\n')),
  });
}

/** Where a path points in the text: the key where there is one, else the innermost node that exists. */
function offsetOf(root: Node | null, path: readonly PropertyKey[]): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
      if (!pair) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
    } else if (node && typeof node === 'object' && 'items' in node && Array.isArray(node.items)) {
      node = node.items[Number(part)];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

/**
 * How deep brackets, indents and `- - -` or `? ? ?` on a line nest, counted without recursion before anything recursive
 * sees the text.
 */
function deepest(text: string): number {
  let depth = 0;
  let most = 0;
  for (const character of text) {
    if (character === '[' || character === '{') most = Math.max(most, ++depth);
    else if (character === ']' || character === '}') depth = Math.max(0, depth - 1);
  }
  for (const line of text.split('\n')) most = Math.max(most, (/^[\s?:-]*/.exec(line)?.[0].length ?? 0) / 2);
  return most;
}

import { readFileSync } from 'node:fs';
import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { ZodType } from 'zod';
import { fault } from './errors.ts';

/** Bytes of a configuration file; ours are a few kilobytes, more is a mistake or an attack. */
const limitBytes = 1024 * 1024;

/**
 * Parses YAML and checks it, or throws `core.config` with every mistake at once as `file:line:column: what`.
 * For files that the user writes (seto.yaml, .seto.yaml, cost scenarios); CI files have a reader of their own.
 */
export function parseYamlConfig<T>(text: string, file: string, schema: ZodType<T>): T {
  if (Buffer.byteLength(text) > limitBytes) throw mistakes([`${file}:1:1: larger than 1 MB`]);
  if (deepest(text) > 60) throw mistakes([`${file}:1:1: nested more than 60 levels deep`]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line || 1}:${col || 1}`;
  };
  if (document.errors.length > 0)
    throw mistakes(document.errors.map((error) => `${at(error.pos[0])}: ${error.message}`));
  const result = schema.safeParse(document.toJS({ maxAliasCount: 100 }) ?? {});
  if (result.success) return result.data;
  const list = result.error.issues.flatMap((issue) =>
    unknownKeys(issue).length > 0
      ? unknownKeys(issue).map(
          (key) => `${at(offsetOf(document.contents, [...issue.path, key]))}: unknown key “${key}”`,
        )
      : [
          `${at(offsetOf(document.contents, issue.path))}: ${issue.path.join('.') || 'file'}: ${
            (issue.code === 'invalid_key' ? issue.issues[0] : undefined)?.message ?? issue.message
          }`,
        ],
  );
  throw mistakes(list);
}

/** Reads a file and parses it; an unreadable file is one clear error. */
export function readYamlConfig<T>(file: string, schema: ZodType<T>): T {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw mistakes([`${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`]);
  }
  return parseYamlConfig(text, file, schema);
}

function mistakes(list: readonly string[]): Error {
  return fault('core.config', { count: list.length, list: list.join('\n') });
}

function unknownKeys(issue: { code: string; keys?: unknown }): string[] {
  return issue.code === 'unrecognized_keys' && Array.isArray(issue.keys) ? issue.keys.map(String) : [];
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

import { PatternMeter, splitPattern } from './pattern.ts';

/** GitLab's `if:` language. Source: docs.gitlab.com, "CI/CD variable expressions". */
export type Expression =
  | { op: 'or' | 'and'; left: Expression; right: Expression }
  | { op: 'equal' | 'differs' | 'matches' | 'matches-not'; left: Expression; right: Expression }
  | { op: 'variable'; name: string }
  | { op: 'text'; value: string }
  | { op: 'pattern'; source: string; flags: string }
  | { op: 'null' };

export interface ExpressionError {
  /** Offset in the text, from 0. */
  offset: number;
  found: string;
  reason: 'unexpected' | 'pattern' | 'too-deep';
}

interface Token {
  kind: string;
  text: string;
  offset: number;
}

const TOKEN =
  /\s*(?:(\$[A-Za-z_][A-Za-z0-9_]*)|("[^"]*"|'[^']*')|(null\b)|(==|!=|=~|!~|&&|\|\||\(|\))|(\/(?:\\.|[^/\\\n])+\/[a-zA-Z]*))/y;
const BINDING: Readonly<Record<string, number>> = { '||': 1, '&&': 2, '==': 3, '!=': 3, '=~': 3, '!~': 3 };
const OPS = {
  '||': 'or',
  '&&': 'and',
  '==': 'equal',
  '!=': 'differs',
  '=~': 'matches',
  '!~': 'matches-not',
} as const;
/** Parentheses deeper than this are not written by people, and would use up the stack. */
const DEEPEST = 50;
const LONGEST = 10_000;

/** Parses an `if:` text; patterns are compiled here, so that a bad one is found before any pipeline. */
export function parseExpression(text: string, patterns = new PatternMeter()): Expression | ExpressionError {
  if (text.length > LONGEST) return { offset: LONGEST, found: '…', reason: 'too-deep' };
  const tokens = lex(text);
  return Array.isArray(tokens) ? new ExpressionParser(tokens, text.length, patterns).parse() : tokens;
}

export function isExpressionError(result: Expression | ExpressionError): result is ExpressionError {
  return 'reason' in result;
}

function lex(text: string): Token[] | ExpressionError {
  const tokens: Token[] = [];
  let offset = 0;
  while (text.slice(offset).trim() !== '') {
    TOKEN.lastIndex = offset;
    const found = TOKEN.exec(text);
    const [whole, variable, quoted, nothing, operator, pattern] = found ?? [];
    if (whole === undefined) {
      const at = offset + (text.slice(offset).length - text.slice(offset).trimStart().length);
      return { offset: at, found: text.slice(at, at + 20), reason: 'unexpected' };
    }
    const body = whole.trimStart();
    const kind = variable
      ? 'variable'
      : quoted
        ? 'text'
        : nothing
          ? 'null'
          : pattern
            ? 'pattern'
            : (operator ?? '');
    tokens.push({ kind, text: body, offset: offset + whole.length - body.length });
    offset += whole.length;
    if (tokens.length > 2000) return { offset, found: body, reason: 'too-deep' };
  }
  return tokens;
}

/** Precedence climbing: comparisons bind tighter than `&&`, that tighter than `||`; all from left to right. */
class ExpressionParser {
  readonly #tokens: readonly Token[];
  readonly #end: number;
  readonly #patterns: PatternMeter;
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], end: number, patterns: PatternMeter) {
    this.#tokens = tokens;
    this.#end = end;
    this.#patterns = patterns;
  }

  parse(): Expression | ExpressionError {
    const result = this.#binary(1);
    if (isExpressionError(result)) return result;
    return this.#next < this.#tokens.length ? this.#unexpected() : result;
  }

  #binary(least: number): Expression | ExpressionError {
    let left = this.#operand();
    while (!isExpressionError(left)) {
      const token = this.#tokens[this.#next];
      const binding = token === undefined ? undefined : BINDING[token.kind];
      if (token === undefined || binding === undefined || binding < least) return left;
      this.#next += 1;
      const right = this.#binary(binding + 1);
      if (isExpressionError(right)) return right;
      left = { op: OPS[token.kind as keyof typeof OPS], left, right };
    }
    return left;
  }

  #operand(): Expression | ExpressionError {
    const token = this.#tokens[this.#next];
    if (token === undefined) return this.#unexpected();
    this.#next += 1;
    if (token.kind === 'variable') return { op: 'variable', name: token.text.slice(1) };
    if (token.kind === 'text') return { op: 'text', value: token.text.slice(1, -1) };
    if (token.kind === 'null') return { op: 'null' };
    if (token.kind === 'pattern') return readPattern(token, this.#patterns);
    if (token.kind !== '(') {
      this.#next -= 1;
      return this.#unexpected();
    }
    this.#depth += 1;
    if (this.#depth > DEEPEST) return { offset: token.offset, found: '(', reason: 'too-deep' };
    const inner = this.#binary(1);
    this.#depth -= 1;
    if (isExpressionError(inner)) return inner;
    if (this.#tokens[this.#next]?.kind !== ')') return this.#unexpected();
    this.#next += 1;
    return inner;
  }

  #unexpected(): ExpressionError {
    const token = this.#tokens[this.#next];
    return { offset: token?.offset ?? this.#end, found: token?.text ?? '', reason: 'unexpected' };
  }
}

function readPattern(token: Token, patterns: PatternMeter): Expression | ExpressionError {
  const parts = splitPattern(token.text);
  if (parts === null || patterns.compile(parts.source, parts.flags) === null)
    return { offset: token.offset, found: token.text, reason: 'pattern' };
  return { op: 'pattern', ...parts };
}

type Value = string | boolean | null | { source: string; flags: string };

/** What the expression says for these variables: a text that is there and not empty, or a comparison that holds. */
export function evaluateExpression(
  expression: Expression,
  variables: ReadonlyMap<string, string>,
  patterns = new PatternMeter(),
): boolean {
  return truthful(valueIn(expression, variables, patterns));
}

function valueIn(
  expression: Expression,
  variables: ReadonlyMap<string, string>,
  patterns: PatternMeter,
): Value {
  switch (expression.op) {
    case 'null':
      return null;
    case 'text':
      return expression.value;
    case 'variable':
      return variables.get(expression.name) ?? null;
    case 'pattern':
      return { source: expression.source, flags: expression.flags };
    case 'and': {
      const left = valueIn(expression.left, variables, patterns);
      return truthful(left) ? valueIn(expression.right, variables, patterns) : left;
    }
    case 'or': {
      const left = valueIn(expression.left, variables, patterns);
      return truthful(left) ? left : valueIn(expression.right, variables, patterns);
    }
    case 'equal':
    case 'differs': {
      const same =
        flat(valueIn(expression.left, variables, patterns)) ===
        flat(valueIn(expression.right, variables, patterns));
      return same === (expression.op === 'equal');
    }
    case 'matches':
    case 'matches-not': {
      const text = valueIn(expression.left, variables, patterns);
      const found = matches(text, valueIn(expression.right, variables, patterns), patterns);
      return found === (expression.op === 'matches');
    }
  }
}

function flat(value: Value): string | boolean | null {
  return value !== null && typeof value === 'object' ? `/${value.source}/${value.flags}` : value;
}

/** A variable on the right is a pattern when its value is written `/…/`, and otherwise matches nothing. */
function matches(text: Value, pattern: Value, patterns: PatternMeter): boolean {
  if (pattern === null || typeof pattern === 'boolean') return false;
  const parts = typeof pattern === 'string' ? splitPattern(pattern) : pattern;
  if (parts === null) return false;
  return patterns.found(parts.source, parts.flags, typeof text === 'string' ? text : '');
}

function truthful(value: Value): boolean {
  if (typeof value === 'string') return value !== '';
  return value !== null && value !== false;
}

import type { ErrorCode } from '../../../shared/errors.ts';
import type { Values } from '../../../shared/text/format.ts';
import type { Place } from './node.ts';
import { PatternMeter } from './pattern.ts';
import type { Diagnostic } from './types.ts';

/** More findings than this help nobody, and a hostile file could make millions. */
const MOST = 200;

export type PipelineCode = ErrorCode & `pipelines.${string}`;

/** What one reading or plan finds, and what its patterns may cost. The same finding at the same place is kept once. */
export class Notes {
  readonly #seen = new Set<string>();
  readonly #list: Diagnostic[] = [];
  #errors = 0;
  readonly patterns = new PatternMeter();

  error(code: PipelineCode, at: Place, values: Values = {}): void {
    this.#errors += 1;
    this.#add('error', code, at, values);
  }

  /** A pattern that did not compile: RE2 refuses it, or the file has too many. */
  badPattern(at: Place, pattern: string): void {
    if (this.patterns.spent) this.error('pipelines.patterns_heavy', at);
    else this.error('pipelines.pattern', at, { pattern });
  }

  warning(code: PipelineCode, at: Place, values: Values = {}): void {
    this.#add('warning', code, at, values);
  }

  get failed(): boolean {
    return this.#errors > 0;
  }

  /** Sorted by file, line and column. */
  all(): Diagnostic[] {
    return [...this.#list].sort(
      (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
    );
  }

  #add(severity: Diagnostic['severity'], code: PipelineCode, at: Place, values: Values): void {
    const key = `${code} ${at.file} ${at.line} ${at.column}`;
    if (this.#seen.has(key) || this.#list.length >= MOST) return;
    this.#seen.add(key);
    this.#list.push({ severity, code, values, file: at.file, line: at.line, column: at.column });
  }
}

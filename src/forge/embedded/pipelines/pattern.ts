import { RE2JS } from 're2js';

/** Compiled patterns are kept: the same ones are asked for every job. Bounded, as they come from users. */
const kept = new Map<string, Pattern | null>();
const KEPT = 500;
const LONGEST = 2000;

/** A user's pattern on RE2: linear time, the syntax that GitLab takes. */
export interface Pattern {
  found(text: string): boolean;
}

/** Splits `/pattern/flags`; null where the text is not of that form. */
export function splitPattern(text: string): { source: string; flags: string } | null {
  const end = text.lastIndexOf('/');
  if (!text.startsWith('/') || end <= 0) return null;
  const flags = text.slice(end + 1);
  return /^[a-zA-Z]*$/.test(flags) ? { source: text.slice(1, end), flags } : null;
}

/**
 * Compiles and searches, and counts what that costs: linear time is not yet little time when a file holds a thousand
 * long patterns. One meter serves one reading or one plan; once it is `spent`, it compiles and finds nothing more.
 */
export class PatternMeter {
  /** Units of some 20 ns; all together stay near a second. Ordinary files use a thousandth of it. */
  #left = 50_000_000;
  readonly #answers = new Map<string, boolean>();

  get spent(): boolean {
    return this.#left < 0;
  }

  /** The pattern between the slashes with its flags (`i`, `m`, `s`, `U`); null where RE2 refuses it. */
  compile(source: string, flags: string): Pattern | null {
    const key = `${flags}/${source}`;
    const before = kept.get(key);
    if (before !== undefined) return before;
    this.#left -= weight(source) * 500;
    if (this.spent) return null;
    const made = compile(source, flags);
    if (kept.size >= KEPT) kept.clear();
    kept.set(key, made);
    return made;
  }

  /** Whether the pattern is found in the text; false where it is no pattern. */
  found(source: string, flags: string, text: string): boolean {
    const key = `${flags}/${source}\0${text}`;
    const before = this.#answers.get(key);
    if (before !== undefined) return before;
    this.#left -= weight(source) * (text.length + 50);
    const answer = !this.spent && (this.compile(source, flags)?.found(text) ?? false);
    this.#answers.set(key, answer);
    return answer;
  }
}

/** States of the compiled pattern, roughly: its characters and what its counts repeat. */
function weight(source: string): number {
  let sum = source.length;
  for (const [, count, most] of source.matchAll(/\{(\d{1,4})(?:,(\d{0,4}))?\}/g))
    sum += Number(most || count);
  return sum;
}

function compile(source: string, flags: string): Pattern | null {
  if (source.length > LONGEST || !/^[imsU]*$/.test(flags)) return null;
  const prefix = flags === '' ? '' : `(?${[...new Set(flags)].join('')})`;
  try {
    const pattern = RE2JS.compile(`${prefix}${source.replaceAll('\\/', '/')}`);
    return { found: (text) => pattern.matcher(text).find() };
  } catch {
    return null;
  }
}

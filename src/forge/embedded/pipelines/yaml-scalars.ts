export type ScalarValue = string | number | boolean | null;

const FLOAT = /^[-+]?(?:[0-9][0-9_,]*)?\.[0-9]*(?:[eE][+-][0-9]+)?$/;
const SEXAGESIMAL = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}$/;
const SEXAGESIMAL_FLOAT = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}\.[0-9_]*$/;
const DATE = /^\d{4}-(?:1[012]|0\d|\d)-(?:[12]\d|3[01]|0\d|\d)(?:(?:[Tt]|\s+)\d\d?:\d\d:\d\d.*)?$/;

/** True where Ruby would make a date or a time of it, which GitLab refuses ("unspecified class"). */
export function looksLikeDate(text: string): boolean {
  return DATE.test(text);
}

/**
 * A plain YAML 1.1 scalar as Ruby's Psych reads it, which is what GitLab sees: `yes`, `on` are true, `y` and `n` are
 * strings, 0777 is octal, 40_000 has its underscore dropped, 1:30 is sexagesimal, a lone `.` is a string.
 * Source: YAML 1.1 types (yaml.org/type) with Psych's differences.
 */
export function readPlain(text: string): ScalarValue {
  if (text === '' || text === '~' || /^null$/i.test(text)) return null;
  if (/^(?:yes|true|on)$/i.test(text)) return true;
  if (/^(?:no|false|off)$/i.test(text)) return false;
  if (!/^[-+.\d]/.test(text)) return text;
  if (/^\+?\.inf$/i.test(text)) return Number.POSITIVE_INFINITY;
  if (/^-\.inf$/i.test(text)) return Number.NEGATIVE_INFINITY;
  if (/^\.nan$/i.test(text)) return Number.NaN;
  if (SEXAGESIMAL.test(text)) return fromSixties(text);
  if (SEXAGESIMAL_FLOAT.test(text)) return fromSixties(text);
  if (FLOAT.test(text)) {
    if (/^[-+]?\.$/.test(text)) return text;
    const value = Number(text.replace(/[,_]/g, '').replace(/\.(?=[eE]|$)/, ''));
    return Number.isFinite(value) ? value : text;
  }
  return readInteger(text);
}

/** Psych gives the first part 3600, the second 60, the third 1, also where there are two (1:30 is 5400). */
function fromSixties(text: string): number {
  const parts = text.replaceAll('_', '').split(':').map(Number);
  return parts.reduce((sum, part, index) => sum + part * 60 ** (2 - index), 0);
}

/** True where Ruby would keep a float (1.0 is printed "1.0", not "1"). */
export function isFloatText(text: string): boolean {
  return FLOAT.test(text) || SEXAGESIMAL_FLOAT.test(text);
}

function readInteger(text: string): ScalarValue {
  const negative = text.startsWith('-');
  const digits = text.replace(/^[-+]/, '');
  let value: number | null = null;
  if (/^0b[01_]+$/.test(digits)) value = Number.parseInt(digits.slice(2).replaceAll('_', ''), 2);
  else if (/^0x[0-9a-fA-F_]+$/.test(digits)) value = Number.parseInt(digits.slice(2).replaceAll('_', ''), 16);
  else if (/^0[0-7_]+$/.test(digits)) value = Number.parseInt(digits.replaceAll('_', ''), 8);
  else if (/^(?:0|[1-9](?:[0-9]|[_,][0-9])*)$/.test(digits)) value = Number(digits.replace(/[_,]/g, ''));
  if (value === null || !Number.isFinite(value)) return text;
  // A long number (a commit, an account) keeps its digits: Ruby's integers are exact, ours are not.
  if (!Number.isSafeInteger(value)) return digits.replace(/[_,]/g, '').replace(/^/, negative ? '-' : '');
  return negative ? -value : value;
}

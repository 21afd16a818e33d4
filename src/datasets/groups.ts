import { RE2JS } from 're2js';
import { fault } from '../shared/errors.ts';

/** One line of groups.csv; a comma in path or group needs the path in quotes. */
export function formatGroupLine(path: string, group: string): string {
  const quote = /[",]/.test(path) || group.includes(',');
  return `${quote ? `"${path.replaceAll('"', '""')}"` : path},${group}\n`;
}

/**
 * `--group REGEX`: path → first capture, or null where the pattern does not fit. On RE2, since a pattern kept with
 * the data set is another person's.
 * @throws data.bad_group_pattern
 */
export function compileGroupPattern(pattern: string): (path: string) => string | null {
  const refuse = (reason: string, cause?: unknown) =>
    fault('data.bad_group_pattern', { pattern, reason }, { cause });
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : 'RE2 refuses it', cause);
  }
  if (pattern.length > 1000) throw refuse('longer than 1,000 characters');
  if (compiled.groupCount() < 1) throw refuse('it captures nothing');
  return (path) => {
    const matcher = compiled.matcher(path);
    return matcher.find() ? (matcher.group(1) ?? null) : null;
  };
}

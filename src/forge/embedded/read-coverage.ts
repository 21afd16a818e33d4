import { RE2JS } from 're2js';

/**
 * The percentage that a job's `coverage:` pattern finds in its log: the last number of the last match, as on GitLab.
 * Null where there is none. Users' patterns run on RE2, so no log makes them slow.
 */
export function readCoverage(log: string, pattern: string): number | null {
  let matcher: ReturnType<RE2JS['matcher']>;
  try {
    matcher = RE2JS.compile(pattern).matcher(log);
  } catch {
    return null;
  }
  let last: string | null = null;
  while (matcher.find()) last = matcher.group() ?? last;
  const value = Number(last?.match(/\d{1,3}(?:\.\d{1,10})?/g)?.at(-1) ?? Number.NaN);
  return Number.isFinite(value) ? value : null;
}

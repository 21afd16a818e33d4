import { gunzipSync } from 'node:zlib';

/** What a report says in a few figures; shown with the job. */
export type ReportSummary =
  | { type: 'junit'; tests: number; failures: number; errors: number; skipped: number }
  | { type: 'metrics'; metrics: Record<string, number> };

/** Reports larger than this are kept, not read: they are for people with tools. */
export const reportLimitBytes = 4 * 1024 * 1024;
const mostMetrics = 200;

/** Reads a gzipped junit or metrics report; null where it is none that can be read. Nothing in it is trusted. */
export function readReport(type: string, packed: Uint8Array): ReportSummary | null {
  if (type !== 'junit' && type !== 'metrics') return null;
  let text: string;
  try {
    text = gunzipSync(packed, { maxOutputLength: reportLimitBytes }).toString();
  } catch {
    return null;
  }
  return type === 'junit' ? readJunit(text) : readMetrics(text);
}

/** Counts the cases themselves, since the totals that files state are often missing or those of nested suites. */
export function readJunit(xml: string): ReportSummary {
  const count = (tag: string) => xml.split(new RegExp(`<${tag}(?=[\\s/>])`)).length - 1;
  return {
    type: 'junit',
    tests: count('testcase'),
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
  };
}

/** OpenMetrics text: `name value` or `name{labels} value` a line; comments and what is no number are left out. */
export function readMetrics(text: string): ReportSummary {
  const metrics: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const match = /^([A-Za-z_:][\w:.]{0,199}(?:\{[^}]{0,500}\})?)\s+(\S{1,40})/.exec(line);
    const value = Number(match?.[2]);
    if (!match?.[1] || !Number.isFinite(value) || Object.keys(metrics).length >= mostMetrics) continue;
    metrics[match[1]] = value;
  }
  return { type: 'metrics', metrics };
}

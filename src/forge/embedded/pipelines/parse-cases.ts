import type { CiConfig, CiJob } from './config.ts';
import { renderDiagnostic } from './diagnostics.ts';
import { parseCi } from './parse.ts';
import { textReader } from './text-reader.ts';

const FILE = '.gitlab-ci.yml';

export function parse(
  source: string,
  more: Record<string, string> = {},
  variables: Record<string, string> = {},
) {
  const reader = textReader({ [FILE]: source, ...more });
  return parseCi(reader, FILE, { variables, changedFiles: () => 'all', listFiles: () => reader.list() });
}

/** The findings as `code@file:line:column`, the file left out where it is the main one; each must render in full. */
export function findings(source: string, more: Record<string, string> = {}): string[] {
  return parse(source, more).diagnostics.map((diagnostic) => {
    for (const lang of ['en', 'ja'] as const) {
      const text = renderDiagnostic(diagnostic, lang);
      if (/\{(?:job|name|key|where|path|value|limit)\}/.test(text))
        throw new Error(`a place is empty: ${text}`);
    }
    const file = diagnostic.file === FILE ? '' : `${diagnostic.file}:`;
    return `${diagnostic.code.replace('pipelines.', '')}@${file}${diagnostic.line}:${diagnostic.column}`;
  });
}

export function config(
  source: string,
  more: Record<string, string> = {},
  variables: Record<string, string> = {},
): CiConfig {
  const result = parse(source, more, variables);
  if (result.config === null)
    throw new Error(result.diagnostics.map((d) => renderDiagnostic(d, 'en')).join('\n'));
  return result.config;
}

export function job(source: string, name = 'a', more: Record<string, string> = {}): CiJob {
  const found = config(source, more).jobs.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no job ${name}`);
  return found;
}

/** A clock of processor time in milliseconds: what work costs, however busy the machine is with other things. */
export function cpuClock(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
}

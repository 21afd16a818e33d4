import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { textReader } from '../../src/forge/embedded/pipelines/text-reader.ts';
import type { CiReader } from '../../src/forge/embedded/pipelines/types.ts';

/**
 * One case of test/ci-files: a file, or a folder with a `.gitlab-ci.yml`. Its comments say what must come of it for a
 * push to main (`# jobs:`, `# none: code`, `# refused: code line:column`, `# warns: codes`) and where another judge is
 * known to differ, with the reason (`# schema:`, `# gitlab-ci-local:`).
 */
export interface CiCase {
  name: string;
  files: Readonly<Record<string, string>>;
  reader: CiReader;
  expected: { kind: 'jobs' | 'none' | 'refused'; value: string };
  warns: readonly string[];
  differs: Readonly<Record<'schema' | 'gitlab-ci-local', string | null>>;
}

export const CI_FILE = '.gitlab-ci.yml';
export const ciFilesFolder = path.join(import.meta.dirname, '../ci-files');

export function ciCases(): CiCase[] {
  return readdirSync(ciFilesFolder)
    .filter((name) => name.endsWith('.yml') || statSync(path.join(ciFilesFolder, name)).isDirectory())
    .sort()
    .map(readCase);
}

function readCase(name: string): CiCase {
  const files = readFiles(path.join(ciFilesFolder, name));
  const source = files[CI_FILE] ?? '';
  const said = (key: string): string | null => new RegExp(`^# ${key}: (.*)$`, 'm').exec(source)?.[1] ?? null;
  for (const kind of ['jobs', 'none', 'refused'] as const) {
    const value = said(kind);
    if (value === null) continue;
    return {
      name,
      files,
      reader: textReader(files),
      expected: { kind, value },
      warns: said('warns')?.split(', ') ?? [],
      differs: { schema: said('schema'), 'gitlab-ci-local': said('gitlab-ci-local') },
    };
  }
  throw new Error(`${name} does not say what must come of it`);
}

function readFiles(at: string): Record<string, string> {
  if (statSync(at).isFile()) return { [CI_FILE]: readFileSync(at, 'utf8') };
  const names = readdirSync(at, { recursive: true, encoding: 'utf8' }).filter((each) =>
    each.endsWith('.yml'),
  );
  return Object.fromEntries(names.map((each) => [each, readFileSync(path.join(at, each), 'utf8')]));
}

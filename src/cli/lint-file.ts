import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { renderDiagnostic } from '../forge/embedded/pipelines/diagnostics.ts';
import { type LintResult, lintPipeline } from '../forge/embedded/pipelines/lint.ts';
import type { CiReader, PipelineSource } from '../forge/embedded/pipelines/types.ts';
import { fault } from '../shared/errors.ts';
import type { Lang } from '../shared/text/format.ts';
import { badValue } from './usage.ts';

/** `seto pipeline lint --json`: the result with each finding also as one line of text. */
export type LintReport = Omit<LintResult, 'diagnostics'> & {
  diagnostics: (LintResult['diagnostics'][number] & { text: string })[];
};

const sources = ['push', 'schedule', 'web', 'api', 'trigger'] as const;
/** More files than this are no repository somebody checks by hand; a home folder would take minutes. */
const mostFiles = 50_000;
/** The parser refuses files above 1 MB by its own rule; one byte more is enough for it to see that. */
const mostBytes = 1024 * 1024 + 1;

/** Checks a CI file on disk with what it includes, without a server. Paths are those of the repository around it. */
export function lintFile(
  file: string,
  options: { ref: string; tag?: true; source: string; lang: Lang },
): LintReport {
  const source = sources.find((each) => each === options.source);
  if (source === undefined)
    throw badValue('seto pipeline lint', { name: '--source', value: options.source }, 'usage.one_of', {
      list: sources.join(', '),
    });
  if (!existsSync(file)) throw fault('core.not_found', { what: file });
  const root = repositoryOf(path.dirname(file));
  const result = lintPipeline(readerOf(root), path.relative(root, file).split(path.sep).join('/'), {
    ref: options.ref,
    tag: options.tag ?? false,
    source: source satisfies PipelineSource,
    lang: options.lang,
  });
  return {
    ...result,
    diagnostics: result.diagnostics.map((each) => ({ ...each, text: renderDiagnostic(each, options.lang) })),
  };
}

/** The folder with `.git` at or above `folder`; the folder itself where there is none. */
function repositoryOf(folder: string): string {
  for (let at = folder; ; at = path.dirname(at)) {
    if (existsSync(path.join(at, '.git'))) return at;
    if (at === path.dirname(at)) return folder;
  }
}

function readerOf(root: string): CiReader {
  let files: string[] | null = null;
  return {
    read: (name) => {
      const file = path.join(root, name);
      if (!file.startsWith(root + path.sep) || !existsSync(file)) return null;
      const stat = lstatSync(file);
      if (!stat.isFile()) return null;
      return stat.size > mostBytes ? ' '.repeat(mostBytes) : readFileSync(file, 'utf8');
    },
    list: () => {
      files ??= walk(root);
      return files;
    },
  };
}

function walk(root: string): string[] {
  const found: string[] = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined && found.length < mostFiles; folder = folders.pop())
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && entry.name !== '.git' && entry.name !== 'node_modules') folders.push(name);
      else if (entry.isFile()) found.push(name);
    }
  return found.sort();
}

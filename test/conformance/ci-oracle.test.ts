import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type LintJob, lintPipeline } from '../../src/forge/embedded/pipelines/lint.ts';
import type { Node } from '../../src/forge/embedded/pipelines/node.ts';
import { Notes } from '../../src/forge/embedded/pipelines/notes.ts';
import { readYaml } from '../../src/forge/embedded/pipelines/yaml-read.ts';
import { CI_FILE, type CiCase, ciCases } from './ci-files.ts';

/**
 * gitlab-ci-local reads the same files: once each, one at a time. Where it is known to be wrong, the file says so.
 * Files whose point is how scripts and variables come together are compared after `--preview`, the others by `--list-json`.
 */
const PREVIEWED = [
  'anchors',
  'default-inherit',
  'extends-chain',
  'globals',
  'include-local',
  'include-override',
  'references',
  'scripts',
];
const program = path.join(import.meta.dirname, '../../node_modules/gitlab-ci-local/dist/index.js');
const judged = ciCases().filter((ciCase) => ciCase.differs['gitlab-ci-local'] === null);
const [previewed, listed] = [
  judged.filter((ciCase) => PREVIEWED.includes(ciCase.name.replace('.yml', ''))),
  judged.filter((ciCase) => !PREVIEWED.includes(ciCase.name.replace('.yml', ''))),
];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'seto-ci-oracle-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function ask(ciCase: CiCase, flag: string): { status: number | null; stdout: string; stderr: string } {
  const cwd = path.join(folder, ciCase.name);
  for (const [file, text] of Object.entries(ciCase.files)) {
    mkdirSync(path.dirname(path.join(cwd, file)), { recursive: true });
    writeFileSync(path.join(cwd, file), text);
  }
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    LANG: 'C',
    GIT_AUTHOR_NAME: 'n',
    GIT_AUTHOR_EMAIL: 'n@example.org',
    GIT_COMMITTER_NAME: 'n',
    GIT_COMMITTER_EMAIL: 'n@example.org',
  };
  const git = (...args: string[]) => spawnSync('git', args, { cwd, env });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'case');
  git('remote', 'add', 'origin', 'https://gitlab.example/g/p.git');
  git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
  const schema = ciCase.expected.kind === 'refused' ? [] : ['--json-schema-validation=false'];
  return spawnSync(process.execPath, [program, flag, ...schema], {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 30_000,
  });
}

function ours(ciCase: CiCase): LintJob[] {
  return lintPipeline(ciCase.reader, CI_FILE, { ref: 'main', tag: false, source: 'push', lang: 'en' }).jobs;
}

/** The entry of the file that a spread job came from: the oracle lists needs by entry. */
function family(name: string): string {
  return name.replace(/ \d+\/\d+$|: \[[^\]]*\]$/, '');
}

const listing = z.array(
  z.object({
    name: z.string(),
    stage: z.string(),
    when: z.string(),
    allow_failure: z.unknown(),
    needs: z.array(z.object({ job: z.string(), optional: z.boolean().optional() })).optional(),
  }),
);

describe('gitlab-ci-local lists the same jobs', () => {
  it.each(listed)('$name', (ciCase) => {
    const { status, stdout, stderr } = ask(ciCase, '--list-json');
    if (ciCase.expected.kind === 'refused') {
      expect(status, stdout).not.toBe(0);
      return;
    }
    expect(status, stderr).toBe(0);
    const theirs = listing.parse(JSON.parse(stdout)).filter((job) => job.when !== 'never');
    const present = new Set(theirs.map((job) => family(job.name)));
    const seen = theirs.map(({ name, stage, when, allow_failure, needs }) => ({
      // It writes `a: [1/3]` and `a: [x,y]`.
      name: name.replace(/: \[(\d+\/\d+)\]$/, ' $1').replace(/,(?! )/g, ', '),
      stage,
      when,
      // What a manual job may by itself, it does not say.
      mayFail: when === 'manual' ? null : Boolean(allow_failure),
      needs:
        needs?.filter((need) => need.optional !== true || present.has(need.job)).map((need) => need.job) ??
        null,
    }));
    const made = ours(ciCase).map(({ name, stage, when, allowFailure, needs }) => ({
      name,
      stage,
      when,
      mayFail: when === 'manual' ? null : Boolean(allowFailure),
      needs: needs === null ? null : [...new Set(needs.map(family))],
    }));
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(made.sort(byName)).toEqual(seen.sort(byName));
  });
});

describe('gitlab-ci-local puts scripts and variables together in the same way', () => {
  it.each(previewed)('$name', (ciCase) => {
    const { status, stdout, stderr } = ask(ciCase, '--preview');
    expect(status, stderr).toBe(0);
    const root = plain(readYaml(stdout, 'preview', new Notes())) as Record<string, Record<string, unknown>>;
    const lines = (value: unknown): string[] =>
      value === undefined || value === null ? [] : [value].flat(12).map((line) => String(line).trimEnd());
    for (const job of ours(ciCase)) {
      const theirs = root[job.name];
      expect({
        script: job.script.map((line) => line.trimEnd()),
        beforeScript: job.beforeScript,
        afterScript: job.afterScript,
        tags: job.tags,
        variables: job.variables,
      }).toEqual({
        script: lines(theirs?.['script']),
        beforeScript: lines(theirs?.['before_script']),
        afterScript: lines(theirs?.['after_script']),
        // It does not hand down the tags of default:.
        tags: theirs?.['tags'] === undefined ? job.tags : lines(theirs['tags']),
        variables: inherited(root, theirs),
      });
    }
  });
});

/** It keeps top-level variables apart; a job takes them as its `inherit` says. */
function inherited(
  root: Record<string, Record<string, unknown>>,
  job: Record<string, unknown> | undefined,
): unknown {
  const inherit = (job?.['inherit'] as { variables?: boolean | string[] } | undefined)?.variables ?? true;
  const top = Object.entries(root['variables'] ?? {}).filter(([key]) =>
    Array.isArray(inherit) ? inherit.includes(key) : inherit,
  );
  const own = Object.entries((job?.['variables'] as Record<string, unknown> | undefined) ?? {});
  const text = (value: unknown) =>
    String(typeof value === 'object' && value !== null ? (value as { value: unknown }).value : value);
  return Object.fromEntries([...top, ...own].map(([key, value]) => [key, text(value)]));
}

function plain(node: Node | null): unknown {
  if (node === null) return null;
  if (node.kind === 'map')
    return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plain(entry.value)]));
  return node.kind === 'seq' ? node.items.map(plain) : node.kind === 'scalar' ? node.value : [...node.path];
}

import { spawnSync } from 'node:child_process';
import type { Project } from '../../identity/projects.ts';
import type { ForgeContext } from './forge-context.ts';
import { gitArgv, gitEnvironment } from './git/git-command.ts';
import { noCommit, type TreeFile } from './git/repositories.ts';
import { parseCi } from './pipelines/parse.ts';
import { planPipeline } from './pipelines/plan.ts';
import type { CiReader, Diagnostic, PipelinePlan, PipelineSource, PlanContext } from './pipelines/types.ts';
import { type RunFacts, runVariables } from './predefined-variables.ts';

/** The file that says what to do. */
export const ciFile = '.gitlab-ci.yml';

export type PlannedRun =
  | { outcome: 'plan'; plan: PipelinePlan; diagnostics: Diagnostic[]; facts: RunFacts }
  | { outcome: 'errors'; diagnostics: Diagnostic[]; facts: RunFacts }
  /** `code` of the error catalogue; null where the commit has no CI file. */
  | { outcome: 'none'; code: string | null };

export interface RunRequest {
  project: Project;
  ref: string;
  refType: 'branch' | 'tag';
  sha: string;
  beforeSha: string;
  source: PipelineSource;
  user: { id: number; name: string };
  /** Run variables and project variables for this ref. */
  variables: Readonly<Record<string, string>>;
}

/** A file past this is refused by the parser; it only needs to see that it is too long. */
const longestBytes = 1024 * 1024;
/** All included files of one round; real ones have some kilobytes, and all of them stand in memory at once. */
const mostBytes = 32 * 1024 * 1024;
/** Each round reads what the round before asked for: includes nest, but no file needs so many levels. */
const mostRounds = 30;

/** Reads the CI file of a commit with all it may include, and plans the run. Changes nothing. */
export async function planRun(ctx: ForgeContext, request: RunRequest): Promise<PlannedRun> {
  const { repositories, identity } = ctx;
  const { project, sha } = request;
  const comparable = request.beforeSha !== noCommit && request.source === 'push';
  const [tree, commit, changed] = await Promise.all([
    repositories.files(project.path, sha),
    repositories.commitInfo(project.path, sha),
    comparable ? repositories.changedFiles(project.path, request.beforeSha, sha) : null,
  ]);
  if (!tree.some((file) => file.path === ciFile)) return { outcome: 'none', code: null };
  const files = new Map(tree.map((file) => [file.path, file]));
  const texts = new Map<string, string>();
  const paths = tree.map((file) => file.path);
  const protectedRef = identity.isProtected(project.id, request.ref);
  const facts: RunFacts = {
    url: ctx.url(),
    webUrl: ctx.url(),
    project,
    ref: request.ref,
    refType: request.refType,
    protectedRef,
    sha,
    beforeSha: request.beforeSha,
    source: request.source,
    commit,
    user: request.user,
  };
  const context: PlanContext = {
    variables: request.variables,
    predefined: runVariables(facts),
    ref: request.ref,
    refType: request.refType,
    source: request.source,
    protectedRef,
    changedFiles: (compareTo) =>
      compareTo === undefined
        ? (changed ?? 'all')
        : changedSince(repositories.folder(project.path), compareTo, sha),
    listFiles: () => paths,
  };
  let asked = new Set([ciFile]);
  const reader: CiReader = {
    read: (path) => {
      const text = texts.get(path);
      if (text === undefined && files.has(path)) asked.add(path);
      return text ?? null;
    },
    list: () => paths,
  };
  let parsed: ReturnType<typeof parseCi> = { config: null, diagnostics: [] };
  // Parsing is pure and cannot wait for git: it is repeated until it asks for nothing new.
  for (let round = 0; asked.size > 0 && round < mostRounds; round += 1) {
    await readInto(
      texts,
      [...asked].flatMap((path) => files.get(path) ?? []),
    );
    asked = new Set();
    parsed = parseCi(reader, ciFile, context);
  }
  if (parsed.config === null) return { outcome: 'errors', diagnostics: parsed.diagnostics, facts };
  const planned = planPipeline(parsed.config, context);
  const diagnostics = [...parsed.diagnostics, ...planned.diagnostics];
  if (planned.plan) return { outcome: 'plan', plan: planned.plan, diagnostics, facts };
  if (planned.noPipeline !== undefined) return { outcome: 'none', code: planned.noPipeline };
  return { outcome: 'errors', diagnostics, facts };

  async function readInto(into: Map<string, string>, wanted: readonly TreeFile[]): Promise<void> {
    let total = 0;
    const small = wanted.filter((file) => {
      if (file.size > longestBytes || total + file.size > mostBytes) return false;
      total += file.size;
      return true;
    });
    const contents = await repositories.blobs(
      project.path,
      small.map((file) => file.oid),
    );
    small.forEach((file, at) => {
      into.set(file.path, contents[at]?.toString() ?? '');
    });
    for (const file of wanted) if (!into.has(file.path)) into.set(file.path, ' '.repeat(longestBytes + 1));
  }
}

/** `rules:changes:compare_to` is rare and asked from inside pure planning: the one place that waits for git. */
function changedSince(folder: string, compareTo: string, sha: string): readonly string[] | 'all' {
  if (compareTo.startsWith('-')) return 'all';
  const [command, ...args] = gitArgv([
    '--git-dir',
    folder,
    'diff',
    '--name-only',
    '-z',
    '--no-renames',
    '--merge-base',
    '--end-of-options',
    compareTo,
    sha,
  ]);
  const result = spawnSync(command, args, {
    env: gitEnvironment(),
    timeout: 10_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  return result.status === 0
    ? result.stdout
        .toString()
        .split('\0')
        .filter((name) => name !== '')
    : 'all';
}

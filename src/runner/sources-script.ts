import type { JobPayload } from './job-payload.ts';
import { quote } from './step-script.ts';

/**
 * The git commands that fill the working copy, as a shell script run inside the job's sandbox (the repository's own
 * configuration may name programs). The folder is the job's own and new, so `clone` and `fetch` are the same.
 * The fetch is tried for two minutes, for as long as our commands in a job wait for a platform that is away.
 */
export function sourcesScript(
  job: JobPayload,
  env: Readonly<Record<string, string>>,
  projectDir: string,
): string {
  const { repo_url: url, sha, ref, refspecs } = job.git_info;
  const strategy = env['GIT_STRATEGY'] ?? 'fetch';
  const head = ['set -e', `mkdir -p ${quote(projectDir)}`, `cd ${quote(projectDir)}`];
  if (strategy === 'none' || strategy === 'empty')
    return `${[...head, `echo ${quote(`Skipping Git repository setup (GIT_STRATEGY: ${strategy})`)}`].join('\n')}\n`;
  const depth = depthOf(job, env);
  const flags = [
    '--no-recurse-submodules',
    '--force',
    '--quiet',
    ...(depth > 0 ? ['--depth', String(depth)] : []),
    ...(refspecs.some((each) => each.includes('refs/tags/')) ? [] : ['--no-tags']),
  ];
  const fetch = `git fetch ${flags.join(' ')} origin ${refspecs.map(quote).join(' ')}`;
  const lines = [
    ...head,
    'git init --quiet',
    `git remote add origin ${quote(url)}`,
    'git config gc.auto 0',
    'git config fetch.recurseSubmodules false',
    `echo ${quote(`Fetching changes${depth > 0 ? ` with git depth set to ${depth}` : ''}...`)}`,
    `for wait in 1 2 4 8 15 15 15 15 15 15 15 0; do ${fetch} && break; test "$wait" -gt 0 || exit 1; sleep "$wait"; done`,
  ];
  if (env['GIT_CHECKOUT'] !== 'false')
    lines.push(
      `echo ${quote(`Checking out ${sha.slice(0, 8)} as detached HEAD (ref is ${ref})...`)}`,
      `git -c submodule.recurse=false checkout --force --quiet --detach ${quote(sha)}`,
      ...submodules(env, depth),
    );
  return `${lines.join('\n')}\n`;
}

function depthOf(job: JobPayload, env: Readonly<Record<string, string>>): number {
  const asked = env['GIT_DEPTH'];
  return asked !== undefined && /^\d+$/.test(asked) ? Number(asked) : job.git_info.depth;
}

function submodules(env: Readonly<Record<string, string>>, depth: number): string[] {
  const strategy = env['GIT_SUBMODULE_STRATEGY'] ?? 'none';
  if (strategy !== 'normal' && strategy !== 'recursive') return [];
  const recursive = strategy === 'recursive' ? ' --recursive' : '';
  const shallow = depth > 0 ? ` --depth ${depth}` : '';
  return [
    `echo ${quote('Updating/initializing submodules...')}`,
    'git submodule init',
    `git submodule sync${recursive}`,
    `git submodule update --init --force${recursive}${shallow}`,
  ];
}

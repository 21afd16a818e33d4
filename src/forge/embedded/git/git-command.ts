import { type RunOptions, type RunResult, run } from '../../../shared/subprocess.ts';

/**
 * Settings of every git that touches a repository of ours. No hook runs; what a push brings is checked before it is
 * kept; `core.fsync` makes objects and refs survive a power cut (the default left empty objects);
 * gc is ours to start, since an automatic one would run beside requests.
 */
const settings = [
  'core.hooksPath=/dev/null',
  'core.fsync=committed,reference',
  'core.fsyncMethod=fsync',
  'core.quotePath=false',
  'core.logAllRefUpdates=false',
  'receive.fsckObjects=true',
  'receive.maxInputSize=4g',
  'receive.hideRefs=refs/pipelines',
  'receive.advertisePushOptions=true',
  'receive.autogc=false',
  'receive.denyDeletes=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'uploadpack.allowFilter=true',
  'uploadpack.allowTipSHA1InWant=true',
  'uploadpack.keepAlive=5',
  'protocol.version=2',
  'protocol.allow=never',
  'safe.directory=*',
] as const;

/** argv of a git command with our settings and nobody else's. */
export function gitArgv(args: readonly string[]): [string, ...string[]] {
  return ['git', ...settings.flatMap((setting) => ['-c', setting]), ...args];
}

/** The whole environment of git: no system or user configuration, no prompt, no home. */
export function gitEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    ...extra,
  };
}

/** Runs git in a repository and returns what it printed; a failure throws with git's own words as the detail. */
export async function runGit(
  folder: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Buffer> {
  const result = await tryGit(folder, args, options);
  if (result.code !== 0)
    throw new Error(
      `git ${args[0]} ended with ${result.code ?? result.signal}: ${result.stderr.slice(0, 2000)}`,
    );
  return result.stdout;
}

/** Runs git where a non-zero exit is an answer (`rev-parse --verify`). */
export function tryGit(
  folder: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  return run(gitArgv(['--git-dir', folder, ...args]), {
    env: gitEnvironment(),
    timeoutMs: 60_000,
    maxOutputBytes: 64 * 1024 * 1024,
    ...options,
  });
}

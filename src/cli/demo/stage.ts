import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Client, createClient } from '../../client/client.ts';
import { readCredentials } from '../../client/credentials.ts';
import { askOwner, askSocket, controlSocket } from '../../server/control-socket.ts';
import serverEnvironment from '../../server/environment.json' with { type: 'json' };
import { fault } from '../../shared/errors.ts';
import { programFile } from '../../shared/program.ts';
import { type RunResult, run } from '../../shared/subprocess.ts';
import type { Lang } from '../../shared/text/format.ts';

const main = programFile('main');

/** Socket paths must fit 108 bytes (unix(7)); a longer temporary folder than this leaves no room for ours. */
const longestTemporaryFolder = 40;

export interface PlatformIdentity {
  pid: number;
  url: string;
  gatewayUrl: string;
}

/** A platform of its own in a temporary folder, and a home for the person who uses it. */
export interface Stage {
  dir: string;
  dataDir: string;
  url: string;
  gatewayUrl: string;
  client: Client;
  /** Runs `seto ARGS` as a user would; throws with its output where it fails and `allow` does not list the code. */
  seto(args: readonly string[], options?: { cwd?: string; allow?: readonly number[] }): Promise<RunResult>;
  /** `seto ARGS --json`, parsed. */
  setoJson<T>(args: readonly string[], options?: { cwd?: string }): Promise<T>;
  git(cwd: string, args: readonly string[]): Promise<RunResult>;
  /** Ends every process and removes every file. */
  close(): Promise<void>;
}

/** Starts the platform with free ports, signs in, returns when it answers. */
export async function openStage(lang: Lang, yaml: string, signal: AbortSignal): Promise<Stage> {
  const dir = shortTemporaryFolder();
  const dataDir = path.join(dir, 'data');
  const home = path.join(dir, 'home');
  await mkdir(home, { recursive: true });
  writeFileSync(path.join(dir, 'seto.yaml'), yaml);
  const env = userEnvironment(home, lang);
  const controlPlane = startControlPlane(dir, dataDir, env);
  const remove = async () => {
    await run([process.execPath, main, 'down', '--data', dataDir], { env, timeoutMs: 60_000 });
    if (controlPlane.exitCode === null) controlPlane.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const identity = await waitForPlatform(dir, dataDir, controlPlane, signal);
    const { url: link } = await askOwner<{ url: string }>(dataDir, 'POST', '/sign-in');
    const seto: Stage['seto'] = async (args, options = {}) => {
      const result = await run([process.execPath, main, ...args], {
        cwd: options.cwd ?? dir,
        env,
        signal,
      });
      if (result.code !== 0 && !options.allow?.includes(result.code ?? -1))
        throw fault('demo.step_failed', {
          command: `seto ${args.join(' ')}`,
          output: `${result.stdout}${result.stderr}`.trim(),
        });
      return result;
    };
    await seto(['login', link]);
    const token = readCredentials(env)?.platforms[identity.url]?.token ?? null;
    const client = createClient({ url: identity.url, token, lang, env: {} });
    return {
      dir,
      dataDir,
      ...identity,
      client,
      seto,
      setoJson: async <T>(args: readonly string[], options: { cwd?: string } = {}) =>
        JSON.parse((await seto([...args, '--json'], options)).stdout.toString()) as T,
      git: async (cwd, args) => {
        const result = await run(['git', ...args], { cwd, env, signal });
        if (result.code !== 0)
          throw fault('demo.step_failed', { command: `git ${args.join(' ')}`, output: result.stderr.trim() });
        return result;
      },
      close: async () => {
        await client.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A new folder whose path leaves room for our sockets. */
export function shortTemporaryFolder(): string {
  const base = tmpdir().length > longestTemporaryFolder ? '/tmp' : tmpdir();
  return mkdtempSync(path.join(base, 'seto-'));
}

/** The environment of a person who uses the platform from a home of their own. */
export function userEnvironment(home: string, lang: Lang): Record<string, string> {
  return {
    PATH: `${path.dirname(process.execPath)}:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
    HOME: home,
    LANG: lang === 'ja' ? 'ja_JP.UTF-8' : 'C.UTF-8',
    // git names its language by this one even where the locale is not installed.
    LANGUAGE: lang,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'demo',
    GIT_AUTHOR_EMAIL: 'demo@localhost',
    GIT_COMMITTER_NAME: 'demo',
    GIT_COMMITTER_EMAIL: 'demo@localhost',
    ...Object.fromEntries(
      ['CI', 'NODE_COMPILE_CACHE'].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
    ),
  };
}

/** Detached and logging to a file, so that `--keep` can leave it behind. */
export function startControlPlane(dir: string, dataDir: string, env: Record<string, string>): ChildProcess {
  const log = openSync(path.join(dir, 'up.log'), 'a', 0o600);
  const child = spawn(
    process.execPath,
    [main, 'up', '--config', path.join(dir, 'seto.yaml'), '--data', dataDir],
    { env: { ...serverEnvironment, ...env }, cwd: dir, detached: true, stdio: ['ignore', log, log] },
  );
  closeSync(log);
  child.unref();
  return child;
}

/** Waits until the control plane of this folder answers its owner; throws with its log where it ends before. */
export async function waitForPlatform(
  dir: string,
  dataDir: string,
  child: ChildProcess,
  signal: AbortSignal,
): Promise<PlatformIdentity> {
  const until = Date.now() + 60_000;
  while (Date.now() < until && child.exitCode === null && child.signalCode === null && !signal.aborted) {
    const identity = await askSocket<PlatformIdentity>(controlSocket(dataDir), 'GET', '/identity');
    if (identity) return identity;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  signal.throwIfAborted();
  throw fault('demo.step_failed', {
    command: 'seto up',
    output: readFileSync(path.join(dir, 'up.log'), 'utf8').slice(-4000),
  });
}

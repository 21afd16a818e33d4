import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import {
  shortTemporaryFolder,
  startControlPlane,
  userEnvironment,
  waitForPlatform,
} from '../../src/cli/demo/stage.ts';
import { type Client, createClient } from '../../src/client/client.ts';
import { readCredentials } from '../../src/client/credentials.ts';
import { askOwner } from '../../src/server/control-socket.ts';
import { type RunResult, run } from '../../src/shared/subprocess.ts';
import { lendRuntime } from './lent-runtime.ts';

const main = path.join(import.meta.dirname, '../../src/main.ts');

export interface PlatformOptions {
  /** More lines of seto.yaml; `pools:` replaces the default pools. */
  yaml?: string;
  /** More of the control plane's environment. */
  env?: Readonly<Record<string, string>>;
}

export interface UserRun {
  cwd?: string;
  /** Exit codes beside 0 that are no failure. */
  allow?: readonly number[];
  env?: Readonly<Record<string, string>>;
  timeoutMs?: number;
}

/** A real platform in child processes, as a user has it: control plane, gateway, nodes, and a home of one's own. */
export interface Platform {
  dir: string;
  dataDir: string;
  url: string;
  gatewayUrl: string;
  env: Record<string, string>;
  client: Client;
  /** The control plane's process id; another one after each start. */
  pid(): number;
  /** SIGKILL of the control plane alone; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts it again after `kill`; resolves when it answers. */
  start(): Promise<void>;
  /** `seto ARGS` as the user; throws with its output where it fails. */
  seto(args: readonly string[], options?: UserRun): Promise<RunResult>;
  setoJson<T>(args: readonly string[], options?: UserRun): Promise<T>;
  /** `seto ARGS` in the background, its output in a file. */
  begin(args: readonly string[], options?: UserRun): { child: ChildProcess; ended: Promise<string> };
  git(cwd: string, args: readonly string[], options?: UserRun): Promise<RunResult>;
  /** What the control plane wrote. */
  log(): string;
  /** Processes that belong to this platform, each with its arguments. */
  processes(): { pid: number; line: string }[];
  /** `seto down`, then removes the folder; answers the processes that `seto down` left (and ends them). */
  close(): Promise<string[]>;
}

/** Ports stay the same over a restart, as in a real installation: nodes and URLs that were given out go on working. */
export async function openPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const dir = shortTemporaryFolder();
  const dataDir = path.join(dir, 'data');
  const home = path.join(dir, 'home');
  mkdirSync(home, { recursive: true });
  await lendRuntime(dataDir);
  const [listen, link, gateway] = await freePorts(3);
  const yaml = options.yaml ?? '';
  writeFileSync(
    path.join(dir, 'seto.yaml'),
    `listen: 127.0.0.1:${listen}
link: { port: ${link} }
gateway: { listen: "127.0.0.1:${gateway}" }
${/^pools:/m.test(yaml) ? '' : defaultPools}${yaml}`,
  );
  const env = userEnvironment(home, 'en');
  const controlEnv = { ...env, SETO_LOG: 'warn', ...options.env };
  let child: ChildProcess = startControlPlane(dir, dataDir, controlEnv);
  const never = new AbortController().signal;
  const up = () => waitForPlatform(dir, dataDir, child, never);

  const seto: Platform['seto'] = (args, each = {}) => asUser([process.execPath, main, ...args], each);
  const asUser = async (argv: [string, ...string[]], each: UserRun): Promise<RunResult> => {
    const result = await run(argv, {
      cwd: each.cwd ?? dir,
      env: { ...env, ...each.env },
      timeoutMs: each.timeoutMs ?? 60_000,
    });
    if (result.code !== 0 && !each.allow?.includes(result.code ?? -1))
      throw new Error(`${argv.slice(2).join(' ')}: exit ${result.code}\n${result.stdout}${result.stderr}`);
    return result;
  };
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGKILL');
    await gone;
  };
  const processes = () => processesOf(dir);
  const remove = async (): Promise<string[]> => {
    await seto(['down', '--data', dataDir], { allow: [1] });
    // What was told to end may take a moment to be gone from /proc.
    for (let tries = 0; tries < 20 && processes().length > 0; tries += 1) await sleep(50);
    const left = processes();
    for (const { pid } of left)
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone between the look and the signal.
      }
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    return left.map(({ line }) => line.slice(0, 300));
  };

  try {
    const identity = await up();
    const { url: link } = await askOwner<{ url: string }>(dataDir, 'POST', '/sign-in');
    await seto(['login', link]);
    const token = readCredentials(env)?.platforms[identity.url]?.token ?? null;
    const client = createClient({ url: identity.url, token, lang: 'en', env: {} });
    let runs = 0;
    return {
      dir,
      dataDir,
      url: identity.url,
      gatewayUrl: `http://127.0.0.1:${gateway}`,
      env,
      client,
      pid: () => child.pid ?? 0,
      kill,
      start: async () => {
        child = startControlPlane(dir, dataDir, controlEnv);
        await up();
      },
      seto,
      setoJson: async <T>(args: readonly string[], each: UserRun = {}) =>
        JSON.parse((await seto([...args, '--json'], each)).stdout.toString()) as T,
      begin: (args, each = {}) => {
        runs += 1;
        const file = path.join(dir, `run-${runs}.log`);
        const output = openSync(file, 'a');
        const begun = spawn(process.execPath, [main, ...args], {
          cwd: each.cwd ?? dir,
          env: { ...env, ...each.env },
          stdio: ['ignore', output, output],
        });
        closeSync(output);
        const ended = new Promise<string>((resolve) =>
          begun.once('exit', (code, signal) =>
            resolve(`exit ${signal ?? code}\n${readFileSync(file, 'utf8')}`),
          ),
        );
        return { child: begun, ended };
      },
      git: (cwd, args, each = {}) => asUser(['git', ...args], { ...each, cwd }),
      log: () => readFileSync(path.join(dir, 'up.log'), 'utf8'),
      processes,
      close: async () => {
        await client.close();
        return remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** An unbilled on-premises runner and a cloud pool whose nodes end soon after their work. */
const defaultPools = `pools:
  - { name: onprem, site: onprem, driver: process, executor: process, tags: [onprem], minNodes: 1, maxNodes: 1 }
  - { name: train, site: cloud, driver: process, executor: process, tags: [cloud], vm: Standard_F4s_v2, region: japaneast, maxNodes: 2, idleTimeout: 3s, bootTimeout: 60s }
`;

/** Looks every 50 ms until `look` answers something; throws `what` after `limitMs`. */
export async function until<T>(
  what: string,
  limitMs: number,
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() >= end) throw new Error(`${what}: not within ${limitMs} ms`);
    await sleep(50);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Ports of loopback that nobody listens on at this moment. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer();
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Processes whose arguments, environment or mounts (in a sandbox of their own) name `dir`; this one excepted. */
export function processesOf(dir: string): { pid: number; line: string }[] {
  const read = (file: string) => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const line = read(`/proc/${name}/cmdline`);
      if (line === '') return [];
      if (
        ![line, ...['environ', 'mountinfo'].map((file) => read(`/proc/${name}/${file}`))].some((text) =>
          text.includes(dir),
        )
      )
        return [];
      return [{ pid: Number(name), line: line.replaceAll('\0', ' ') }];
    });
}

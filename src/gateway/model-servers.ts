import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { ServerSpec, ServerState } from '../api/contract/gateway.ts';
import type { ConfinedCommand, Sandbox, SandboxSpec } from '../sandbox/sandbox.ts';
import type { Clock } from '../shared/clock.ts';
import type { Log } from '../shared/log.ts';
import { askReady, type HealthRules, healthRules } from './health-check.ts';
import { createLeftOver } from './left-over.ts';
import { logBytes, rotateLog } from './server-log.ts';

/** While a server starts it is asked this often. */
const askStartingMs = 50;
/** First and longest pause before a server that ended by itself is started again. */
const backoffMs = { first: 200, longest: 15_000 };
/** Private /tmp of a model server: onnxruntime wants a little. */
const tmpBytes = 64 * 1024 * 1024;
/** Threads and processes of a model server: Node has about a dozen, sharp and onnxruntime add one a core. */
const processes = 256;

interface Running {
  spec: ServerSpec;
  child: ChildProcess | null;
  healthy: boolean;
  restarts: number;
  lastExit: string | null;
  /** Health checks in a row that nothing answered, once it had been ready. */
  misses: number;
  /** Why it was ended as hung. */
  hung: string | null;
  stopping: boolean;
  /** Settles when the newest attempt to start it has been made. */
  launched: Promise<void>;
  /** Ends with the server once it is being stopped. */
  gone: Promise<void> | null;
}

/** The model servers that this gateway runs: it is to them what dockerd is to containers. */
export interface ModelServers {
  /** Idempotent by id: a server that is there is left alone, one that is being stopped is awaited and started again. */
  start(spec: ServerSpec): void;
  /** Those that run and are meant to. */
  list(): ServerState[];
  /** Waits until nobody has a request there or `drainMs` passed, then ends it. Unknown ids are no error. */
  stop(id: string, drainMs: number): Promise<void>;
  /** A request was lost there: resolves true once the server answers again, false after `waitMs`. */
  answersAgain(id: string, waitMs: number): Promise<boolean>;
  /** It runs and let its last health check pass without an answer: a request sent now would wait. */
  silent(id: string): boolean;
  logFile(id: string): string;
  /** Ends all of them at once. */
  close(): Promise<void>;
}

export interface ModelServerDeps {
  sandbox: Sandbox;
  clock: Clock;
  log: Log;
  logDir: string;
  /** Requests that are at the server now. */
  inFlight(id: string): number;
  health?: HealthRules;
}

export function createModelServers(deps: ModelServerDeps): ModelServers {
  const { sandbox, clock, log, logDir, inFlight, health = healthRules } = deps;
  mkdirSync(logDir, { recursive: true, mode: 0o700 });
  const servers = new Map<string, Running>();
  /** One question at a time per server, however many requests wait for its answer. */
  const asking = new Map<string, Promise<boolean>>();
  const isolated = sandbox.ability.isolation === 'bubblewrap';
  /** Nothing is looked at or started any more; a pause left behind would keep the process for seconds. */
  const over = new AbortController();
  const leftOver = createLeftOver(path.join(logDir, 'pids'));
  const logFile = (id: string): string => path.join(logDir, `${id}.log`);
  /** A disk that is full must not keep a server from being started. */
  const keepLogSmall = (id: string): Promise<void> =>
    rotateLog(logFile(id), logBytes).catch((error: unknown) =>
      log.warn({ err: error, server: id }, 'a log could not be set aside'),
    );

  /** Starts it, or notes why not and tries again later. */
  const launch = async (server: Running): Promise<void> => {
    const { spec } = server;
    const startedAt = clock.monotonic();
    let ended = false;
    const end = (why: string): void => {
      if (ended) return;
      ended = true;
      server.child = null;
      server.healthy = false;
      server.lastExit = why;
      if (server.stopping) return;
      const steady = clock.monotonic() - startedAt > 60_000;
      server.restarts = steady ? 1 : server.restarts + 1;
      const pauseMs = Math.min(backoffMs.longest, backoffMs.first * 2 ** (server.restarts - 1));
      log.warn(
        { server: spec.id, why, restarts: server.restarts, pauseMs },
        'a model server ended by itself',
      );
      void clock.sleep(pauseMs, over.signal).then(() => {
        if (!over.signal.aborted && !server.stopping && servers.get(spec.id) === server)
          server.launched = launch(server);
      });
    };
    let confined: ConfinedCommand | null = null;
    try {
      if (!isolated) leftOver.end(spec.id);
      mkdirSync(spec.socketDir, { recursive: true, mode: 0o700 });
      rmSync(socketOf(spec), { force: true });
      confined = await sandbox.confine(sandboxSpec(spec, isolated));
      const { release } = confined;
      const [program, ...args] = confined.argv;
      await keepLogSmall(spec.id);
      const output = openSync(logFile(spec.id), 'a', 0o600);
      const child = spawn(program, args, {
        env: { ...confined.env },
        stdio: ['ignore', output, output],
        cwd: '/',
        detached: !isolated,
      });
      closeSync(output);
      server.child = child;
      server.misses = 0;
      server.hung = null;
      if (!isolated && child.pid !== undefined) leftOver.remember(spec.id, child.pid);
      child.on('error', (error) => end(error.message));
      child.on('close', (code, signal) => {
        release().catch((error: unknown) => log.warn({ err: error }, 'a cgroup was left'));
        end(server.hung ?? (signal === null ? `exit code ${code}` : `signal ${signal}`));
      });
      void watch(server, child);
    } catch (error) {
      await confined?.release().catch(() => undefined);
      end(error instanceof Error ? error.message : String(error));
    }
  };

  const watch = async (server: Running, child: ChildProcess): Promise<void> => {
    const startedAt = clock.monotonic();
    let wasReady = false;
    while (server.child === child && !over.signal.aborted) {
      const answer = await askReady(socketOf(server.spec), health.answerMs);
      if (server.child !== child) return;
      server.healthy = answer === true;
      wasReady ||= server.healthy;
      server.misses = wasReady && answer === null ? server.misses + 1 : 0;
      if (server.misses >= health.misses) server.hung = `no answer to ${health.misses} health checks`;
      else if (!wasReady && clock.monotonic() - startedAt > health.startMs)
        server.hung = `not ready after ${health.startMs / 1000} s`;
      if (server.hung !== null) return endNow(child);
      await keepLogSmall(server.spec.id);
      const pauseMs = server.healthy ? health.pauseMs : wasReady ? health.pauseAfterMissMs : askStartingMs;
      await clock.sleep(pauseMs, over.signal);
    }
  };

  const endNow = (child: ChildProcess): void => {
    if (isolated || child.pid === undefined) child.kill('SIGKILL');
    else signalGroup(child.pid, 'SIGKILL');
  };

  /** bubblewrap passes no signal inside, and nobody has a request there any more: SIGKILL ends all of it at once. */
  const kill = async (server: Running): Promise<void> => {
    server.stopping = true;
    await server.launched;
    const { child } = server;
    if (child !== null && child.exitCode === null && child.signalCode === null) {
      const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
      if (isolated || child.pid === undefined) child.kill('SIGKILL');
      else signalGroup(child.pid, 'SIGTERM');
      const timer = setTimeout(() => child.pid !== undefined && signalGroup(child.pid, 'SIGKILL'), 2000);
      await gone;
      clearTimeout(timer);
    }
    leftOver.forget(server.spec.id);
    rmSync(server.spec.socketDir, { recursive: true, force: true });
  };

  const begin = (spec: ServerSpec): void => {
    if (servers.has(spec.id)) return;
    const server: Running = {
      spec,
      child: null,
      healthy: false,
      restarts: 0,
      lastExit: null,
      misses: 0,
      hung: null,
      stopping: false,
      launched: Promise.resolve(),
      gone: null,
    };
    servers.set(spec.id, server);
    server.launched = launch(server);
  };

  return {
    start: (spec) => {
      const gone = servers.get(spec.id)?.gone;
      if (gone) void gone.then(() => begin(spec));
      else begin(spec);
    },
    list: () =>
      [...servers.values()]
        .filter(({ gone }) => gone === null)
        .map(({ spec, healthy, child, restarts, lastExit }) => ({
          id: spec.id,
          healthy,
          pid: child?.pid ?? null,
          restarts,
          lastExit,
          upstream: { socket: socketOf(spec) },
        })),
    stop: async (id, drainMs) => {
      const server = servers.get(id);
      if (!server) return;
      server.gone ??= (async () => {
        const until = clock.monotonic() + drainMs;
        while (inFlight(id) > 0 && clock.monotonic() < until) await clock.sleep(20);
        await kill(server);
        servers.delete(id);
      })();
      await server.gone;
    },
    answersAgain: (id, waitMs) => {
      const asked = asking.get(id);
      if (asked) return asked;
      const ask = (async () => {
        const until = clock.monotonic() + waitMs;
        while (clock.monotonic() < until) {
          const server = servers.get(id);
          if (!server) return false;
          if (server.child !== null && (await askReady(socketOf(server.spec), health.answerMs)) === true)
            return true;
          await clock.sleep(25);
        }
        return false;
      })().finally(() => asking.delete(id));
      asking.set(id, ask);
      return ask;
    },
    silent: (id) => (servers.get(id)?.misses ?? 0) > 0,
    logFile,
    close: async () => {
      over.abort();
      const all = [...servers.values()];
      servers.clear();
      await Promise.all(all.map(kill));
    },
  };
}

/** The socket as this machine sees it. */
export function socketOf(spec: Pick<ServerSpec, 'socketDir'>): string {
  return path.join(spec.socketDir, 's');
}

/**
 * What a server may see. In bubblewrap the unpacked image is its `/`; where nothing isolates, paths of the image are
 * turned into paths below its root.
 */
function sandboxSpec(spec: ServerSpec, isolated: boolean): SandboxSpec {
  const place = (text: string): string => {
    const withSocket = text.replaceAll('{socket}', isolated ? '/run/seto/s' : socketOf(spec));
    const below = path.join(spec.root, withSocket);
    return !isolated && withSocket.startsWith('/') && existsSync(below) ? below : withSocket;
  };
  const [program, ...args] = spec.argv;
  return {
    argv: [place(program), ...args.map(place)],
    env: Object.fromEntries(Object.entries(spec.env).map(([name, value]) => [name, place(value)])),
    cwd: place(spec.cwd),
    mounts: isolated
      ? [
          { from: spec.root, to: '/' },
          { from: spec.socketDir, to: '/run/seto', writable: true },
        ]
      : [],
    hostSystem: false,
    tmpBytes,
    network: 'none',
    limits: { memoryMb: spec.memoryMb, processes },
  };
}

function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended since.
  }
}

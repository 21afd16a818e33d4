import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import * as z from 'zod';
import {
  type GatewayIdentity,
  gatewayIdentitySchema,
  type ServerSpec,
  type ServerState,
  serverStateSchema,
} from '../api/contract/gateway.ts';
import { type Clock, systemClock } from '../shared/clock.ts';
import { fault } from '../shared/errors.ts';

/** The gateway's control socket as the control plane uses it. Every call throws `gateway.away` where nothing answers. */
export interface GatewayLink {
  identity(): Promise<GatewayIdentity>;
  /** Makes it read the routing file again; returns what it uses now. */
  reload(): Promise<GatewayIdentity>;
  servers(): Promise<ServerState[]>;
  startServer(spec: ServerSpec): Promise<void>;
  stopServer(id: string, drainMs: number): Promise<void>;
  serverLogs(id: string, lines: number): Promise<string>;
  /** Ends it with its servers; resolves when its process is gone, at the latest after 20 s. */
  shutdown(): Promise<void>;
}

/** Longer than a gateway needs to end its servers and to write its spool down. */
const shutdownMs = 20_000;

export function createGatewayLink(dataDir: string): GatewayLink {
  const socketPath = path.join(dataDir, 'run/gateway.sock');
  const ask = (method: string, at: string, body: unknown, silenceMs = 10_000): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const away = (reason: string) => reject(fault('gateway.away', { reason }));
      const outgoing = request(
        {
          socketPath,
          method,
          path: at,
          agent: false,
          timeout: silenceMs,
          headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', (error) => away(error.message));
          response.on('end', () => {
            const answer = Buffer.concat(chunks).toString('utf8');
            if (response.statusCode !== 200)
              return away(`HTTP ${response.statusCode}: ${answer.slice(0, 300)}`);
            resolve(JSON.parse(answer));
          });
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error('no answer')));
      outgoing.on('error', (error: NodeJS.ErrnoException) => away(error.code ?? error.message));
      outgoing.end(text);
    });
  return {
    identity: async () => gatewayIdentitySchema.parse(await ask('GET', '/identity', undefined)),
    reload: async () => gatewayIdentitySchema.parse(await ask('POST', '/reload', undefined)),
    servers: async () => z.array(serverStateSchema).parse(await ask('GET', '/servers', undefined)),
    startServer: async (spec) => {
      await ask('POST', '/servers', spec);
    },
    stopServer: async (id, drainMs) => {
      await ask('DELETE', `/servers/${id}?drainMs=${drainMs}`, undefined, drainMs + 10_000);
    },
    serverLogs: async (id, lines) =>
      z.object({ text: z.string() }).parse(await ask('GET', `/servers/${id}/logs?lines=${lines}`, undefined))
        .text,
    shutdown: async () => {
      const { pid } = gatewayIdentitySchema.parse(await ask('GET', '/identity', undefined));
      await ask('POST', '/shutdown', undefined);
      const until = systemClock.monotonic() + shutdownMs;
      while (isThere(pid) && systemClock.monotonic() < until) await systemClock.sleep(20);
    },
  };
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export interface GatewayStart {
  dataDir: string;
  installationId: string;
  /** The runtime tree, which the gateway runs from. */
  runtimeDir: string;
  /** `ADDR:PORT` */
  listen: string;
  /** Paths of certificate chain and key; null for plain HTTP. */
  tls: { cert: string; key: string } | null;
  /** `none` where seto.yaml says so; else what the gateway finds. */
  isolation: 'bubblewrap' | 'none' | null;
  clock: Clock;
}

/**
 * Finds the gateway of this data folder by its socket, or starts one as a detached child that logs to a file and
 * outlives us. Returns once it answers. @throws gateway.away after 15 s without an answer
 */
export async function ensureGateway(options: GatewayStart): Promise<GatewayIdentity> {
  const { dataDir, installationId, clock } = options;
  const link = createGatewayLink(dataDir);
  const found = await link.identity().catch(() => null);
  if (found !== null) {
    if (found.installationId === installationId) return found;
    throw fault('gateway.away', { reason: `the socket belongs to ${found.installationId}` });
  }
  mkdirSync(path.join(dataDir, 'log'), { recursive: true, mode: 0o700 });
  const output = openSync(path.join(dataDir, 'log/gateway.log'), 'a', 0o600);
  const args = [
    'gateway',
    'run',
    '--data',
    dataDir,
    '--installation',
    installationId,
    '--listen',
    options.listen,
  ];
  if (options.tls !== null)
    args.push('--tls-cert', path.resolve(options.tls.cert), '--tls-key', path.resolve(options.tls.key));
  if (options.isolation !== null) args.push('--isolation', options.isolation);
  const child = spawn(path.join(options.runtimeDir, 'bin/seto'), args, {
    detached: true,
    stdio: ['ignore', output, output],
    cwd: dataDir,
    env: gatewayEnvironment(),
  });
  closeSync(output);
  let exited: string | null = null;
  child.on('error', (error) => {
    exited = error.message;
  });
  child.on('exit', (code, signal) => {
    exited = `it ended with ${signal ?? code}`;
  });
  child.unref();
  for (let waitedMs = 0; waitedMs < 15_000; waitedMs += 50) {
    await clock.sleep(50);
    const identity = await link.identity().catch(() => null);
    if (identity !== null) return identity;
    if (exited !== null) break;
  }
  throw fault('gateway.away', { reason: exited ?? 'it does not come up; see log/gateway.log' });
}

/** What the gateway needs of our environment; nothing secret is in it. */
function gatewayEnvironment(): Record<string, string> {
  const kept = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'HOME', 'SETO_LOG'];
  return Object.fromEntries(
    kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name] ?? '']])),
  );
}

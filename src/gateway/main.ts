import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { RoutesFile } from '../api/contract/gateway.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { type Clock, systemClock } from '../shared/clock.ts';
import { writeDurably } from '../shared/durable.ts';
import { createLog, type Log } from '../shared/log.ts';
import { createControlFace } from './control-face.ts';
import { createDataPath } from './data-path.ts';
import type { HealthRules } from './health-check.ts';
import { createGatewayMetrics } from './metrics.ts';
import { createModelServers } from './model-servers.ts';
import { createRouting } from './routing.ts';
import { shipSegments } from './shipper.ts';
import { openSpool } from './spool.ts';
import { createUpstreams } from './upstream.ts';

export interface GatewayOptions {
  dataDir: string;
  installationId: string;
  version: string;
  /** Port 0 takes the port it had before where that is free, else any. */
  listen: { host: string; port: number };
  /** Certificate chain and key as PEM; plain HTTP where absent. */
  tls?: { cert: Buffer; key: Buffer } | null;
  sandbox: Sandbox;
  clock?: Clock;
  log?: Log;
  /** When a model server counts as hung. */
  health?: HealthRules;
}

export interface Gateway {
  url: string;
  /** Resolves when the gateway has ended (shutdown over its socket, or `close`). */
  ended: Promise<void>;
  close(): Promise<void>;
}

/** Idle connections of clients; longer than usual clients' own, so that they close first. */
const keepAliveMs = 75_000;

/** How long requests under way may take when the gateway is told to end; longer, and `seto down` seems to hang. */
const answerMs = 5000;

/** Where the gateway keeps what is its own, below the data folder. */
export function gatewayPaths(dataDir: string) {
  return {
    routes: path.join(dataDir, 'run/routes.json'),
    socket: path.join(dataDir, 'run/gateway.sock'),
    address: path.join(dataDir, 'run/gateway.json'),
    lastRoutes: path.join(dataDir, 'gateway/routes.json'),
    spool: path.join(dataDir, 'gateway/spool'),
    logs: path.join(dataDir, 'log/servers'),
  };
}

/**
 * Starts the gateway: data path on TCP, control on a Unix socket. It goes on from its last routing file alone, and
 * needs the control plane for nothing but handing over predictions and feedback.
 */
export async function runGateway(options: GatewayOptions): Promise<Gateway> {
  const { dataDir, installationId, version, sandbox } = options;
  const clock = options.clock ?? systemClock;
  const log = options.log ?? createLog('gateway');
  const at = gatewayPaths(dataDir);
  for (const folder of ['run', 'gateway', 'log'])
    mkdirSync(path.join(dataDir, folder), { recursive: true, mode: 0o700 });
  const metrics = createGatewayMetrics();
  const ending = new AbortController();

  const upstreams = createUpstreams((releaseId) => servers.answersAgain(releaseId, 5000));
  const servers = createModelServers({
    sandbox,
    clock,
    log,
    logDir: at.logs,
    inFlight: upstreams.inFlight,
    ...(options.health ? { health: options.health } : {}),
  });
  let copied: Promise<void> = Promise.resolve();
  const apply = (routes: RoutesFile): void => {
    for (const spec of routes.servers) servers.start(spec);
    upstreams.keep(new Set(routes.endpoints.flatMap(({ live }) => (live === null ? [] : [live.releaseId]))));
    // One after the other: of two at once, the older one could come to lie last.
    copied = copied
      .then(() => writeDurably(at.lastRoutes, JSON.stringify(routes)))
      .catch((error: unknown) => log.error({ err: error }, 'the routing file could not be copied'));
  };
  const routing = createRouting(at.routes, installationId, log, apply);
  await routing.restore(at.lastRoutes);
  await routing.reload();
  const spool = openSpool(at.spool, () => routing.current()?.predictions.spoolBytes ?? 2 ** 30, clock, log);

  const serve = createDataPath({ routing, upstreams, servers, spool, metrics, clock, log });
  const onRequest: RequestListener = (request, response) => {
    if (request.url === '/healthz') response.writeHead(200, { 'content-type': 'text/plain' }).end('ok\n');
    else if (request.url === '/metrics')
      metrics.text(spool.counts(), servers.list()).then(
        ({ type, text }) => response.writeHead(200, { 'content-type': type }).end(text),
        () => response.writeHead(500).end(),
      );
    else void serve(request, response);
  };
  const limits = { requestTimeout: 300_000, headersTimeout: 20_000 };
  const data = options.tls
    ? createTlsServer({ ...limits, ...options.tls }, onRequest)
    : createServer(limits, onRequest);
  data.keepAliveTimeout = keepAliveMs;
  data.setTimeout(60_000);
  const address = await listenSticky(data, options.listen, at.address);
  const url = `${options.tls ? 'https' : 'http'}://${address}`;
  await writeDurably(at.address, JSON.stringify({ url, version, installationId }));

  let finish: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      ending.abort();
      control.close();
      control.closeAllConnections();
      const answered = new Promise((resolve) => data.close(resolve));
      const until = clock.monotonic() + answerMs;
      for (let done = false; !done && clock.monotonic() < until; ) {
        data.closeIdleConnections();
        done = await Promise.race([answered.then(() => true), clock.sleep(20).then(() => false)]);
      }
      data.closeAllConnections();
      await shipping;
      await copied;
      await servers.close();
      upstreams.close();
      await spool.close();
      rmSync(at.socket, { force: true });
      finish();
    })();
    return closing;
  };
  const control = createControlFace({
    identity: () => ({
      installationId,
      version,
      pid: process.pid,
      url,
      epoch: routing.current()?.epoch ?? 0,
      revision: routing.current()?.revision ?? 0,
    }),
    servers,
    routing,
    shutdown: () => void close(),
    log,
  });
  rmSync(at.socket, { force: true });
  await new Promise<void>((resolve, reject) => {
    control.once('error', reject);
    control.listen(at.socket, resolve);
  });
  const shipping = shipSegments(
    at.spool,
    spool,
    () => routing.current()?.ship ?? null,
    clock,
    log,
    ending.signal,
  );
  log.info({ url, isolation: sandbox.ability.isolation }, 'the gateway takes requests');
  return { url, ended, close };
}

/** Listens where asked; for port 0 on the port of the last time, so that URLs survive a restart. Answers `HOST:PORT`. */
async function listenSticky(server: Server, listen: GatewayOptions['listen'], file: string): Promise<string> {
  const tries = listen.port === 0 ? [lastPort(file), 0] : [listen.port];
  for (const [index, port] of tries.entries()) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, listen.host, () => {
          server.removeListener('error', reject);
          resolve();
        });
      });
      break;
    } catch (error) {
      if (index === tries.length - 1) throw error;
    }
  }
  const { port } = server.address() as AddressInfo;
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  return `${['0.0.0.0', '[::]'].includes(host) ? '127.0.0.1' : host}:${port}`;
}

function lastPort(file: string): number {
  try {
    return (
      Number(new URL(String((JSON.parse(readFileSync(file, 'utf8')) as { url: unknown }).url)).port) || 0
    );
  } catch {
    return 0;
  }
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';
import type { RouteEntry, RoutesFile, ServerSpec } from '../../src/api/contract/gateway.ts';
import { createGatewayLink } from '../../src/deployments/gateway-link.ts';
import type { HealthRules } from '../../src/gateway/health-check.ts';
import { type Gateway, runGateway } from '../../src/gateway/main.ts';
import { detectSandbox } from '../../src/sandbox/detect.ts';
import { silentLog } from '../../src/shared/log.ts';

/** Stands in for a model server: says which it is after a moment, with statistics as the real one sends them. */
const serverSource = `
import { createServer } from 'node:http';
const name = process.env.NAME;
createServer((request, response) => {
  if (request.url === '/v2/health/ready') return response.end('{"ready":true}');
  let size = 0;
  request.on('data', (chunk) => { size += chunk.length; });
  request.on('end', () => setTimeout(() => {
    if (request.headers['content-type'] === 'x-crash/once' ) process.exit(7);
    const body = JSON.stringify({ label: 'ok', score: 0.9, decision: size % 2 ? 'unsure' : 'pass', size, path: request.url, model: { name, version: name } });
    response.writeHead(200, { 'content-type': 'application/json', 'x-seto-statistics': Buffer.from('{"mean":1}').toString('base64url') });
    response.end(body);
  }, request.headers['content-type'] === 'x-slow/once' ? 800 : 3 + Math.random() * 10));
}).listen(process.argv[3].slice(5));
`;

export interface Stage {
  dir: string;
  gateway: Gateway;
  /** One more on the same folder; the first must be closed. */
  open(): Promise<Gateway>;
  link: ReturnType<typeof createGatewayLink>;
  spec(name: string): ServerSpec;
  routes(change: Partial<RouteEntry>, rest?: Partial<RoutesFile>): Promise<void>;
  revision: number;
}

/** Undone after each test, the last first. */
export const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A gateway in this process on a folder of its own, with stand-ins for model servers. */
export async function stage(health?: HealthRules): Promise<Stage> {
  const dir = mkdtempSync(path.join(tmpdir(), 'seto-gw-'));
  closers.push(() => rmSync(dir, { recursive: true, force: true }));
  const root = path.join(dir, 'root');
  for (const folder of ['root/app', 'run']) mkdirSync(path.join(dir, folder), { recursive: true });
  writeFileSync(path.join(root, 'app/server.mjs'), serverSource);
  const open = async (): Promise<Gateway> => {
    const opened = await runGateway({
      dataDir: dir,
      installationId: 'seto-test',
      version: '0',
      listen: { host: '127.0.0.1', port: 0 },
      sandbox: await detectSandbox({ isolation: 'none' }),
      log: silentLog,
      ...(health ? { health } : {}),
    });
    closers.push(() => opened.close());
    return opened;
  };
  const gateway = await open();
  const link = createGatewayLink(dir);
  const stage: Stage = {
    dir,
    gateway,
    open,
    link,
    revision: 0,
    spec: (name) => ({
      id: `rel-${name}`,
      root,
      argv: [process.execPath, '/app/server.mjs', '--listen', 'unix:{socket}'],
      env: { NAME: name },
      cwd: '/',
      socketDir: path.join(dir, 's', name),
      memoryMb: 4096,
    }),
    routes: async (change, rest) => {
      stage.revision += 1;
      const file: RoutesFile = {
        installationId: 'seto-test',
        epoch: 1,
        revision: stage.revision,
        ship: null,
        endpoints: [{ name: 'inspection', open: false, keys: [], people: [], live: null, ...change }],
        servers: [],
        predictions: { keep: 'all', spoolBytes: 1e8 },
        limits: { bodyBytes: 20e6, maxConcurrent: 256 },
        ...rest,
      };
      writeFileSync(path.join(dir, 'run/routes.json'), JSON.stringify(file));
      await link.reload();
    },
  };
  return stage;
}

export const live = (dir: string, name: string): RouteEntry['live'] => ({
  releaseId: `rel-${name}`,
  upstream: { socket: path.join(dir, 's', name, 's') },
});

export async function healthy(link: Stage['link'], id: string): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if ((await link.servers()).some((each) => each.id === id && each.healthy)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${id} did not become healthy: ${await link.serverLogs(id, 20)}`);
}

/** Clients that send one picture after the other until stopped. */
export function load(
  url: string,
  clients: number,
): () => Promise<{ sent: number; failed: string[]; versions: Set<string> }> {
  const result = { sent: 0, failed: [] as string[], versions: new Set<string>() };
  let going = true;
  const one = async (): Promise<void> => {
    while (going) {
      result.sent += 1;
      try {
        const response = await fetch(`${url}/e/inspection/predict`, {
          method: 'POST',
          body: Buffer.alloc(2000, 1),
        });
        const body = (await response.json()) as { predictionId?: string; model?: { version: string } };
        if (response.status !== 200 || !/^[0-9a-f]{32}$/.test(body.predictionId ?? ''))
          result.failed.push(`${response.status} ${JSON.stringify(body)}`);
        else result.versions.add(body.model?.version ?? '');
      } catch (error) {
        result.failed.push(String(error));
      }
    }
  };
  const all = Promise.all(Array.from({ length: clients }, one));
  return async () => {
    going = false;
    await all;
    return result;
  };
}

import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import type { RouteEntry, RoutesFile, ServerSpec } from '../api/contract/gateway.ts';
import { createGatewayLink } from '../deployments/gateway-link.ts';
import { detectSandbox } from '../sandbox/detect.ts';
import { sha256 } from '../shared/ids.ts';
import { silentLog } from '../shared/log.ts';
import type { HealthRules } from './health-check.ts';
import { type Gateway, runGateway } from './main.ts';

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

interface Stage {
  dir: string;
  gateway: Gateway;
  link: ReturnType<typeof createGatewayLink>;
  spec(name: string): ServerSpec;
  routes(change: Partial<RouteEntry>, rest?: Partial<RoutesFile>): Promise<void>;
  revision: number;
}

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function stage(health?: HealthRules): Promise<Stage> {
  const dir = mkdtempSync(path.join(tmpdir(), 'seto-gw-'));
  closers.push(() => rmSync(dir, { recursive: true, force: true }));
  const root = path.join(dir, 'root');
  for (const folder of ['root/app', 'run']) mkdirSync(path.join(dir, folder), { recursive: true });
  writeFileSync(path.join(root, 'app/server.mjs'), serverSource);
  const gateway = await runGateway({
    dataDir: dir,
    installationId: 'seto-test',
    version: '0',
    listen: { host: '127.0.0.1', port: 0 },
    sandbox: await detectSandbox({ isolation: 'none' }),
    log: silentLog,
    ...(health ? { health } : {}),
  });
  closers.push(() => gateway.close());
  const link = createGatewayLink(dir);
  const stage: Stage = {
    dir,
    gateway,
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

const live = (dir: string, name: string): RouteEntry['live'] => ({
  releaseId: `rel-${name}`,
  upstream: { socket: path.join(dir, 's', name, 's') },
});

async function healthy(link: Stage['link'], id: string): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if ((await link.servers()).some((each) => each.id === id && each.healthy)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${id} did not become healthy: ${await link.serverLogs(id, 20)}`);
}

/** Clients that send one picture after the other until stopped. */
function load(
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

test('switching releases under load loses no request', { timeout: 60_000 }, async () => {
  const { dir, gateway, link, spec, routes } = await stage();
  await link.startServer(spec('a'));
  await healthy(link, 'rel-a');
  await routes({ live: live(dir, 'a') });
  const stop = load(gateway.url, 8);
  let before = 'a';
  for (const next of ['b', 'c', 'd']) {
    await link.startServer(spec(next));
    await healthy(link, `rel-${next}`);
    await routes({ live: live(dir, next) });
    await link.stopServer(`rel-${before}`, 5000);
    before = next;
  }
  const { sent, failed, versions } = await stop();
  expect(failed).toEqual([]);
  expect([...versions].sort()).toEqual(['a', 'b', 'c', 'd']);
  expect(sent).toBeGreaterThan(50);
  expect((await link.servers()).map(({ id }) => id)).toEqual(['rel-d']);
});

test('a model server killed under load is started again and no request fails', {
  timeout: 60_000,
}, async () => {
  const { dir, gateway, link, spec, routes } = await stage();
  await link.startServer(spec('a'));
  await healthy(link, 'rel-a');
  await routes({ live: live(dir, 'a') });
  const stop = load(gateway.url, 4);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const [server] = await link.servers();
  process.kill(server?.pid ?? 0, 'SIGKILL');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const { failed, sent } = await stop();
  expect(failed).toEqual([]);
  expect(sent).toBeGreaterThan(20);
  expect((await link.servers())[0]?.restarts).toBe(1);
});

const quickHealth = { answerMs: 1000, pauseMs: 200, pauseAfterMissMs: 100, misses: 3, startMs: 60_000 };

test('a model server that hangs is started again, with 503 meanwhile; a short stall ends nothing', {
  timeout: 60_000,
}, async () => {
  const { dir, gateway, link, spec, routes } = await stage(quickHealth);
  await link.startServer(spec('a'));
  await healthy(link, 'rel-a');
  await routes({ live: live(dir, 'a') });
  const ask = () => fetch(`${gateway.url}/e/inspection/predict`, { method: 'POST', body: Buffer.alloc(4) });
  const refused = async (): Promise<Response> => {
    for (let tries = 0; tries < 400; tries += 1) {
      const response = await Promise.race([
        ask(),
        new Promise<null>((resolve) => setTimeout(resolve, 100, null)),
      ]);
      if (response?.status === 503) return response;
    }
    throw new Error('no request was refused');
  };
  const [before] = await link.servers();
  process.kill(before?.pid ?? 0, 'SIGSTOP');
  await refused();
  process.kill(before?.pid ?? 0, 'SIGCONT');
  await healthy(link, 'rel-a');
  expect(await link.servers()).toMatchObject([{ pid: before?.pid, restarts: 0 }]);
  process.kill(before?.pid ?? 0, 'SIGSTOP');
  const underWay = ask();
  expect(await (await refused()).json()).toMatchObject({
    error: { code: 'endpoint.silent', retryable: true },
  });
  expect((await underWay).status).toBe(200);
  expect(await link.servers()).toMatchObject([{ restarts: 1, lastExit: 'no answer to 3 health checks' }]);
  expect((await ask()).status).toBe(200);
});

test('a model server that accepts and never becomes ready is started again', {
  timeout: 60_000,
}, async () => {
  const { link, spec } = await stage({ ...quickHealth, startMs: 300 });
  const mute = `require('node:net').createServer().listen(process.argv[1].slice(5))`;
  await link.startServer({ ...spec('a'), argv: [process.execPath, '-e', mute, 'unix:{socket}'] });
  for (let tries = 0; tries < 400 && (await link.servers())[0]?.restarts === 0; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 25));
  expect((await link.servers())[0]).toMatchObject({ healthy: false, lastExit: 'not ready after 0.3 s' });
});

test('the log of a model server that runs is set aside when it has grown', { timeout: 60_000 }, async () => {
  const { dir, link, spec } = await stage(quickHealth);
  await link.startServer(spec('a'));
  await healthy(link, 'rel-a');
  const log = path.join(dir, 'log/servers/rel-a.log');
  appendFileSync(log, Buffer.alloc(17 * 1024 * 1024, '.'));
  for (let tries = 0; tries < 400 && statSync(log).size > 0; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 25));
  expect([statSync(log).size, existsSync(`${log}.1`)]).toEqual([0, true]);
  expect((await link.servers())[0]).toMatchObject({ healthy: true, restarts: 0 });
});

test('goes on from its own file after a restart, starts the servers in it, and refuses an older file', {
  timeout: 60_000,
}, async () => {
  const { dir, gateway, link, spec, routes } = await stage();
  await routes({ live: live(dir, 'a') }, { servers: [spec('a')] });
  await healthy(link, 'rel-a');
  const url = gateway.url;
  await gateway.close();
  const again = await runGateway({
    dataDir: dir,
    installationId: 'seto-test',
    version: '0',
    listen: { host: '127.0.0.1', port: 0 },
    sandbox: await detectSandbox({ isolation: 'none' }),
    log: silentLog,
  });
  closers.push(() => again.close());
  expect(again.url).toBe(url);
  const response = await fetch(`${again.url}/e/inspection/predict`, {
    method: 'POST',
    body: Buffer.alloc(4),
  });
  expect(response.status).toBe(200);
  const identity = await link.identity();
  writeFileSync(
    path.join(dir, 'run/routes.json'),
    JSON.stringify({
      installationId: 'seto-test',
      epoch: 0,
      revision: 99,
      ship: null,
      endpoints: [],
      servers: [],
      predictions: { keep: 'all', spoolBytes: 1 },
      limits: { bodyBytes: 1, maxConcurrent: 1 },
    }),
  );
  expect((await link.reload()).revision).toBe(identity.revision);
});

test('keys: none needed on this machine, but for feedback; a page of another site and a proxy are not this machine', async () => {
  const { dir, gateway, link, spec, routes } = await stage();
  await link.startServer(spec('a'));
  await healthy(link, 'rel-a');
  await routes({ live: live(dir, 'a'), keys: [sha256('seto_key')], people: [sha256('seto_person')] });
  const ask = async (
    action: string,
    headers: Record<string, string>,
    body: string | Buffer = Buffer.alloc(4),
  ) => (await fetch(`${gateway.url}/e/inspection/${action}`, { method: 'POST', headers, body })).status;
  const label = JSON.stringify({ reference: 'SN-1', label: 'ok' });
  expect(await ask('predict', {})).toBe(200);
  expect(await ask('predict', { 'x-forwarded-for': '192.0.2.7' })).toBe(401);
  expect(await ask('predict', { 'x-real-ip': '192.0.2.7' })).toBe(401);
  expect(await ask('predict', { 'sec-fetch-site': 'cross-site' })).toBe(401);
  expect(await ask('predict', { 'x-forwarded-for': '192.0.2.7', 'x-api-key': 'seto_key' })).toBe(200);
  expect(await ask('predict', { authorization: 'Bearer wrong' })).toBe(403);
  expect(await ask('feedback', {}, label)).toBe(401);
  expect(await ask('feedback', { authorization: 'Bearer wrong' }, label)).toBe(403);
  expect(await ask('feedback', { authorization: 'Bearer seto_key' }, label)).toBe(202);
  expect(await ask('feedback', { authorization: 'Bearer seto_person' }, label)).toBe(202);
  expect(await ask('feedback', { authorization: 'Bearer seto_key' }, '{"label":"ok"}')).toBe(400);
  const typo = JSON.stringify({ reference: 'SN-1', label: 'okk' });
  expect(await ask('feedback', { 'x-api-key': 'seto_key' }, typo)).toBe(202);
  await routes({
    live: { releaseId: 'rel-a', upstream: { socket: path.join(dir, 's/a/s') }, labels: ['ok'] },
    keys: [sha256('seto_key')],
  });
  expect(await ask('feedback', { 'x-api-key': 'seto_key' }, typo)).toBe(422);
  expect(await ask('feedback', { 'x-api-key': 'seto_key' }, label)).toBe(202);
  await routes({ live: live(dir, 'a'), open: true });
  expect(await ask('predict', { 'x-forwarded-for': '192.0.2.7' })).toBe(200);
  expect((await fetch(`${gateway.url}/e/nothing/predict`, { method: 'POST' })).status).toBe(404);
  expect((await fetch(`${gateway.url}/e/%zz/predict`, { method: 'POST' })).status).toBe(404);
  await routes({ live: null });
  expect(await ask('predict', {})).toBe(503);
});

test('told to end, answers what it was asked before', { timeout: 30_000 }, async () => {
  const { dir, gateway, link, spec, routes } = await stage();
  await link.startServer(spec('a'));
  await healthy(link, 'rel-a');
  await routes({ live: live(dir, 'a') });
  const asked = fetch(`${gateway.url}/e/inspection/predict`, {
    method: 'POST',
    headers: { 'content-type': 'x-slow/once' },
    body: Buffer.alloc(4),
  });
  await new Promise((resolve) => setTimeout(resolve, 200));
  const closed = gateway.close();
  expect((await asked).status).toBe(200);
  await closed;
  await expect(fetch(gateway.url)).rejects.toThrow('fetch failed');
});

test('multipart with reference and group, v2 passed on, limits kept, statistics stay inside', async () => {
  const { dir, gateway, link, spec, routes } = await stage();
  await link.startServer(spec('a'));
  await healthy(link, 'rel-a');
  await routes({ live: live(dir, 'a') }, { limits: { bodyBytes: 10_000, maxConcurrent: 8 } });
  const form = new FormData();
  form.set('reference', '部品-17');
  form.set('group', 'part-3');
  form.set('file', new Blob([Buffer.alloc(321)], { type: 'image/png' }), 'p.png');
  const response = await fetch(`${gateway.url}/e/inspection/predict`, { method: 'POST', body: form });
  const body = (await response.json()) as { size: number };
  expect(body.size).toBe(321);
  expect(response.headers.get('x-seto-statistics')).toBeNull();
  const tensor = await fetch(`${gateway.url}/e/inspection/v2/models/m/infer?x=1`, {
    method: 'POST',
    body: '{}',
  });
  expect(((await tensor.json()) as { path: string }).path).toBe('/v2/models/m/infer?x=1');
  const large = await fetch(`${gateway.url}/e/inspection/predict`, {
    method: 'POST',
    body: Buffer.alloc(10_001),
  });
  expect(large.status).toBe(413);
  const bad = await fetch(`${gateway.url}/e/inspection/predict`, {
    method: 'POST',
    headers: { 'x-seto-group': 'two words' },
    body: Buffer.alloc(4),
  });
  expect(bad.status).toBe(400);
  for (const field of ['file', 'other']) {
    const cut = await fetch(`${gateway.url}/e/inspection/predict`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: `--b\r\nContent-Disposition: form-data; name="${field}"; filename="p"\r\n\r\nhalf a pict`,
    });
    expect(await cut.json()).toMatchObject({ error: { code: 'core.bad_input' } });
  }
  for (const action of ['predict', 'feedback'])
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const wrong = await fetch(`${gateway.url}/e/inspection/${action}`, { method });
      expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    }
  const packed = (bytes: number) =>
    fetch(`${gateway.url}/e/inspection/predict`, {
      method: 'POST',
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(bytes)),
    });
  expect(await (await packed(9_999)).json()).toMatchObject({ size: 9_999 });
  expect((await packed(10_001)).status).toBe(413);
  const tooMuch = await fetch(`${gateway.url}/e/inspection/v2/models/m/infer`, {
    method: 'POST',
    body: Buffer.alloc(10_001),
  });
  expect(await tooMuch.json()).toEqual({ error: expect.stringContaining('larger than') });
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(metrics).toContain('seto_gateway_requests_total{endpoint="inspection",status="413"} 3');
});

test('what was spooled while the control plane was away arrives, each record once it is acknowledged', {
  timeout: 30_000,
}, async () => {
  const { dir, gateway, link, spec, routes } = await stage();
  await link.startServer(spec('a'));
  await healthy(link, 'rel-a');
  const got: string[] = [];
  let refuse = 2;
  const control: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      refuse -= 1;
      if (refuse >= 0) return response.writeHead(503).end();
      expect(request.headers.authorization).toBe('Bearer seto_gateway');
      const text = Buffer.concat(chunks).toString('latin1');
      const newline = text.indexOf('\n');
      const header = JSON.parse(text.slice(0, newline)) as { recordBytes: number; pictureBytes: number };
      const records = text
        .slice(newline + 1, newline + 1 + header.recordBytes)
        .trim()
        .split('\n');
      got.push(...records);
      expect(text.length).toBe(newline + 1 + header.recordBytes + header.pictureBytes);
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve));
  closers.push(() => control.close());
  const url = `http://127.0.0.1:${(control.address() as AddressInfo).port}`;
  await routes({ live: live(dir, 'a'), keys: [sha256('k')] }, { ship: { url, token: 'seto_gateway' } });
  for (let at = 0; at < 5; at += 1)
    await fetch(`${gateway.url}/e/inspection/predict`, {
      method: 'POST',
      headers: { 'x-seto-reference': `SN-${at}` },
      body: Buffer.alloc(100 + at, at),
    });
  await fetch(`${gateway.url}/e/inspection/feedback`, {
    method: 'POST',
    headers: { 'x-api-key': 'k' },
    body: JSON.stringify({ reference: 'SN-3', label: 'defect' }),
  });
  for (let tries = 0; tries < 200 && got.length < 6; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const records = got.map(
    (line) => JSON.parse(line) as { kind: string; reference: string; picture?: { offset: number } },
  );
  expect(records.map(({ kind, reference }) => `${kind} ${reference}`)).toEqual([
    ...[0, 1, 2, 3, 4].map((at) => `prediction SN-${at}`),
    'feedback SN-3',
  ]);
  expect(records[2]?.picture?.offset).toBe(201);
});

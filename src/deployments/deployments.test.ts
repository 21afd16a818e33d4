import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { setEndpoint } from '../api/contract/endpoints.ts';
import { runGateway } from '../gateway/main.ts';
import { packTar } from '../images/tar.ts';
import { unpackLayer } from '../images/unpack.ts';
import { detectSandbox } from '../sandbox/detect.ts';
import { systemClock } from '../shared/clock.ts';
import { sha256 } from '../shared/ids.ts';
import { silentLog } from '../shared/log.ts';
import { openMigrated } from '../store/migrations.ts';
import type { Store } from '../store/store.ts';
import { createDeployments, type Deployments } from './deployments.ts';
import { createGatewayLink } from './gateway-link.ts';
import { createProcessTarget, type PulledImage } from './targets/process-target.ts';

const serverSource = (name: string, works: boolean): string => `
import { createServer } from 'node:http';
if (!${works}) { console.error('the model file is cut short'); process.exit(1); }
createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    const body = JSON.stringify({ label: 'ok', score: 1, decision: null, model: { name: 'parts', version: '${name}' } });
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  });
}).listen(process.argv.at(-1).slice(5));
`;

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Stage {
  dir: string;
  store: Store;
  url: string;
  pulls: string[];
  gated: Set<string>;
  connect(): Deployments;
}

async function tarOf(files: Record<string, string>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const entries = Object.entries(files).map(([name, text]) => ({
    path: name,
    mode: 0o644,
    body: { size: Buffer.byteLength(text), open: () => Buffer.from(text) },
  }));
  for await (const chunk of packTar(entries)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Images are named by what they hold: `a1` works, `bad` ends by itself. The first digit is the pipeline. */
async function stage(): Promise<Stage> {
  const dir = mkdtempSync(path.join(tmpdir(), 'seto-dep-'));
  closers.push(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(path.join(dir, 'run'));
  const sandbox = await detectSandbox({ isolation: 'none' });
  const gateway = await runGateway({
    dataDir: dir,
    installationId: 'seto-test',
    version: '0',
    listen: { host: '127.0.0.1', port: 0 },
    sandbox,
    log: silentLog,
  });
  closers.push(() => gateway.close());
  const store = openMigrated(path.join(dir, 'seto.db'));
  closers.push(() => store.close());
  const base = await tarOf({ 'app/base.txt': 'base' });
  const pulls: string[] = [];
  const gated = new Set(['a1', 'a2', 'a3', 'a4', 'a5', 'bad2']);
  const pull = async (reference: string): Promise<PulledImage> => {
    const name = reference.replace(/^.*@/, '');
    pulls.push(name);
    const top = await tarOf({ 'app/server.mjs': serverSource(name, !name.startsWith('bad')) });
    return {
      digest: name,
      entrypoint: [process.execPath, '/app/server.mjs'],
      cmd: [],
      env: ['NAME=x'],
      workingDir: '/',
      layers: [base, top].map((bytes) => ({
        digest: `sha256:${sha256(bytes)}`,
        open: async () => (await import('node:stream')).Readable.from([bytes]),
      })),
    };
  };
  const connect = (): Deployments => {
    const link = createGatewayLink(dir);
    const deployments = createDeployments({
      store,
      clock: systemClock,
      log: silentLog,
      audit: (actor, action, subject) => {
        store.run(
          "INSERT INTO audit (at, actor, action, subject, detail) VALUES (0, ?, ?, ?, '{}')",
          actor,
          action,
          subject,
        );
      },
      dataDir: dir,
      installationId: 'seto-test',
      epoch: 1,
      target: createProcessTarget({
        dataDir: dir,
        gateway: link,
        pull,
        unpack: (layer, folder) => unpackLayer(layer, folder),
      }),
      gateway: link,
      ensureGateway: async () => undefined,
      gates: { hasPassed: (model) => gated.has(model) },
      images: {
        imageOfPipeline: (id) => `a${id}`,
        describe: async (reference) => ({
          reference: `host/g/p@${reference}`,
          digest: reference,
          pipelineId: Number(reference.at(-1)),
          modelDigest: reference,
          modelName: 'parts',
        }),
      },
      relate: () => undefined,
      feedbackTokens: () => [],
      labels: (model) => ['ok', `not ${model}`],
      ship: () => ({ url: 'http://127.0.0.1:1', ca: null }),
      predictions: { keep: 'all', maxGb: 1 },
    });
    closers.push(() => deployments.close());
    return deployments;
  };
  return { dir, store, url: gateway.url, pulls, gated, connect };
}

const wish = (image: string | null, pipelineId: number | null = null) => ({
  endpoint: 'inspection',
  projectId: 1,
  image,
  pipelineId,
  actor: 'user:1',
  ungated: false,
});

async function answered(url: string): Promise<string> {
  const response = await fetch(`${url}/e/inspection/predict`, { method: 'POST', body: Buffer.alloc(9) });
  const body = (await response.json()) as { model?: { version: string } };
  return body.model?.version ?? String(response.status);
}

const folders = (dir: string): string[] => readdirSync(path.join(dir, 'gateway/releases'));

test('deploys, replaces, keeps three, rolls back, stops and removes', { timeout: 60_000 }, async () => {
  const { dir, url, pulls, connect } = await stage();
  const deployments = connect();
  await deployments.start();
  for (const pipeline of [1, 2, 3, 4, 5]) {
    const release = await deployments.deploy(wish(null, pipeline));
    expect((await deployments.waitFor(release.id, 20_000)).state).toBe('live');
    expect(await answered(url)).toBe(`a${pipeline}`);
  }
  const endpoint = deployments.endpoint('inspection');
  await expect
    .poll(() => deployments.releases(endpoint.id).map(({ state }) => state))
    .toEqual(['live', 'retired', 'retired', 'retired']);
  expect(pulls).toEqual(['a1', 'a2', 'a3', 'a4', 'a5']);
  const again = await deployments.deploy(wish(null, 5));
  expect(again.state).toBe('live');
  await expect(deployments.deploy(wish(null, 4))).rejects.toMatchObject({ code: 'deploy.older' });
  const back = deployments.rollback('inspection', null, 'user:1');
  expect((await deployments.waitFor(back.id, 20_000)).state).toBe('live');
  expect(await answered(url)).toBe('a4');
  expect(pulls).toHaveLength(5);
  expect(deployments.newestLive(1, 'parts')).toEqual({ modelDigest: 'a4', endpoint: 'inspection' });
  expect(deployments.newestLive(2, 'parts')).toBeNull();
  // The least that may be asked for: what `stop` ends must still be there to bring up again.
  const least = [0, 1].find(
    (keep) =>
      setEndpoint.body !== 'stream' &&
      setEndpoint.body !== 'nothing' &&
      setEndpoint.body.safeParse({ keep }).success,
  );
  deployments.set('inspection', { keep: least }, 'user:1');
  expect(JSON.parse(readFileSync(path.join(dir, 'run/routes.json'), 'utf8'))).toMatchObject({
    endpoints: [{ live: { labels: ['ok', 'not a4'] } }],
  });
  deployments.stop('inspection', 'user:1');
  await expect.poll(() => answered(url), { timeout: 5000 }).toBe('503');
  const up = deployments.rollback('inspection', null, 'user:1');
  expect((await deployments.waitFor(up.id, 20_000)).state).toBe('live');
  deployments.remove('inspection', 'user:1');
  await expect.poll(() => answered(url), { timeout: 5000 }).toBe('404');
  await expect.poll(async () => (await createGatewayLink(dir).servers()).length, { timeout: 5000 }).toBe(0);
  await expect.poll(() => folders(dir), { timeout: 5000 }).toEqual([]);
});

test('a release that does not come up leaves the endpoint as it was, and says why', {
  timeout: 60_000,
}, async () => {
  const { dir, url, connect } = await stage();
  const deployments = connect();
  mkdirSync(path.join(dir, 'gateway/releases/rel-of-a-crash'), { recursive: true });
  await deployments.start();
  const first = await deployments.deploy(wish(null, 1));
  await deployments.waitFor(first.id, 20_000);
  const bad = await deployments.deploy(wish('bad2'));
  const settled = await deployments.waitFor(bad.id, 30_000);
  expect(settled).toMatchObject({ state: 'failed' });
  expect(settled.reason).toContain('the model file is cut short');
  await expect.poll(() => folders(dir), { timeout: 5000 }).toEqual([first.id]);
  expect(await answered(url)).toBe('a1');
});

test('no gate, no deployment; an administrator’s is recorded; another project’s name is refused', async () => {
  const { store, connect } = await stage();
  const deployments = connect();
  await expect(deployments.deploy(wish('x1'))).rejects.toMatchObject({
    code: 'deploy.not_gated',
    exitCode: 3,
  });
  expect(store.get('SELECT 1 FROM endpoints')).toBeUndefined();
  const release = await deployments.deploy({ ...wish('x1'), ungated: true });
  expect(release.ungated).toBe(true);
  expect(store.get("SELECT 1 FROM audit WHERE action = 'release.deploy_ungated'")).toBeDefined();
  await expect(deployments.deploy({ ...wish('a1'), projectId: 2 })).rejects.toMatchObject({
    code: 'endpoint.foreign',
  });
  await expect(deployments.deploy({ ...wish('a1'), endpoint: 'Bad Name' })).rejects.toMatchObject({
    code: 'endpoint.bad_name',
  });
  await expect(deployments.deploy(wish(null))).rejects.toMatchObject({ code: 'deploy.name_image' });
});

test('a control plane that dies in the middle of a roll-out is taken over by the next; the endpoint answers throughout', {
  timeout: 60_000,
}, async () => {
  const { url, connect } = await stage();
  let current = connect();
  await current.start();
  const first = await current.deploy(wish(null, 1));
  await current.waitFor(first.id, 20_000);
  const failed: string[] = [];
  let going = true;
  const client = (async () => {
    while (going) {
      const version = await answered(url).catch(String);
      if (!/^a\d$/.test(version)) failed.push(version);
    }
  })();
  for (const pipeline of [2, 3, 4]) {
    const release = await current.deploy(wish(null, pipeline));
    await new Promise((resolve) => setTimeout(resolve, pipeline * 60));
    await current.close();
    current = connect();
    await current.start();
    expect((await current.waitFor(release.id, 20_000)).state).toBe('live');
  }
  going = false;
  await client;
  expect(failed).toEqual([]);
  expect(await answered(url)).toBe('a4');
});

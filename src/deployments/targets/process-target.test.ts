import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { need } from '../../../test/support/need.ts';
import { writeTinyModel } from '../../../test/support/tiny-model.ts';
import { runGateway } from '../../gateway/main.ts';
import { assembleImage } from '../../images/assemble.ts';
import { rememberBaseLayer } from '../../images/base-layer.ts';
import { sandboxedUnpack } from '../../images/sandboxed-unpack.ts';
import { ensureRuntimeTree } from '../../runtime/tree.ts';
import { detectSandbox } from '../../sandbox/detect.ts';
import { silentLog } from '../../shared/log.ts';
import { createGatewayLink } from '../gateway-link.ts';
import { createLayerStore } from './layer-store.ts';
import { createProcessTarget } from './process-target.ts';
import { assembleRoot } from './release-root.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'seto-pt-'));
chmodSync(dir, 0o755);
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const sandbox = await detectSandbox();

test('a real image is unpacked, contained and answers; a second release of it shares the layers', {
  timeout: 120_000,
}, async (context) => {
  need(context, sandbox.ability.isolation === 'bubblewrap', 'bubblewrap is not here');
  const tree = await ensureRuntimeTree(path.join(dir, 'runtime'), { prepare: rememberBaseLayer });
  writeTinyModel(path.join(dir, 'model'));
  const image = await assembleImage({
    runtimeDir: tree.dir,
    serveDir: null,
    modelDir: path.join(dir, 'model'),
    labels: {},
  });
  const data = path.join(dir, 'data');
  mkdirSync(path.join(data, 'run'), { recursive: true });
  const gateway = await runGateway({
    dataDir: data,
    installationId: 't',
    version: '0',
    listen: { host: '127.0.0.1', port: 0 },
    sandbox,
    log: silentLog,
  });
  try {
    const link = createGatewayLink(data);
    const [base] = image.layers;
    const { Entrypoint = [], Cmd = [], Env = [], WorkingDir = '/' } = image.config.config;
    const target = createProcessTarget({
      dataDir: data,
      gateway: link,
      pull: async () => ({
        digest: image.digest,
        entrypoint: Entrypoint,
        cmd: Cmd,
        env: Env,
        workingDir: WorkingDir,
        layers: image.layers.map(({ descriptor, open }) => ({
          digest: descriptor.digest,
          open: async () => open(),
        })),
      }),
      unpack: sandboxedUnpack(sandbox, tree.dir),
      expected: {
        digest: base?.descriptor.digest ?? '',
        open: async () => base?.open() ?? Readable.from([]),
      },
    });
    await target.warm();
    const upstreams: { socket: string }[] = [];
    for (const releaseId of ['rel-one', 'rel-two']) {
      const started = performance.now();
      const upstream = await target.start({ releaseId, endpoint: 'parts', image: 'i', memoryMb: 2048 });
      if ('socket' in upstream) upstreams.push(upstream);
      await expect
        .poll(async () => (await target.list()).find((each) => each.releaseId === releaseId)?.healthy, {
          timeout: 30_000,
        })
        .toBe(true);
      console.info(`${releaseId}: start to healthy ${Math.round(performance.now() - started)} ms`);
    }
    const picture = await sharp({ create: { width: 32, height: 32, channels: 3, background: 'grey' } })
      .png()
      .toBuffer();
    const { request } = await import('node:http');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const ask = request(
        { socketPath: upstreams[1]?.socket, path: '/predict', method: 'POST' },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      ask.on('error', reject);
      ask.end(picture);
    });
    expect(status).toBe(200);
    expect(readdirSync(path.join(data, 'gateway/layers'))).toHaveLength(image.layers.length);
    expect(target.serverSpec('rel-one')?.id).toBe('rel-one');
    await target.stop('rel-one', 0);
    await target.prune(new Set(['rel-two']));
    expect(existsSync(path.join(data, 'gateway/releases/rel-one'))).toBe(false);
    expect(readdirSync(path.join(data, 'gateway/layers'))).toHaveLength(image.layers.length);
    expect(await target.logs('rel-two', 5)).toContain('serving');
  } finally {
    await gateway.close();
  }
});

test('pruning leaves the layers of a release that is being unpacked', async () => {
  const layer = (text: string) => ({
    digest: `sha256:${createHash('sha256').update(text).digest('hex')}`,
    open: async () => Readable.from([text]),
  });
  let pulled = [layer('old'), layer('first')];
  const data = path.join(dir, 'pruned');
  const target = createProcessTarget({
    dataDir: data,
    gateway: {
      servers: async () => [],
      startServer: async () => {},
      stopServer: async () => {},
      serverLogs: async () => '',
    },
    pull: async () => ({ digest: 'd', entrypoint: ['/x'], cmd: [], env: [], workingDir: '', layers: pulled }),
    unpack: async (bytes, folder) => {
      const text = await readText(bytes);
      // The lower layer lies there already when the upper one comes, and nothing on the disk says who needs it.
      if (text === 'second') await target.prune(new Set());
      writeFileSync(path.join(folder, text), '');
    },
  });
  await target.start({ releaseId: 'rel-old', endpoint: 'parts', image: 'i', memoryMb: 1 });
  pulled = [layer('first'), layer('second')];
  await target.start({ releaseId: 'rel-new', endpoint: 'parts', image: 'i', memoryMb: 1 });
  const halves = ['layers/.sha256-aa', 'layers/.tmp-1', 'releases/.rel-crashed', 'releases/.rel-new'];
  for (const half of halves) mkdirSync(path.join(data, 'gateway', half, 'x'), { recursive: true });
  await target.prune(new Set(['rel-new']));
  const left = halves.filter((half) => existsSync(path.join(data, 'gateway', half)));
  expect(left, 'that of a release still wanted is its next start’s').toEqual(['releases/.rel-new']);
  const there = readdirSync(path.join(data, 'gateway/releases/rel-new/root'));
  expect(there).toEqual(expect.arrayContaining(['first', 'second']));
  expect(existsSync(path.join(data, 'gateway/releases/rel-old'))).toBe(false);
  expect(readdirSync(path.join(data, 'gateway/layers'))).toHaveLength(2);
});

test('a layer whose bytes are not what its digest names leaves nothing', async () => {
  const folder = path.join(dir, 'layers');
  const store = createLayerStore(folder, async (layer) => {
    for await (const _ of layer);
  });
  const digest = `sha256:${'0'.repeat(64)}`;
  await expect(store.ensure(digest, async () => Readable.from(['other']))).rejects.toMatchObject({
    code: 'deploy.bad_image',
  });
  expect(readdirSync(folder)).toEqual([]);
});

test('upper layers replace, hide and open files of lower ones as the specification says', async () => {
  const { writeFileSync, symlinkSync, readFileSync, lstatSync } = await import('node:fs');
  const layer = (name: string, files: Record<string, string>): string => {
    const root = path.join(dir, 'union', name);
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(root, file), text);
    }
    return root;
  };
  const lower = layer('1', { 'a/keep': '1', 'a/hide': '1', 'b/old': '1', c: 'file', 'd/x': '1' });
  symlinkSync('/etc', path.join(lower, 'e'));
  const upper = layer('2', {
    'a/.wh.hide': '',
    'b/.wh..wh..opq': '',
    'b/new': '2',
    'c/in': '2',
    d: 'file',
    'e/passwd': '2',
  });
  const root = path.join(dir, 'union/root');
  await assembleRoot([lower, upper], root);
  expect(readdirSync(path.join(root, 'a'))).toEqual(['keep']);
  expect(readdirSync(path.join(root, 'b'))).toEqual(['new']);
  expect(readFileSync(path.join(root, 'c/in'), 'utf8')).toBe('2');
  expect(readFileSync(path.join(root, 'd'), 'utf8')).toBe('file');
  expect(lstatSync(path.join(root, 'e')).isDirectory()).toBe(true);
  expect(existsSync('/etc/.seto')).toBe(false);
  expect(readFileSync(path.join(root, 'e/passwd'), 'utf8')).toBe('2');
});

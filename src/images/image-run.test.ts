import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { need } from '../../test/support/need.ts';
import { type RegistryFixture, registryFixture } from '../../test/support/registry-fixture.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import { modelDigest } from '../models/digest.ts';
import { ensureRuntimeTree, type RuntimeTree, treeProgram } from '../runtime/tree.ts';
import { createOutbound, type Outbound } from '../shared/outbound.ts';
import { run } from '../shared/subprocess.ts';
import { assembleImage, modelLabel } from './assemble.ts';
import { rememberBaseLayer } from './base-layer.ts';
import type { Image } from './image.ts';
import { registryClient } from './registry-client.ts';
import { writeLayout } from './sinks/oci-layout.ts';
import { pushImage } from './sinks/registry-sink.ts';
import { ociLayout } from './sources/oci-layout.ts';
import { ownRegistry } from './sources/own-registry.ts';
import { readImage } from './sources/read-image.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'seto-image-'));
chmodSync(dir, 0o755);
const hasBubblewrap = ['/usr/bin/bwrap', '/bin/bwrap', '/usr/local/bin/bwrap'].some((file) =>
  existsSync(file),
);
let tree: RuntimeTree;
let server: RegistryFixture;
let outbound: Outbound;
let image: Image;
let digest = '';

const assemble = (runtimeDir: string) =>
  assembleImage({
    runtimeDir,
    serveDir: path.join(dir, 'serve'),
    modelDir: path.join(dir, 'model'),
    labels: { [modelLabel]: digest, 'org.opencontainers.image.revision': 'c0ffee' },
  });
const client = (repository: string) =>
  registryClient({ outbound, url: server.url, repository, authorization: `Bearer ${server.jobToken}` });

beforeAll(async () => {
  server = await registryFixture();
  outbound = createOutbound({ allow: [server.url] });
  tree = await ensureRuntimeTree(path.join(dir, 'runtime'), { prepare: rememberBaseLayer });
  digest = await modelDigest(writeTinyModel(path.join(dir, 'model')));
  mkdirSync(path.join(dir, 'serve'));
  writeFileSync(
    path.join(dir, 'serve/post.ts'),
    'export const post = (a: object) => ({ ...a, lamp: "green" });\n',
  );
  image = await assemble(tree.dir);
});
afterAll(async () => {
  await outbound.close();
  await server.close();
  rmSync(dir, { recursive: true, force: true });
});

it('is the same to the digest wherever its tree lies and however it is written', async () => {
  const moved = path.join(dir, 'elsewhere');
  await run(['cp', '-r', '--', tree.dir, moved]);
  rmSync(path.join(moved, 'layer.json'));
  expect((await assemble(moved)).digest).toBe(image.digest);
  const base = image.layers[0];
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of (await base?.open()) ?? []) {
    hash.update(chunk as Buffer);
    size += (chunk as Buffer).length;
  }
  expect([`sha256:${hash.digest('hex')}`, size]).toEqual([base?.descriptor.digest, base?.descriptor.size]);
});

describe('through the registry', () => {
  it('sends only what is missing', async () => {
    const first = await pushImage(image, client('factory/one'), { tags: ['v1', 'latest'] });
    expect([first.digest, first.sentLayers]).toEqual([image.digest, 3]);
    const again = await pushImage(image, client('factory/one'), { tags: ['v2'] });
    expect([again.sentLayers, again.sentBytes]).toEqual([0, 0]);
    writeTinyModel(path.join(dir, 'other'), { bias: 1 });
    const other = await assembleImage({
      runtimeDir: tree.dir,
      serveDir: null,
      modelDir: path.join(dir, 'other'),
      labels: {},
    });
    expect((await pushImage(other, client('factory/one'))).sentLayers).toBe(1);
  });

  it('refuses another project', async () => {
    await expect(pushImage(image, client('factory/two'))).rejects.toMatchObject({ code: 'image.registry' });
  });

  it('notes which pipeline made it, and only with the model that its label names', async () => {
    const note = (modelDigestGiven: string) =>
      server.fetch('/api/v1/images', {
        method: 'POST',
        token: server.jobToken,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          repository: 'factory/one',
          digest: image.digest,
          modelDigest: modelDigestGiven,
          tag: 'v1',
        }),
      });
    expect((await note('0'.repeat(64))).status).toBe(409);
    expect([(await note(digest)).status, (await note(digest)).status]).toEqual([201, 201]);
    expect(server.images.imagesOfPipeline(3)).toMatchObject([{ digest: image.digest, modelDigest: digest }]);
    const shown = await (await server.fetch('/api/v1/projects/factory/one/images/v1')).json();
    expect(shown).toMatchObject({
      digest: image.digest,
      labels: { [modelLabel]: digest },
      made: [{ pipelineId: 3 }],
    });
    const list = (await (await server.fetch('/api/v1/images?project=factory/one')).json()) as object[];
    expect(list).toHaveLength(1);
  });

  it('reads back as it was, from the registry and from an archive', async () => {
    for (const parts of [client('factory/one'), ownRegistry(server.registry, 'factory/one')])
      expect((await readImage(parts, 'v1')).digest).toBe(image.digest);
    const archive = path.join(dir, 'image.tar');
    await writeLayout(image, archive, 'v1');
    const read = await readImage(await ociLayout(archive), 'v1');
    expect([read.digest, read.layers.length, read.config.config.Labels]).toEqual([
      image.digest,
      3,
      image.config.config.Labels,
    ]);
    rmSync(archive);
  });
});

describe('as a container', () => {
  const root = path.join(dir, 'root');
  let child: ChildProcess | null = null;
  afterAll(() => child?.kill('SIGKILL'));

  it('unpacks in a process of its own', async () => {
    const read = await readImage(client('factory/one'), 'v1');
    for (const layer of read.layers) {
      const unpack = spawn(
        path.join(tree.dir, 'bin/node'),
        [path.join(tree.dir, treeProgram('images/unpack-main')), root],
        { stdio: ['pipe', 'inherit', 'inherit'] },
      );
      const ended = new Promise((resolve) => unpack.on('exit', resolve));
      await pipeline(await layer.open(), unpack.stdin);
      expect(await ended).toBe(0);
    }
    expect(readdirSync(root).sort()).toEqual([
      'dev',
      'etc',
      'model',
      'opt',
      'proc',
      'run',
      'serve',
      'sys',
      'tmp',
    ]);
    expect(statSync(path.join(root, 'opt/seto/bin/node')).mode & 0o777).toBe(0o755);
  });

  it('answers with nothing of this machine but the image', async (context) => {
    need(context, hasBubblewrap, 'bubblewrap is not installed');
    const socket = path.join(dir, 'run');
    mkdirSync(socket);
    const { Entrypoint = [], Cmd = [], Env = [] } = image.config.config;
    const walls = ['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-net'];
    const env = Env.flatMap((each) => [
      '--setenv',
      each.slice(0, each.indexOf('=')),
      each.slice(each.indexOf('=') + 1),
    ]);
    child = spawn(
      'bwrap',
      [
        ...[...walls, '--cap-drop', 'ALL', '--die-with-parent', '--clearenv'],
        ...[
          '--ro-bind',
          root,
          '/',
          '--proc',
          '/proc',
          '--dev',
          '/dev',
          '--tmpfs',
          '/tmp',
          '--bind',
          socket,
          '/run',
        ],
        ...env,
        ...['--', ...Entrypoint, ...Cmd.slice(0, -1), 'unix:/run/model.sock'],
      ],
      { stdio: ['ignore', 'inherit', 'pipe'] },
    );
    let log = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
    const picture = await sharp({ create: { width: 16, height: 16, channels: 3, background: '#eeeeee' } })
      .jpeg()
      .toBuffer();
    const answer = await eventually(
      () => ask(path.join(socket, 'model.sock'), picture),
      () => log,
    );
    expect(answer).toMatchObject({ label: 'ok', lamp: 'green', model: { name: 'tiny', version: digest } });
    const ended = new Promise((resolve) => child?.on('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  });
});

async function eventually<T>(work: () => Promise<T>, explain: () => string): Promise<T> {
  for (let left = 100; ; left -= 1)
    try {
      return await work();
    } catch (error) {
      if (left === 0) throw new Error(explain(), { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

function ask(socketPath: string, body: Buffer): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path: '/predict', method: 'POST' }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RegistryFixture, registryFixture } from '../../test/support/registry-fixture.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import { rememberBaseLayer } from '../images/base-layer.ts';
import { ensureRuntimeTree } from '../runtime/tree.ts';
import { type RunResult, run } from '../shared/subprocess.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'seto-cli-image-'));
const home = path.join(dir, 'home');
let server: RegistryFixture;
let program = '';
beforeAll(async () => {
  mkdirSync(home);
  server = await registryFixture();
  const tree = await ensureRuntimeTree(path.join(dir, 'runtime'), { prepare: rememberBaseLayer });
  program = path.join(tree.dir, 'bin/seto');
  writeTinyModel(path.join(dir, 'model'));
});
afterAll(async () => {
  await server.close();
  rmSync(dir, { recursive: true, force: true });
});

/** As in a job of `factory/one`, with a token where the job would have exchanged its own. */
const seto = (args: readonly string[], extra: Record<string, string> = {}): Promise<RunResult> =>
  run([program, ...args], {
    cwd: dir,
    env: {
      HOME: home,
      SETO_URL: server.url,
      SETO_TOKEN: server.jobToken,
      CI_PROJECT_PATH: 'factory/one',
      CI_PIPELINE_ID: '3',
      CI_JOB_ID: '7',
      CI_COMMIT_SHA: 'c0ffee00'.repeat(5),
      CI_COMMIT_SHORT_SHA: 'c0ffee00',
      ...extra,
    },
  });
const json = (result: RunResult): Record<string, unknown> => {
  expect([result.code, result.stderr]).toEqual([0, expect.anything()]);
  return JSON.parse(result.stdout.toString()) as Record<string, unknown>;
};

it('builds, pushes and notes the pipeline’s image; the second time nothing travels', async () => {
  const first = json(await seto(['image', 'build', 'model/', '--push', '--json']));
  expect(first).toMatchObject({ repository: 'factory/one' });
  expect(Number(first['sentBytes'])).toBeGreaterThan(1e8);
  const again = json(await seto(['image', 'build', 'model/', '--push', '--json']));
  expect(again).toMatchObject({ digest: first['digest'], sentBytes: 0 });
  expect(server.images.imagesOfPipeline(3)).toMatchObject([{ digest: first['digest'], tag: '3' }]);
  for (const tag of ['3', 'c0ffee00'])
    expect(server.registry.manifests.get('factory/one', tag).digest).toBe(first['digest']);
  const shown = json(await seto(['image', 'show', 'c0ffee00', '--json']));
  expect(shown['labels']).toMatchObject({
    'org.opencontainers.image.revision': 'c0ffee00'.repeat(5),
    'dev.seto.model.name': 'tiny',
  });
  const listed = await seto(['image', 'ls'], { LANG: 'ja_JP.UTF-8' });
  expect(listed.stdout.toString()).toContain(String(first['digest']).slice(0, 19));
  expect(readdirSync(home)).toEqual([]);
});

it('takes serve/ from the commit, and writes an archive that needs no registry', async () => {
  mkdirSync(path.join(dir, 'serve'));
  writeFileSync(path.join(dir, 'serve/post.ts'), 'export const post = (answer: object) => answer;\n');
  const built = json(
    await seto(['image', 'build', 'model/', '--output', 'image.tar', '--json'], { SETO_URL: '' }),
  );
  expect(built['repository']).toBeNull();
  const listed = await run(['tar', '-tf', path.join(dir, 'image.tar')]);
  expect(listed.stdout.toString()).toContain('index.json');
});

it('says what is missing, and exits with 2 where the command was wrong', async () => {
  const empty = await seto(['image', 'build', 'nowhere/', '--push'], { LANG: 'ja_JP.UTF-8' });
  expect([empty.code, empty.stderr]).toEqual([
    2,
    expect.stringContaining('model.onnx と model.json がありません'),
  ]);
  const refused = await seto(['image', 'build', 'model/', '--push'], { CI_PROJECT_PATH: 'factory/two' });
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('HTTP 403')]);
});

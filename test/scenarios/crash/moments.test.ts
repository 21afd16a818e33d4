import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { showEndpoint } from '../../../src/api/contract/endpoints.ts';
import {
  type CrashProject,
  deployed,
  jobsOf,
  jobYaml,
  keepPredicting,
  ledgerCovers,
  logOf,
  openProject,
  pipelineYaml,
  releaseYaml,
  succeeds,
  writeNoise,
} from '../../support/crash-project.ts';
import { type Marks, openMarks } from '../../support/marks.ts';
import { openPlatform, type Platform, sleep, until } from '../../support/platform.ts';

// One platform for all moments: each goes on from what the one before left, as an installation does.
let platform: Platform;
let marks: Marks;
let project: CrashProject;
let traffic: ReturnType<typeof keepPredicting>;

const job = (name: string, tag: string, script: string[], more = '') =>
  jobYaml(marks, name, tag, script, more);
const release = () => releaseYaml(marks, 'crash');
const live = () => deployed(platform, 'crash');

/** Kills the control plane, lets the rest of the world go on for a moment, starts it again. */
const crash = async (awayMs = 300) => {
  await platform.kill();
  await sleep(awayMs);
  await platform.start();
};
/** Every job of the pipeline ran, none twice at once; answers how often each ran. */
const runsOf = (pipeline: number, names: string[]) =>
  names.map((name) => marks.of(`${pipeline}/${name}`).length);

beforeAll(async () => {
  [platform, marks] = await Promise.all([openPlatform(), openMarks()]);
  project = await openProject(platform, 'crash');
  await platform.seto(['data', 'push', 'parts', project.pictures], { cwd: project.dir });
  const pipeline = await project.push(release());
  await succeeds(platform, pipeline);
  traffic = keepPredicting(platform, 'crash', path.join(project.pictures, 'ok/1.png'));
});

afterAll(async () => {
  const { failures, sent } = (await traffic?.stop()) ?? { failures: [], sent: 0 };
  const left = await platform?.close();
  await marks?.close();
  process.stdout.write(`crash moments: ${sent} predictions, ${failures.length} failed\n`);
  expect(left).toEqual([]);
});

describe('the control plane killed', () => {
  it('while a node boots', async () => {
    const root = path.join(platform.dataDir, 'run/nodes');
    const before = new Set(readdirSync(root));
    await project.pushOnly(pipelineYaml([job('work', 'cloud', ['sleep 1'])]));
    await until('a node being born', 10_000, () =>
      readdirSync(root).some(
        (name) => !before.has(name) && existsSync(path.join(root, name, 'bootstrap.json')),
      ),
    );
    await crash();
    const pipeline = await project.push(pipelineYaml([job('work', 'onprem', ['true'])]));
    const [boot] = await jobsOf(platform, pipeline - 1);
    expect(boot?.name).toBe('work');
    await succeeds(platform, pipeline - 1);
    await succeeds(platform, pipeline);
    expect(runsOf(pipeline - 1, ['work'])).toEqual([1]);
    expect(await ledgerCovers(platform)).toBe(1);
  });

  it('while a job runs: it goes on, its log is whole, it ran once', async () => {
    const lines = 'for i in $(seq 1 20); do echo line-$i; sleep 0.15; done';
    const pipeline = await project.push(pipelineYaml([job('work', 'cloud', [lines])]));
    await until('the job to run', 20_000, () => marks.of(`${pipeline}/work`).length > 0);
    await sleep(700);
    await crash();
    const [done] = await succeeds(platform, pipeline);
    expect(runsOf(pipeline, ['work'])).toEqual([1]);
    const log = await logOf(platform, done?.id ?? 0);
    const told = log.split('\n').filter((line) => /^line-\d+$/.test(line));
    expect(told).toEqual(Array.from({ length: 20 }, (_, at) => `line-${at + 1}`));
  });

  it('during an artifact upload: the artifact arrives whole', async () => {
    const ci = pipelineYaml([
      job(
        'make',
        'cloud',
        ['mkdir out', 'head -c 40000000 /dev/urandom > out/noise', 'sha256sum out/noise > out/sum'],
        '  artifacts: { paths: [out/] }\n',
      ),
      job('check', 'onprem', ['sha256sum --check out/sum']),
    ]);
    const pipeline = await project.push(ci);
    const incoming = path.join(platform.dataDir, 'objects/.incoming');
    await until('the upload', 30_000, () =>
      readdirSync(incoming).some(
        (name) => (statSync(path.join(incoming, name), { throwIfNoEntry: false })?.size ?? 0) > 1e6,
      ),
    );
    await crash();
    await succeeds(platform, pipeline);
    expect(runsOf(pipeline, ['make', 'check'])).toEqual([1, 1]);
  });

  it('during a data push: what was acknowledged stays, and the push goes on where it was', async () => {
    const noise = path.join(platform.dir, 'noise');
    writeNoise(path.join(noise, 'a'), 600, 100_000);
    const pushing = platform.begin(['data', 'push', 'noise', noise], { cwd: project.dir });
    const blobs = path.join(platform.dataDir, 'objects');
    const sizeNow = () => readdirSync(blobs, { recursive: true }).length;
    const before = sizeNow();
    await until('blobs to arrive', 20_000, () => sizeNow() > before + 450);
    await crash();
    expect(await pushing.ended).toMatch(/exit [01]/);
    const again = await platform.setoJson<{ snapshot: string; sentFiles: number; files: number }>(
      ['data', 'push', 'noise', noise],
      { cwd: project.dir },
    );
    expect(again.files).toBe(600);
    expect(again.sentFiles).toBeLessThan(600);
    for (const [name, from] of [
      ['noise', noise],
      ['parts', project.pictures],
    ] as const) {
      const to = path.join(platform.dir, `pulled-${name}`);
      await platform.seto(['data', 'pull', name, to], { cwd: project.dir });
      for (const file of readdirSync(from, { recursive: true, withFileTypes: true })) {
        if (!file.isFile()) continue;
        const at = path.relative(from, path.join(file.parentPath, file.name));
        expect(readFileSync(path.join(to, at)).equals(readFileSync(path.join(from, at))), at).toBe(true);
      }
    }
  });

  it('right after a git push was acknowledged, and between image push and deploy', async () => {
    const earlier = await live();
    await project.pushOnly(release(), 0.01);
    await crash();
    const pipeline = await project.push(pipelineYaml([job('after', 'onprem', ['true'])]), 0.01);
    const released = pipeline - 1;
    await until('the image', 40_000, async () =>
      (await jobsOf(platform, released)).some(
        ({ name, status }) => name === 'build-image' && status === 'success',
      ),
    );
    await crash();
    await succeeds(platform, released);
    const now = await live();
    expect(now?.id).not.toBe(earlier?.id);
    expect(runsOf(released, ['build-image'])).toEqual([1]);
  });

  it('during a roll-out', async () => {
    const earlier = await live();
    const pipeline = await project.push(release(), 0.02);
    await until('a release to start', 40_000, async () =>
      (await platform.client.call(showEndpoint, { params: { endpoint: 'crash' } })).releases.some(
        ({ state }) => state === 'starting' || state === 'healthy',
      ),
    );
    await crash();
    await succeeds(platform, pipeline);
    expect((await live())?.id).not.toBe(earlier?.id);
  });

  it('and all along: endpoints answered, no job ran twice at once, nothing ran unbooked', async () => {
    expect(traffic.failures).toEqual([]);
    expect(traffic.versions.size).toBeGreaterThanOrEqual(2);
    expect(marks.doubles()).toEqual([]);
    expect(await ledgerCovers(platform)).toBeGreaterThanOrEqual(2);
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listBudgetEvents } from '../../../src/api/contract/costs.ts';
import type { JobJson } from '../../../src/api/contract/jobs.ts';
import { listPipelines, showPipeline } from '../../../src/api/contract/pipelines.ts';
import { listNodes } from '../../../src/api/contract/pools.ts';
import { createProject } from '../../../src/api/contract/projects.ts';
import { openPlatform, type Platform, until } from '../../support/platform.ts';

// What people see of the money, with real nodes: the cost at push, all spending stopped.

const yaml = `budget: { projects: { shop/line: { yenPerMonth: 90000 }, shop/lime: { yenPerMonth: 5 } } }
pools:
  - { name: train, site: cloud, driver: process, executor: process, tags: [cloud], pricePerHour: { yen: 360 }, maxNodes: 2, idleTimeout: 1s, bootTimeout: 12s }
`;
const ciFile = `stages: [train]
train:
  stage: train
  tags: [cloud]
  timeout: 30 seconds
  variables: { GIT_STRATEGY: none, WORK: "1" }
  script:
    - trap "echo cleaned up; exit 1" TERM; echo begun; sleep "$WORK" & wait $! || sleep 1
  after_script: [echo after $CI_JOB_STATUS]
`;
const project = 'shop/line';

let on: Platform;
let pushed: string;
beforeAll(async () => {
  on = await openPlatform({ yaml });
  const { gitUrl } = await on.client.call(createProject, { body: { path: project, defaultBranch: 'main' } });
  const dir = path.join(on.dir, 'line');
  mkdirSync(dir);
  writeFileSync(path.join(dir, '.gitlab-ci.yml'), ciFile);
  await on.git(dir, ['init', '--quiet', '--initial-branch', 'main']);
  await on.git(dir, ['add', '--all']);
  await on.git(dir, ['commit', '--quiet', '--message', 'First']);
  pushed = (await on.git(dir, ['push', gitUrl, 'main'])).stderr.toString();
}, 90_000);
afterAll(async () => expect(await on.close()).toEqual([]), 90_000);

const jobOf = async (pipeline: number, name = 'train'): Promise<JobJson> => {
  const { jobs } = await on.client.call(showPipeline, { params: { id: pipeline } });
  const job = jobs.find((each) => each.name === name);
  if (job === undefined) throw new Error(`no job ${name}`);
  return job;
};
const ends = (pipeline: number) =>
  until('the job ends', 40_000, async () => {
    const job = await jobOf(pipeline);
    return ['success', 'failed', 'canceled'].includes(job.status) ? job : null;
  });
const run = (...more: string[]) =>
  on.setoJson<{ id: number; costs: { room: string; jobs: { basis: object }[] }[] }>([
    ...['pipeline', 'run', 'main', '--project', project],
    ...more,
  ]);
const log = async (job: JobJson) => (await on.seto(['job', 'logs', String(job.id)])).stdout.toString();

test('seto cost budget says which limit is of no project, such as a mistyped path', async () => {
  const shown = (await on.seto(['cost', 'budget'])).stdout.toString();
  expect(shown).toMatch(/shop\/line: 90,?000 yen a month; spent or kept/);
  expect(shown).toMatch(/shop\/lime: 5 yen a month, but there is no project of that path/);
});

test('git push answers with what the pipeline may cost, and the next run with what it did', async () => {
  // A lease: boot 12 s, limit 30 s, idle tail 1 s, margin 120 s at 0.1 yen a second, with tax.
  expect(pushed).toContain(
    'Cost (Simulated): about 1.760 yen expected (no run of it is billed yet: 50 % of its time limit)',
  );
  expect(pushed).toContain(`${(163 * 0.1 * 1.1).toFixed(1)} yen at most, with tax`);
  expect(pushed).toMatch(/so far: [\d.]+ of 100000 yen spent or kept\. There is room for it\./);
  const params = { group: 'shop', name: 'line' };
  const query = { limit: 1, ref: undefined, status: undefined };
  const [first] = await on.client.call(listPipelines, { params, query });
  expect(await ends(first?.id ?? 0)).toMatchObject({ status: 'success' });
  await until('the node ends', 20_000, async () => (await on.client.call(listNodes)).length === 0);
  const { costs } = await run();
  expect(costs[0]?.jobs[0]?.basis).toEqual({ kind: 'runs', runs: 1 });
});

test('seto pool pause --all ends what costs: the running job cleans up, nothing starts until resume --all', async () => {
  const { id } = await run('--variable', 'WORK=60');
  const running = await until('the job runs', 30_000, async () => {
    const job = await jobOf(id);
    return job.status === 'running' && (await log(job)).includes('begun\n') ? job : null;
  });
  const said = (await on.seto(['pool', 'pause', '--all'])).stdout.toString();
  expect(said).toContain('All spending stops');
  expect(await ends(id)).toMatchObject({ status: 'canceled', failureReason: 'spending_stopped' });
  expect(await log(running)).toMatch(/cleaned up\n[\s\S]*after canceled\n/);
  await until('no node is up', 20_000, async () => (await on.client.call(listNodes)).length === 0);
  const shown = (await on.seto(['job', 'show', String(running.id)])).stdout.toString();
  expect(shown).toContain('an admin stopped all spending');

  const next = await run();
  await until('it waits for the pool', 10_000, async () => {
    const { pendingReason } = await jobOf(next.id);
    return pendingReason?.code === 'pool_paused';
  });
  expect(await on.client.call(listNodes)).toEqual([]);
  await on.seto(['pool', 'resume', '--all']);
  expect(await ends(next.id)).toMatchObject({ status: 'success' });
  const events = await on.client.call(listBudgetEvents, { query: { limit: 50, month: undefined } });
  expect(events.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['spending_stopped', 'spending_resumed']),
  );
  expect((await on.seto(['--lang', 'ja', 'cost', 'budget', 'events'])).stdout.toString()).toContain(
    'すべての支出を停止',
  );
  await on.seto(['cost', 'budget', 'set', '100000']);
  expect((await on.seto(['--lang', 'ja', 'cost', 'budget'])).stdout.toString()).toContain(
    '予算: 月 100000 円 (税込、`seto cost budget set`、方式 enforce',
  );
});

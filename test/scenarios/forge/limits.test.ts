import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Admission } from '../../../src/forge/forge.ts';
import { type RunResult, run } from '../../../src/shared/subprocess.ts';
import { type ForgeFixture, forgeFixture } from '../../support/forge-fixture.ts';
import { need } from '../../support/need.ts';
import { scriptedRunner } from '../../support/scripted-runner.ts';

const ci = 'a: { script: [x] }\n';
let fixture: ForgeFixture;
let folder: string;
let runner: ReturnType<typeof scriptedRunner>;
beforeAll(async () => {
  fixture = await forgeFixture();
  folder = await fixture.clone('work', { '.gitlab-ci.yml': ci });
  const created = fixture.forge.runners.create(
    { description: 'test', site: 'onprem', tags: [], runUntagged: true },
    'system',
  );
  runner = scriptedRunner(fixture, created.token);
});
afterAll(() => fixture.close());

const newest = () => fixture.store.get<{ id: number }>('SELECT MAX(id) AS id FROM pipelines')?.id ?? 0;
async function push(): Promise<number> {
  await fixture.commit(folder, {}, 'Again');
  await fixture.git(folder, 'push', 'origin', 'main');
  return newest();
}

/** `seto ARGS` in the clone, signed in as the maintainer. */
async function seto(...args: string[]): Promise<RunResult> {
  const config = path.join(fixture.dir, 'config', 'seto');
  mkdirSync(config, { recursive: true });
  writeFileSync(
    path.join(config, 'credentials.json'),
    JSON.stringify({
      current: fixture.url,
      platforms: { [fixture.url]: { token: fixture.tokens.maintainer, user: 'hanako' } },
    }),
  );
  return run([process.execPath, path.resolve('src/main.ts'), ...args], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: fixture.dir,
      XDG_CONFIG_HOME: path.dirname(config),
      LANG: 'C.UTF-8',
    },
    timeoutMs: 60_000,
  });
}

describe('what is held and what is refused', { timeout: 90_000 }, () => {
  it('keeps a job pending with the reason while Admission says wait, and tells the command line so', async () => {
    const released: number[] = [];
    let answer: ReturnType<Admission['admit']> = {
      code: 'budget',
      values: { month: '2026-11', neededYen: 120, leftYen: 80, budgetYen: 1000, committedYen: 920 },
    };
    fixture.forge.setAdmission({ admit: () => answer, released: (id) => void released.push(id) });
    const pipeline = await push();
    expect(await runner.request()).toBeNull();
    const [job] = fixture.forge.readPipeline(pipeline)?.jobs ?? [];
    expect(job).toMatchObject({
      status: 'pending',
      pendingReason: { code: 'budget', values: { leftYen: 80 } },
    });
    const held = await seto('job', 'logs', String(job?.id), '-f', '--no-wait');
    expect([held.code, held.stderr]).toEqual([
      4,
      expect.stringContaining(
        'the budget of 2026-11 has no room: it needs 120 yen with tax, 80 of 1000 are left',
      ),
    ]);
    const list = JSON.parse((await seto('pipeline', 'ls', '--json')).stdout.toString()) as { id: number }[];
    expect(list[0]?.id).toBe(pipeline);
    answer = 'go';
    const given = await runner.request();
    expect(given?.id).toBe(job?.id);
    const following = seto('job', 'logs', String(job?.id), '-f');
    // Read through a pipe: without the colours and section markers that a terminal would be shown.
    const log = 'section_start:1:step_script\r\u001b[0K\u001b[32;1m$ make\u001b[0;m\na line\n';
    await runner.patch(given ?? { id: 0, token: '' }, 0, log);
    await runner.update(given ?? { id: 0, token: '' }, 'failed', {
      exit_code: 9,
      failure_reason: 'script_failure',
    });
    const followed = await following;
    expect([followed.code, followed.stdout.toString()]).toEqual([1, '$ make\na line\n']);
    expect(released).toEqual([job?.id]);
    const shown = await seto('pipeline', 'show', String(pipeline));
    expect(shown.stdout.toString()).toMatch(/failed {2}.*\n.*failed.*a.*script_failure/);
  });

  it('rolls a hand-out back whole where Admission throws', async () => {
    const pipeline = await push();
    fixture.forge.setAdmission({
      admit: () => {
        throw new Error('the ledger is broken');
      },
      released: () => undefined,
    });
    await expect(runner.request()).rejects.toThrow('500');
    expect(fixture.forge.readPipeline(pipeline)?.jobs[0]?.status).toBe('pending');
    fixture.forge.setAdmission({ admit: () => 'go', released: () => undefined });
    const job = await runner.request();
    await runner.update(job ?? { id: 0, token: '' }, 'success');
  });

  it('lets nobody below maintainer run what is on a protected ref', async () => {
    const token = fixture.tokens.developer;
    const start = (ref: string) =>
      fixture.fetch('/api/v1/projects/factory/line/pipelines', { method: 'POST', token, json: { ref } });
    expect((await start('main')).status).toBe(403);
    const again = `/api/v1/pipelines/${newest()}/retry`;
    expect((await fixture.fetch(again, { method: 'POST', token })).status).toBe(403);
    await fixture.git(folder, 'push', 'origin', 'main:side');
    expect((await start('side')).status).toBe(201);
    for (const ref of ['main~1', 'main^{commit}', '../main', '-x', 'nowhere'])
      expect((await start(ref)).status, ref).toBe(404);
  });

  it('makes a project whole or not at all', async () => {
    const create = (body: object) => fixture.fetch('/api/v1/projects', { method: 'POST', json: body });
    const inTheWay = path.join(fixture.dir, 'git/newgroup');
    writeFileSync(inTheWay, '');
    expect((await create({ path: 'newgroup/line' })).status).toBe(500);
    expect((await fixture.fetch('/api/v1/projects/newgroup/line')).status).toBe(404);
    rmSync(inTheWay);
    for (const defaultBranch of ['a..b', '-x', 'a b', 'x.lock', 'a/', ''])
      expect((await create({ path: 'newgroup/line', defaultBranch })).status, defaultBranch).toBe(400);
    expect((await create({ path: '../line' })).status).toBe(400);
    expect((await create({ path: 'newgroup/line', defaultBranch: 'feature/主線' })).status).toBe(201);
    expect((await create({ path: 'newgroup/line' })).status).toBe(409);
  });

  it('starts one pipeline for one key', async () => {
    const start = () =>
      fixture.fetch('/api/v1/projects/factory/line/pipelines', {
        method: 'POST',
        json: { ref: 'main', idempotencyKey: 'k' },
      });
    const ids = await Promise.all(
      [start(), start(), start()].map(async (reply) => ((await (await reply).json()) as { id: number }).id),
    );
    expect(new Set(ids).size).toBe(1);
  });

  it('keeps values of variables to itself, and masked ones maskable', async () => {
    expect((await seto('variable', 'set', 'KEY', 'abc', '--masked')).code).toBe(2);
    expect((await seto('variable', 'set', 'KEY', 'abcdefgh1', '--masked')).code).toBe(0);
    const listed = await seto('variable', 'ls', '--json');
    expect(JSON.parse(listed.stdout.toString())).toEqual([
      { key: 'KEY', masked: true, protected: false, file: false, raw: false },
    ]);
    expect((await seto('variable', 'rm', 'KEY')).code).toBe(0);
  });

  it('has the push on disk before it says so (strace)', async (context) => {
    const there = await run(['strace', '-V'], { timeoutMs: 5000 }).then(
      () => true,
      () => false,
    );
    need(context, there, 'strace is not installed');
    const trace = path.join(fixture.dir, 'strace.txt');
    const tracer: ChildProcess = spawn(
      'strace',
      [
        '-f',
        '-y',
        '-tt',
        '-e',
        'trace=fsync,fdatasync,rename,renameat,renameat2,writev,write',
        '-s',
        '120',
        '-o',
        trace,
        '-p',
        String(process.pid),
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const attached = await new Promise<boolean>((resolve) => {
      tracer.stderr?.on('data', (chunk: Buffer) => /attached/.test(chunk.toString()) && resolve(true));
      tracer.on('exit', () => resolve(false));
    });
    need(context, attached, 'strace may not attach to a process here', true);
    await push();
    tracer.kill('SIGINT');
    await new Promise((resolve) => tracer.on('exit', resolve));
    const lines = readFileSync(trace, 'utf8').split('\n');
    const last = (pattern: RegExp) => lines.findLastIndex((line) => pattern.test(line));
    const first = (pattern: RegExp) => lines.findIndex((line) => pattern.test(line));
    const ref = last(/fsync\(\d+<[^>]*refs\/heads\/main\.lock>\)/);
    const object = last(/fsync\(\d+<[^>]*objects\/[^>]*>\)/);
    const row = last(/f(?:data)?sync\(\d+<[^>]*seto\.db-wal>\)/);
    const answer = first(
      /unpack ok.*write|write.*remote: |write[v]?\(\d+<[^>]*(?:socket|TCP)[^>]*>.*Pipeline #/,
    );
    expect(
      [ref, object, row].every((at) => at >= 0),
      lines.filter((line) => /fsync/.test(line)).join('\n'),
    ).toBe(true);
    expect(answer).toBeGreaterThan(Math.max(ref, object));
    // Of the rows that a push makes, those before the answer are its pipeline; later ones belong to later requests.
    expect(lines.slice(0, answer).some((line) => /f(?:data)?sync\(\d+<[^>]*seto\.db-wal>\)/.test(line))).toBe(
      true,
    );
  });
});

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { tmpdir, uptime } from 'node:os';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { need } from '../../test/support/need.ts';
import { type RunnerServer, startRunnerServer } from '../../test/support/runner-server.ts';
import { detectSandbox } from '../sandbox/detect.ts';
import { silentLog } from '../shared/log.ts';
import { runNode } from './node.ts';
import { nodeCommand } from './node-command.ts';

// Many things may run beside it on two cores.
vi.setConfig({ testTimeout: 60_000 });

let dir: string;
let folder: string;
let server: RunnerServer;
let count = 0;
const control = {
  leaseMs: null as number | null,
  idleTimeoutMs: null as number | null,
  command: 'run',
  enroll: 200,
};
let ended: { ranMs: number; reason: string }[];
let beats: { state: string; sinceMs: number }[];

beforeAll(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'seto-node-'));
  mkdirSync(path.join(dir, 'runtime/bin'), { recursive: true });
  writeFileSync(path.join(dir, 'runtime/bin/seto'), '#!/bin/sh\necho the runtime\n');
  chmodSync(path.join(dir, 'runtime/bin/seto'), 0o755);
});

beforeEach(async () => {
  count += 1;
  folder = path.join(dir, `n${count}`);
  mkdirSync(path.join(folder, 'work'), { recursive: true });
  Object.assign(control, { leaseMs: null, idleTimeoutMs: null, command: 'run', enroll: 200 });
  ended = [];
  beats = [];
  server = await startRunnerServer();
  server.extra.push((asked, body, reply) => {
    const answer = (status: number, value: object) => {
      reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
      return true;
    };
    const { leaseMs, idleTimeoutMs, command } = control;
    if (asked.url === '/api/v1/nodes/enroll')
      return answer(control.enroll, {
        ...{ nodeToken: 'node-token', runnerToken: 'runner-token', leaseMs, idleTimeoutMs, heartbeatMs: 200 },
      });
    if (asked.url === '/api/v1/nodes/beat') {
      expect(asked.headers.authorization).toBe('Bearer node-token');
      beats.push(JSON.parse(body.toString()));
      return answer(200, { leaseMs, command });
    }
    if (asked.url === '/api/v1/nodes/ended') {
      ended.push(JSON.parse(body.toString()));
      return answer(200, {});
    }
    return false;
  });
});

afterEach(() => server.stop());
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function bootstrap(more: object = {}): string {
  const file = path.join(folder, 'bootstrap.json');
  const value = {
    ...{ url: server.url, ca: null, oneTimeToken: 'once', leaseMs: null, nodeId: `node-${count}` },
    ...{ installationId: 'i1', pool: 'p', site: 'onprem', tags: ['onprem'] },
    ...{ workDir: path.join(folder, 'work'), runtimeDir: path.join(dir, 'runtime'), endAfterIdleMs: null },
    ...{ recordFile: path.join(folder, 'record.json'), socket: path.join(folder, 'node.sock') },
    ...more,
  };
  writeFileSync(file, JSON.stringify(value), { mode: 0o600 });
  return file;
}

const start = (more: object = {}) => runNode(bootstrap(more), { log: silentLog, lang: 'en', signals: [] });

function job(id: number, script: string[]): object {
  return {
    ...{
      id,
      token: `job-token-${id}`,
      job_info: { name: 'j', stage: 's', project_id: 1, project_name: 'p' },
    },
    git_info: { repo_url: 'http://127.0.0.1:1/none.git', ref: 'main', sha: '', depth: 0, refspecs: [] },
    runner_info: { timeout: 60 },
    variables: [{ key: 'GIT_STRATEGY', value: 'none' }],
    steps: [{ name: 'script', script, timeout: 60 }],
  };
}

function ask(method: string, url: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: path.join(folder, 'node.sock'), method, path: url }, (reply) =>
      json(reply).then((value) => resolve(value as Record<string, unknown>), reject),
    );
    asked.on('error', reject);
    asked.end();
  });
}

const record = () =>
  JSON.parse(readFileSync(path.join(folder, 'record.json'), 'utf8')) as Record<string, unknown>;

test('takes a job, then ends itself when idle; record, socket and farewell say so', async () => {
  control.idleTimeoutMs = 700;
  server.queue.push(job(1, ['seto', 'sleep 4']));
  const life = start();
  await expect.poll(() => server.trace(1), { timeout: 20_000 }).toContain('the runtime\n');
  expect(await ask('GET', '/')).toMatchObject({
    installationId: 'i1',
    nodeId: `node-${count}`,
    state: 'busy',
    jobId: 1,
  });
  expect(record()).toMatchObject({ nodeId: `node-${count}`, startedAt: expect.any(Number) });
  expect(record()['endedAt']).toBeUndefined();
  expect(await life).toBe('idle');
  expect(server.final(1)).toMatchObject({ state: 'success' });
  expect(ended).toEqual([{ ranMs: expect.any(Number), reason: 'idle' }]);
  expect(ended[0]?.ranMs).toBeGreaterThan(1700);
  expect(record()['endedAt']).toEqual(expect.any(Number));
  expect(beats.map(({ state }) => state)).toContain('busy');
});

test('ends itself at the end of its lease, job and all, though nothing answers', async () => {
  control.leaseMs = 4000;
  server.queue.push(job(2, ['echo begun; sleep 60']));
  const begun = performance.now();
  const life = start({ leaseMs: 4000 });
  await expect.poll(() => server.trace(2), { timeout: 20_000 }).toContain('begun\n');
  await server.stop();
  expect(await life).toBe('lease');
  expect(performance.now() - begun).toBeLessThan(6500);
  expect(record()['endedAt']).toEqual(expect.any(Number));
});

test('notes each new end of its lease for who ends the machine should it hang', async () => {
  const leaseFile = path.join(folder, 'lease');
  const left = () => Number(readFileSync(leaseFile, 'utf8')) - uptime();
  control.leaseMs = 100_000;
  const life = start({ leaseMs: 50_000, leaseFile });
  await expect.poll(() => existsSync(leaseFile) && left()).toBeGreaterThan(98);
  expect(left()).toBeLessThan(102);
  control.leaseMs = 200_000;
  await expect.poll(left).toBeGreaterThan(198);
  expect(left()).toBeLessThan(202);
  control.command = 'end';
  expect(await life).toBe('ordered');
});

test('a job is asked to end while its log and artifacts can still be delivered, also where renewals come late', async () => {
  control.leaseMs = 16_000;
  const script = [
    'echo half > part; trap "echo cleaned up; exit 1" TERM; echo begun; while :; do sleep 0.2 || :; done',
  ];
  server.queue.push({
    ...job(20, script),
    steps: [
      { name: 'script', script, timeout: 60 },
      { name: 'after_script', script: ['echo after'], timeout: 60 },
    ],
    artifacts: [{ name: 'part', paths: ['part'], when: 'always' }],
    features: { failure_reasons: ['lease_over'] },
  });
  const begun = performance.now();
  // The server counts down as the real one does: what is left shrinks with each beat.
  const countdown = setInterval(() => {
    control.leaseMs = Math.max(0, Math.round(16_000 - (performance.now() - begun)));
  }, 50);
  try {
    expect(await start({ leaseMs: 16_000 })).toBe('lease');
  } finally {
    clearInterval(countdown);
  }
  expect(performance.now() - begun).toBeLessThan(18_500);
  expect(server.trace(20)).toContain('cleaned up\n');
  expect(server.trace(20)).toContain('after\n');
  expect(server.uploads.map(({ jobId }) => jobId)).toContain(20);
  expect(server.final(20)).toMatchObject({ state: 'failed', failure_reason: 'lease_over' });
  expect(ended).toEqual([{ ranMs: expect.any(Number), reason: 'lease' }]);
});

test('a job that ignores SIGTERM does not keep a node past its lease, whether anybody answers or not', async () => {
  control.leaseMs = 5000;
  const mark = `6${Math.floor(Math.random() * 1e9)}`;
  server.queue.push(job(21, [`trap "" TERM; echo begun; while :; do sleep ${mark}; done`]));
  const begun = performance.now();
  const life = start({ leaseMs: 5000 });
  await expect.poll(() => server.trace(21), { timeout: 20_000 }).toContain('begun\n');
  await server.stop();
  expect(await life).toBe('lease');
  expect(performance.now() - begun).toBeLessThan(8500);
  await expect.poll(() => running(mark), { timeout: 5000 }).toBe(false);
});

test('a lease that is renewed is lived on', async () => {
  control.leaseMs = 1500;
  server.queue.push(job(3, ['sleep 3; echo done']));
  const life = start({ leaseMs: 1500 });
  await expect.poll(() => server.final(3)?.['state'], { timeout: 20_000 }).toBe('success');
  control.command = 'end';
  expect(await life).toBe('ordered');
});

test('drain lets the job finish, takes no other; end ends the job', async () => {
  server.queue.push(job(4, ['echo begun; sleep 4; echo whole']), job(5, ['echo never']));
  const life = start();
  await expect.poll(() => server.trace(4), { timeout: 20_000 }).toContain('begun\n');
  await ask('POST', '/drain');
  expect(await life).toBe('drained');
  expect(server.trace(4)).toContain('whole\n');
  expect(server.queue.length).toBe(1);

  server.queue.splice(0, 1, job(6, ['echo begun; sleep 60']));
  const second = start();
  await expect.poll(() => server.trace(6), { timeout: 20_000 }).toContain('begun\n');
  await ask('POST', '/end');
  expect(await second).toBe('ordered');
  expect(server.final(6)).toMatchObject({ state: 'failed', failure_reason: 'runner_system_failure' });
});

test('a node that is not accepted ends; one that the server forgot, too', async () => {
  control.enroll = 403;
  expect(await start()).toBe('failed');
});

test('without a lease it waits for a control plane that is away, and works when it is back', async () => {
  const life = start();
  await expect.poll(() => beats.length, { timeout: 20_000 }).toBeGreaterThan(0);
  await server.stop();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  server.queue.push(job(7, ['echo back']));
  await server.start();
  await expect.poll(() => server.final(7)?.['state'], { timeout: 15_000 }).toBe('success');
  await ask('POST', '/end');
  expect(await life).toBe('ordered');
});

test('as a process in its own sandbox: jobs are isolated again, and killing it ends everything', async (context) => {
  const sandbox = await detectSandbox();
  need(context, sandbox.ability.isolation === 'bubblewrap', sandbox.ability.reason ?? '');
  const secret = path.join(dir, 'secret');
  writeFileSync(secret, 'the key', { mode: 0o600 });
  const books = path.join(folder, 'machine.json');
  writeFileSync(books, 'books');
  const bootstrapFile = bootstrap();
  const { argv, env } = await nodeCommand({
    ...{ sandbox, bootstrapFile, folder, runtimeDir: path.join(dir, 'runtime'), readOnly: [books] },
    main: path.resolve(import.meta.dirname, '../../test/support/run-node.ts'),
  });
  const mark = `5${Math.floor(Math.random() * 1e9)}`;
  server.queue.push(
    job(8, [`cat ${secret} ${bootstrapFile} ${books} || ls ${dir} || id -u; ps ax | wc -l; echo part one`]),
    job(9, [`echo begun; sleep ${mark}`]),
  );
  const log = openSync(path.join(dir, 'node.log'), 'w');
  const child = spawn(argv[0], argv.slice(1), {
    env,
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
  });
  try {
    await expect.poll(() => server.trace(9), { timeout: 15_000 }).toContain('begun\n');
    expect(server.trace(8)).toContain('part one\n');
    expect(server.trace(8)).not.toContain('the key');
    expect(server.trace(8)).not.toContain('oneTimeToken');
    expect(server.trace(8)).not.toContain('books');
    expect(await ask('GET', '/')).toMatchObject({ nodeId: `node-${count}`, state: 'busy' });
    expect(running(mark)).toBe(true);
  } finally {
    process.kill(-(child.pid ?? 0), 'SIGKILL');
  }
  await once(child, 'exit');
  await expect.poll(() => running(mark), { timeout: 20_000 }).toBe(false);
});

function running(mark: string): boolean {
  const found = spawnSync('/bin/sh', ['-c', `grep -a -l -x -z ${mark} /proc/[0-9]*/cmdline 2>/dev/null`]);
  return found.stdout.toString().trim() !== '';
}

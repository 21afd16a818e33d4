import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { need } from '../../test/support/need.ts';
import { type RunnerServer, startRunnerServer } from '../../test/support/runner-server.ts';
import { detectSandbox } from '../sandbox/detect.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { systemClock } from '../shared/clock.ts';
import { silentLog } from '../shared/log.ts';
import { createOutbound, type Outbound } from '../shared/outbound.ts';
import { processExecutor } from './executors/process.ts';
import { type JobPayload, jobPayload } from './job-payload.ts';
import { createRunnerProtocol } from './protocol-client.ts';
import { type NodeEnd, runJob } from './run-job.ts';

const never = new AbortController().signal;
let sandboxes: { isolated: Sandbox; open: Sandbox };
let dir: string;
let repository: string;
let sha: string;
let server: RunnerServer;
let outbound: Outbound;
let nextId = 100;

beforeAll(async () => {
  sandboxes = { isolated: await detectSandbox(), open: await detectSandbox({ isolation: 'none' }) };
  dir = mkdtempSync(path.join(tmpdir(), 'seto-runner-'));
  repository = path.join(dir, 'repository');
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', repository, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args])
      .toString()
      .trim();
  mkdirSync(repository);
  git('init', '-q', '-b', 'main');
  writeFileSync(path.join(repository, 'hello.txt'), 'hello from git\n');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  sha = git('rev-parse', 'HEAD');
  git('update-server-info');
  mkdirSync(path.join(dir, 'runtime/bin'), { recursive: true });
  writeFileSync(path.join(dir, 'runtime/bin/seto'), '#!/bin/sh\necho the runtime\n', { mode: 0o755 });
});

beforeEach(async () => {
  server = await startRunnerServer();
  server.extra.push((request, _body, response) => {
    const [, name] = /^\/g\/p\.git\/(.+)$/.exec(new URL(request.url ?? '/', 'http://x').pathname) ?? [];
    if (name === undefined) return false;
    try {
      response.end(readFileSync(path.join(repository, '.git', name)));
    } catch {
      response.writeHead(404).end();
    }
    return true;
  });
  outbound = createOutbound({ allow: [server.url] });
});

afterEach(async () => {
  await outbound.close();
  await server.stop();
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

function job(script: string[], more: object = {}, variables: object[] = []): JobPayload {
  nextId += 1;
  return jobPayload.parse({
    id: nextId,
    token: 'job-token-of-the-test',
    job_info: { name: 'train', stage: 'train', project_id: 1, project_name: 'p' },
    git_info: {
      repo_url: `${server.url.replace('//', '//gitlab-ci-token:job-token-of-the-test@')}/g/p.git`,
      ref: 'main',
      sha,
      ref_type: 'branch',
      depth: 0,
      refspecs: ['+refs/heads/main:refs/remotes/origin/main'],
    },
    runner_info: { timeout: 60 },
    variables: [{ key: 'CI_PROJECT_PATH', value: 'group/project', raw: true }, ...variables],
    steps: [{ name: 'script', script, timeout: 60, when: 'on_success' }],
    features: { failure_reasons: ['script_failure', 'job_canceled', 'job_execution_timeout'] },
    ...more,
  });
}

async function perform(
  payload: JobPayload,
  more: { open?: true; ends?: Partial<NodeEnd>; diskBytes?: number } = {},
) {
  const workDir = path.join(
    dir,
    expect.getState().currentTestName?.replace(/\W+/g, '-').slice(0, 60) ?? 'work',
  );
  const sandbox = more.open ? sandboxes.open : sandboxes.isolated;
  const limits = { memoryMb: 2048, processes: 500, tmpBytes: 64 * 1024 * 1024 };
  const outcome = await runJob({
    job: payload,
    executor: processExecutor({ sandbox, workDir, runtimeDir: path.join(dir, 'runtime'), limits }),
    protocol: createRunnerProtocol({
      ...{ outbound, url: server.url, token: () => 'runner-token', systemId: 's_test', executor: 'process' },
      lang: 'en',
    }),
    clock: systemClock,
    log: silentLog,
    lang: 'en',
    nodeName: 'node-test',
    url: server.url,
    ca: null,
    workDir,
    diskBytes: more.diskBytes ?? 1e9,
    ends: {
      ...{ asked: never, killed: never, cleaned: never, over: AbortSignal.timeout(60_000) },
      ...more.ends,
    },
  });
  expect(readdirSync(path.join(workDir, 'jobs'))).toEqual([]);
  expect(readdirSync(path.join(workDir, 'spool'))).toEqual([]);
  return { outcome, trace: server.trace(payload.id), final: server.final(payload.id) };
}

for (const open of [false, true]) {
  const mode = open ? { open: true as const } : {};
  test(`a job: sources, commands shown, state (${open ? 'no isolation' : 'isolated'})`, async () => {
    const { trace, final } = await perform(
      job(
        ['cat hello.txt; seto', 'echo "$CI_PROJECT_DIR" $GREETING $HOME', 'git log --oneline | wc -l'],
        {},
        [
          { key: 'WHO', value: 'world', raw: true },
          { key: 'GREETING', value: 'hello-$WHO', raw: false },
        ],
      ),
      mode,
    );
    expect(trace).toContain('hello from git\nthe runtime\n');
    expect(trace).toContain('\u001b[32;1m$ cat hello.txt; seto\u001b[0;m\n');
    expect(trace).toMatch(/\/group\/project hello-world \S+\/\.home\n/);
    expect(trace).toMatch(/section_start:\d+:step_script\r/);
    expect(trace).toContain('Job succeeded');
    expect(trace).toContain(open ? 'no isolation' : 'Isolation: bubblewrap');
    expect(final).toMatchObject({ state: 'success', checksum: expect.stringMatching(/^crc32:[0-9a-f]{8}$/) });
  });
}

test('a link that a job puts among its own files leads no later write of the node out of them', async () => {
  const victim = path.join(dir, 'victim');
  writeFileSync(victim, 'of another job');
  const plant = `ln -sf ${victim} "$CI_PROJECT_DIR.tmp/after_script.sh"; ln -sf ${victim} "$CI_PROJECT_DIR.tmp/script.sh"`;
  const { trace } = await perform(
    job([plant], {
      steps: [
        { name: 'script', script: [plant], timeout: 60 },
        { name: 'after_script', script: ['echo after'], timeout: 60 },
      ],
    }),
    { open: true },
  );
  expect(trace).toContain('\nafter\n');
  expect(readFileSync(victim, 'utf8')).toBe('of another job');
});

test('the first failing command ends the job with its code; after_script still runs', async () => {
  const { trace, final } = await perform(
    job([], {
      steps: [
        { name: 'script', script: ['true | (exit 3) | true', 'echo never'], timeout: 60 },
        { name: 'after_script', script: ['echo after $CI_JOB_STATUS'], timeout: 60 },
      ],
    }),
  );
  expect(trace).not.toContain('\nnever\n');
  expect(trace).toContain('after failed\n');
  expect(final).toMatchObject({ state: 'failed', failure_reason: 'script_failure', exit_code: 3 });
});

test('nothing of the node’s environment is in a job; PATH starts with the runtime', async () => {
  process.env['SETO_SECRET_OF_NODE'] = 'leak';
  const { trace } = await perform(job(['env | sort']));
  expect(trace).not.toContain('leak');
  expect(trace).toMatch(/\nPATH=\/opt\/seto\/bin:/);
  expect(trace).toContain(`SETO_URL=${server.url}`);
  expect(trace).toContain('SETO_SANDBOX=bubblewrap');
});

test('secrets are masked, also across chunks; file variables are files', async () => {
  const { trace } = await perform(
    job(
      [
        'printf "a %s" "$(echo $SECRET | head -c 5)"; sleep 0.2; echo "$(echo $SECRET | tail -c +6) b"',
        'cat "$CONF"',
        'echo $CI_JOB_TOKEN',
      ],
      {},
      [
        { key: 'SECRET', value: 'first-second', masked: true, raw: true },
        { key: 'CONF', value: 'content of the file\n', file: true, raw: true },
        { key: 'CI_JOB_TOKEN', value: 'job-token-of-the-test', raw: true },
      ],
    ),
  );
  expect(trace).toContain('a [MASKED] b\n');
  expect(trace).toContain('content of the file\n');
  expect(trace).not.toContain('first-second');
  expect(trace).not.toContain('job-token-of-the-test');
});

test('artifacts go out as zip and gzip and come in again; a link that leads out is refused', async () => {
  const { final } = await perform(
    job(
      [
        'mkdir -p out/deep; echo model > out/deep/m.onnx; echo no > out/skip.tmp',
        'ln -s deep/m.onnx out/link; echo "<x/>" > gate.xml',
      ],
      {
        artifacts: [
          {
            name: 'a',
            paths: ['out/'],
            exclude: ['**/*.tmp'],
            when: 'on_success',
            artifact_type: 'archive',
            artifact_format: 'zip',
            expire_in: '7d',
          },
          {
            name: 'junit.xml',
            paths: ['*.xml'],
            when: 'always',
            artifact_type: 'junit',
            artifact_format: 'gzip',
          },
          {
            name: 'f',
            paths: ['out/'],
            when: 'on_failure',
            artifact_type: 'archive',
            artifact_format: 'zip',
          },
        ],
      },
    ),
  );
  expect(final?.['state']).toBe('success');
  expect(server.uploads.map(({ filename, query }) => [filename, query])).toEqual([
    ['a.zip', { expire_in: '7d', artifact_format: 'zip', artifact_type: 'archive' }],
    ['junit.xml.gz', { artifact_format: 'gzip', artifact_type: 'junit' }],
  ]);
  expect(gunzipSync(server.uploads[1]?.data ?? Buffer.alloc(0)).toString()).toBe('<x/>\n');
  server.artifacts.set(5, server.uploads[0]?.data ?? Buffer.alloc(0));
  const dependencies = [
    { id: 5, token: 'job-token-five', name: 'train', artifacts_file: { filename: 'a.zip', size: 1 } },
  ];
  server.faults.download.push({ status: 500 }, 'reset');
  const second = await perform(job(['cat out/link; ls -R out'], { dependencies }));
  expect(second.final?.['state']).toBe('success');
  expect(second.trace).toContain('model\n');
  expect(second.trace).not.toContain('skip.tmp');

  const leading = await perform(
    job(['ln -s ../../../../etc out'], {
      artifacts: [{ name: 'e', paths: ['out'], when: 'on_success', artifact_format: 'zip' }],
    }),
  );
  expect(leading.final?.['state']).toBe('success');
  expect(leading.trace).toContain('WARNING: out is left out: it is a link that leads out');
  expect(leading.trace).toContain('No files to upload');

  server.faults.upload.push({
    status: 400,
    body: '{"message":"400 The report is not acceptable (line 1)."}',
  });
  const turnedDown = await perform(
    job(['echo "BAD LINE" > d.env'], {
      artifacts: [
        { name: 'e', paths: ['d.env'], when: 'always', artifact_format: 'gzip', artifact_type: 'dotenv' },
      ],
    }),
  );
  expect(turnedDown.final).toMatchObject({ state: 'failed', failure_reason: 'script_failure' });
  expect(turnedDown.trace).toContain(
    'did not take the artifacts: 400 The report is not acceptable (line 1).',
  );

  // Another runner may have packed it all the same.
  const evil = new ZipFile();
  evil.addBuffer(Buffer.from('../../../../etc'), 'out', { mode: 0o120777 });
  evil.end();
  server.artifacts.set(5, await buffer(evil.outputStream));
  const refused = await perform(job(['echo never'], { dependencies }));
  expect(refused.trace).toContain('leads out of the folder');
  expect(refused.final).toMatchObject({ state: 'failed', failure_reason: 'runner_system_failure' });
});

test('a cache comes back in the next job of the project, not in a protected one', async () => {
  const cache = [{ key: 'k-$CI_PROJECT_PATH', paths: ['cached/'], policy: 'pull-push', when: 'on_success' }];
  await perform(job(['mkdir -p cached; echo kept > cached/file'], { cache }));
  const second = await perform(job(['cat cached/file'], { cache: [{ ...cache[0], policy: 'pull' }] }));
  expect(second.trace).toContain('kept\n');
  const third = await perform(
    job(['cat cached/file'], { cache }, [{ key: 'CI_COMMIT_REF_PROTECTED', value: 'true' }]),
  );
  expect(third.final?.['state']).toBe('failed');
});

test('trace: resumes after 416, repeats after 500 and a reset; the final state after 202 and 412', async () => {
  server.faults.trace.push(
    { status: 500 },
    'reset',
    { status: 202 },
    { status: 416, headers: { range: '0-0' } },
  );
  server.faults.update.push(
    { status: 200 },
    { status: 202 },
    { status: 412 },
    { status: 503, headers: { 'retry-after': '0' } },
  );
  const { trace, final } = await perform(job(['for i in 1 2 3; do echo line $i; sleep 0.3; done']));
  expect(trace).toContain('line 1\nline 2\nline 3\n');
  expect(trace.startsWith('Running with seto')).toBe(true);
  expect(final?.['state']).toBe('success');
});

test('the server away for a while: the job goes on, log and artifacts come when it is back', async () => {
  const payload = job(['echo before; sleep 1; echo during; sleep 1', 'echo kept > a.txt'], {
    artifacts: [
      { name: 'a', paths: ['a.txt'], when: 'on_success', artifact_type: 'archive', artifact_format: 'zip' },
    ],
  });
  const running = perform(payload);
  await expect.poll(() => server.trace(payload.id), { timeout: 20_000 }).toContain('before\n');
  await server.stop();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await server.start();
  const { trace, final } = await running;
  expect(trace).toContain('before\nduring\n');
  expect(server.uploads.length).toBe(1);
  expect(final?.['state']).toBe('success');
});

test('a graceful cancel: TERM inside, after_script with the status, failed as canceled, no child left', async (context) => {
  need(context, sandboxes.isolated.ability.isolation === 'bubblewrap', 'no bubblewrap');
  const payload = job([], {
    steps: [
      {
        name: 'script',
        script: [
          'trap "echo asked; exit 9" TERM; setsid sleep 987 & echo started; while :; do echo .; sleep 0.1; done',
        ],
        timeout: 60,
      },
      { name: 'after_script', script: ['echo after $CI_JOB_STATUS'], timeout: 60 },
    ],
  });
  const running = perform(payload);
  await expect.poll(() => server.trace(payload.id), { timeout: 20_000 }).toContain('started\n');
  server.status.set(payload.id, 'canceling');
  server.traces.set(payload.id, server.traces.get(payload.id) ?? Buffer.alloc(0));
  const { outcome, trace, final } = await running;
  expect(outcome).toEqual({ state: 'failed', reason: 'job_canceled' });
  expect(trace).toContain('asked\n');
  expect(trace).toContain('after canceled\n');
  expect(final).toMatchObject({ state: 'failed', failure_reason: 'job_canceled' });
});

test('a job past its time ends with its tree, and says so', async () => {
  const { trace, final } = await perform(job(['sleep 60'], { runner_info: { timeout: 1 } }));
  expect(trace).toContain('took longer than 1 s');
  expect(final).toMatchObject({ state: 'failed', failure_reason: 'job_execution_timeout' });
});

test('a job whose attempt is void ends at once and sends nothing more', async () => {
  const payload = job(['echo started; while :; do echo .; sleep 0.1; done']);
  const running = perform(payload);
  await expect.poll(() => server.trace(payload.id), { timeout: 20_000 }).toContain('started\n');
  server.faults.trace.push({ status: 403 });
  const { final } = await running;
  expect(final).toBeUndefined();
});

/** The steps of a node's end, milliseconds from now. */
function endingIn(asked: number, killed: number, cleaned: number): Partial<NodeEnd> {
  const at = (ms: number, reason?: string) => {
    const step = new AbortController();
    setTimeout(() => step.abort(reason), ms);
    return step.signal;
  };
  return { asked: at(asked, 'lease'), killed: at(killed), cleaned: at(cleaned) };
}

test('a job that would outlive its lease is asked to end: its own clean-up, after_script and artifacts are delivered', async () => {
  const script = [
    'mkdir model; echo half > model/checkpoint',
    'trap "echo cleaned up; exit 1" TERM; echo begun; while :; do sleep 0.2 || :; done',
  ];
  const payload = job(script, {
    steps: [
      { name: 'script', script, timeout: 60 },
      { name: 'after_script', script: ['echo after $CI_JOB_STATUS', 'ls model'], timeout: 60 },
    ],
    artifacts: [{ name: 'model', paths: ['model/'], when: 'always' }],
  });
  const { trace, final } = await perform(payload, { ends: endingIn(2500, 20_000, 30_000) });
  expect(trace).toContain('cleaned up\n');
  expect(trace).toContain('after failed\n');
  expect(trace).toMatch(/after failed[\s\S]*checkpoint\n/);
  expect(trace).toContain('lease of its node is over');
  expect(server.uploads.filter(({ jobId }) => jobId === payload.id)).toHaveLength(1);
  // `lease_over` is told only to a server that offers it; this one does not.
  expect(final).toMatchObject({ state: 'failed', failure_reason: 'unknown_failure' });
});

test('a job that ignores SIGTERM is killed when its time is over, and its after_script with the next step', async () => {
  const script = ['trap "" TERM; echo begun; while :; do sleep 1; done'];
  const begun = performance.now();
  const { trace, final } = await perform(
    job(script, {
      steps: [
        { name: 'script', script, timeout: 60 },
        {
          name: 'after_script',
          script: ['trap "" TERM; echo after; while :; do sleep 1; done'],
          timeout: 60,
        },
      ],
      features: { failure_reasons: ['lease_over'] },
    }),
    { ends: endingIn(2500, 3500, 4500) },
  );
  expect(performance.now() - begun).toBeLessThan(9500);
  expect(trace).toContain('after\n');
  expect(final).toMatchObject({ state: 'failed', failure_reason: 'lease_over' });
});

test('a job that fills the disk is ended', async () => {
  const { trace, final } = await perform(job(['head -c 30000000 /dev/zero > big; sleep 60']), {
    diskBytes: 10_000_000,
  });
  expect(trace).toMatch(/folder holds 0\.0 GB, its limit is 0\.0 GB/);
  expect(final).toMatchObject({ state: 'failed', failure_reason: 'script_failure' });
});

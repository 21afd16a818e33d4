import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { jobStage } from '../../test/support/job-stage.ts';

const stage = jobStage();
const { job, perform } = stage;

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
  const victim = path.join(stage.dir, 'victim');
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
  expect(trace).toContain(`SETO_URL=${stage.server.url}`);
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
  expect(stage.server.uploads.map(({ filename, query }) => [filename, query])).toEqual([
    ['a.zip', { expire_in: '7d', artifact_format: 'zip', artifact_type: 'archive' }],
    ['junit.xml.gz', { artifact_format: 'gzip', artifact_type: 'junit' }],
  ]);
  expect(gunzipSync(stage.server.uploads[1]?.data ?? Buffer.alloc(0)).toString()).toBe('<x/>\n');
  stage.server.artifacts.set(5, stage.server.uploads[0]?.data ?? Buffer.alloc(0));
  const dependencies = [
    { id: 5, token: 'job-token-five', name: 'train', artifacts_file: { filename: 'a.zip', size: 1 } },
  ];
  stage.server.faults.download.push({ status: 500 }, 'reset');
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

  stage.server.faults.upload.push({
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
  stage.server.artifacts.set(5, await buffer(evil.outputStream));
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
  stage.server.faults.trace.push(
    { status: 500 },
    'reset',
    { status: 202 },
    { status: 416, headers: { range: '0-0' } },
  );
  stage.server.faults.update.push(
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
  await expect.poll(() => stage.server.trace(payload.id), { timeout: 20_000 }).toContain('before\n');
  await stage.server.stop();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await stage.server.start();
  const { trace, final } = await running;
  expect(trace).toContain('before\nduring\n');
  expect(stage.server.uploads.length).toBe(1);
  expect(final?.['state']).toBe('success');
});

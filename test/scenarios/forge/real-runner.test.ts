import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../src/shared/subprocess.ts';
import { type ForgeFixture, forgeFixture } from '../../support/forge-fixture.ts';

/** A gitlab-runner binary of any age; `test/support/gitlab-runner/build FILE` makes one. */
const binary = process.env['SETO_GITLAB_RUNNER'] ?? '';
const reason = existsSync(binary) ? '' : 'SETO_GITLAB_RUNNER names no gitlab-runner binary';
if (reason !== '') console.info(`skipped: a real gitlab-runner: ${reason}`);

let fixture: ForgeFixture;
let runner: ChildProcess | null = null;
let folder: string;
let home: string;

const env = () => ({ PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8' });

async function until<T>(what: string, look: () => T | null | undefined | false, seconds = 90): Promise<T> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    const found = look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const log = path.join(home, 'runner.log');
  throw new Error(
    `${what} did not come; the runner said:\n${existsSync(log) ? readFileSync(log, 'utf8').slice(-4000) : ''}`,
  );
}

async function push(ci: string): Promise<number> {
  await fixture.commit(folder, { '.gitlab-ci.yml': ci });
  const result = await fixture.git(folder, 'push', 'origin', 'main');
  expect(result.stderr).toContain('remote: Pipeline');
  return fixture.store.get<{ id: number }>('SELECT MAX(id) AS id FROM pipelines')?.id ?? 0;
}

const pipelineOf = (id: number) => fixture.forge.readPipeline(id);
const ended = (id: number) =>
  until(
    `the end of pipeline ${id}`,
    () => ['success', 'failed', 'canceled'].includes(pipelineOf(id)?.status ?? '') && pipelineOf(id),
  );
const logOf = async (job: number) => (await fixture.fetch(`/api/v1/jobs/${job}/log`)).text();

describe.skipIf(reason !== '')('a real gitlab-runner', { timeout: 180_000 }, () => {
  beforeAll(async () => {
    fixture = await forgeFixture();
    home = path.join(fixture.dir, 'runner');
    mkdirSync(home);
    folder = await fixture.clone('work', { 'input.txt': 'hello from the repository\n' });
    const { token } = fixture.forge.runners.create(
      { description: 'real', site: 'onprem', tags: ['real'], runUntagged: true },
      'system',
    );
    const config = path.join(home, 'config.toml');
    const registered = await run(
      [
        binary,
        'register',
        '--non-interactive',
        '--config',
        config,
        '--url',
        `${fixture.url}/`,
        '--registration-token',
        token,
        '--executor',
        'shell',
        '--shell',
        'bash',
        '--name',
        'real',
        '--builds-dir',
        path.join(home, 'builds'),
        '--cache-dir',
        path.join(home, 'cache'),
      ],
      { env: env(), cwd: home, timeoutMs: 60_000 },
    );
    expect(registered.code, registered.stderr).toBe(0);
    const text = readFileSync(config, 'utf8')
      .replace('check_interval = 0', 'check_interval = 1')
      .replace('concurrent = 1', 'concurrent = 2');
    writeFileSync(config, text);
    const child = spawn(binary, ['--debug', 'run', '--config', config, '--working-directory', home], {
      env: env(),
      cwd: home,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer) => writeFileSync(path.join(home, 'runner.log'), chunk, { flag: 'a' });
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    runner = child;
  }, 120_000);

  afterAll(async () => {
    if (runner) {
      const gone = new Promise((resolve) => runner?.on('exit', resolve));
      // Asked politely it waits for its held request.
      runner.kill('SIGKILL');
      await gone;
    }
    if (reason === '') await fixture.close();
  });

  it('runs a pipeline: clone, variables, masks, after_script, artifacts from job to job', async () => {
    fixture.forge.variables.set(
      fixture.projectId,
      { key: 'API_KEY', value: 'very-secret-value', masked: true, protected: false, file: false, raw: false },
      'system',
    );
    fixture.forge.variables.set(
      fixture.projectId,
      { key: 'NOTE', value: 'in a file', masked: false, protected: false, file: true, raw: false },
      'system',
    );
    const id = await push(`stages: [build, test]
build:
  stage: build
  tags: [real]
  variables: { WHO: world }
  script:
    - cat input.txt
    - echo "key $API_KEY for $WHO in $CI_COMMIT_BRANCH"
    - cat "$NOTE"
    - test -n "$SETO_ID_TOKEN"
    - mkdir out && echo made > out/made.txt
  after_script: [echo afterwards]
  artifacts: { paths: [out/] }
check:
  stage: test
  script: [cat out/made.txt]
`);
    const pipeline = await ended(id);
    const [build, check] = pipeline.jobs;
    const log = await logOf(build?.id ?? 0);
    expect(pipeline.status, log).toBe('success');
    expect(log).toContain('hello from the repository');
    expect(log).toContain('key [MASKED] for world in main');
    expect(log).toContain('in a file');
    expect(log).toContain('afterwards');
    expect(log).not.toMatch(/section_start|very-secret/);
    expect(await logOf(check?.id ?? 0)).toMatch(/^made$/m);
  });

  it('reports failures with their exit code and hears a cancel', async () => {
    const failed = await ended(await push('a: { script: [exit 7] }\n'));
    expect(failed.jobs[0]).toMatchObject({ status: 'failed', failureReason: 'script_failure' });
    const id = await push(
      'a: { script: ["echo started", "for i in $(seq 100); do echo $i; sleep 1; done"] }\n',
    );
    const job = await until('the running job', () =>
      pipelineOf(id)?.jobs.find((each) => each.status === 'running'),
    );
    await until('its log', () =>
      fixture.store.get('SELECT 1 FROM jobs WHERE id = ? AND started_at IS NOT NULL', job.id),
    );
    await new Promise((resolve) => setTimeout(resolve, 3000));
    fixture.forge.actions.cancelJob(job.id, 'user:1');
    const canceled = await ended(id);
    expect(canceled.status).toBe('canceled');
    expect(await logOf(job.id)).toContain('started');
  });
});

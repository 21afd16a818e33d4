import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ForgeFixture, forgeFixture } from '../../support/forge-fixture.ts';
import { scriptedRunner } from '../../support/scripted-runner.ts';

let fixture: ForgeFixture;
let runner: ReturnType<typeof scriptedRunner>;
let folder: string;
beforeAll(async () => {
  fixture = await forgeFixture();
  runner = scriptedRunner(fixture, newRunner(['onprem'], true));
  folder = await fixture.clone('work', { 'README.md': 'line' });
});
afterAll(() => fixture.close());

function newRunner(tags: string[], runUntagged: boolean): string {
  return fixture.forge.runners.create({ description: 'test', site: 'onprem', tags, runUntagged }, 'system')
    .token;
}

/** Pushes this CI file to main and returns the new pipeline's id. */
async function push(ci: string): Promise<number> {
  await fixture.commit(folder, { '.gitlab-ci.yml': ci });
  const result = await fixture.git(folder, 'push', 'origin', 'main');
  expect(result.stderr).toContain('remote: Pipeline');
  return fixture.store.get<{ id: number }>('SELECT MAX(id) AS id FROM pipelines')?.id ?? 0;
}

const statusOf = (pipeline: number) => fixture.forge.readPipeline(pipeline)?.status;
const jobsOf = (pipeline: number) =>
  Object.fromEntries((fixture.forge.readPipeline(pipeline)?.jobs ?? []).map((job) => [job.name, job]));
async function next() {
  const job = await runner.request();
  if (!job) throw new Error('no job was given');
  return job;
}

describe('the runner protocol', { timeout: 60_000 }, () => {
  it('signs runners up in the new way and the old, and refuses wrong tokens with 403', async () => {
    const token = newRunner(['x'], false);
    const verify = await fixture.fetch('/api/v4/runners/verify', {
      method: 'POST',
      token: null,
      json: { token, system_id: 's' },
    });
    expect([verify.status, verify.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('application/json'),
    ]);
    expect(await verify.json()).toMatchObject({ token });
    const legacy = await fixture.fetch('/api/v4/runners', { method: 'POST', token: null, json: { token } });
    expect(legacy.status).toBe(201);
    const renewed = await fixture.fetch('/api/v4/runners/reset_authentication_token', {
      method: 'POST',
      token: null,
      json: { token },
    });
    expect(renewed.status).toBe(201);
    const fresh = ((await renewed.json()) as { token: string }).token;
    const leave = (given: string) =>
      fixture.fetch('/api/v4/runners', { method: 'DELETE', token: null, json: { token: given } });
    expect((await leave(token)).status).toBe(403);
    expect((await leave(fresh)).status).toBe(204);
    expect((await leave(fresh)).status).toBe(403);
    for (const path of ['/api/v4/runners/verify', '/api/v4/jobs/request'])
      expect(
        (await fixture.fetch(path, { method: 'POST', token: null, json: { token: 'glrt-no' } })).status,
      ).toBe(403);
    expect((await fixture.fetch('/api/v4/runners/router/discovery', { token: null })).status).toBe(501);
  });

  it('drives a pipeline from push to success, artifacts and dotenv handed on', async () => {
    fixture.forge.variables.set(
      fixture.projectId,
      { key: 'TARGET', value: 'project', masked: false, protected: false, file: false, raw: false },
      'system',
    );
    const pipeline = await push(`stages: [build, test]
build:
  stage: build
  script: [make]
  variables: { HOW: pull }
  cache: { key: $CI_COMMIT_REF_SLUG, paths: [cached/], policy: $HOW }
  artifacts: { paths: [out/], access: maintainer, reports: { dotenv: build.env } }
check:
  stage: test
  variables: { MODE: strict }
  environment: { name: review/$CI_COMMIT_REF_NAME, url: "https://$CI_ENVIRONMENT_SLUG.example.com" }
  script: [check]
`);
    const build = await next();
    expect(build.job_info).toMatchObject({ name: 'build', stage: 'build' });
    expect(build.git_info.refspecs[0]).toBe(`+refs/pipelines/${pipeline}:refs/pipelines/${pipeline}`);
    const variables = new Map(build.variables.map((each) => [each.key, each]));
    expect(variables.get('CI_PIPELINE_ID')?.value).toBe(String(pipeline));
    expect(variables.get('CI_JOB_TOKEN')).toMatchObject({ value: build.token, masked: true });
    expect(variables.get('SETO_URL')?.value).toBe(fixture.url);
    expect(variables.get('CI_REGISTRY_IMAGE')?.value).toBe(`${new URL(fixture.url).host}/factory/line`);
    expect(build.artifacts.map((each) => each.artifact_type)).toEqual(['archive', 'dotenv']);
    expect(build.cache).toMatchObject([{ key: 'main-protected', policy: 'pull' }]);
    // The job's own token clones, over the URL the runner was given.
    const clone = await fixture.git(
      fixture.dir,
      'fetch',
      build.git_info.repo_url,
      ...build.git_info.refspecs,
    );
    expect(clone.stderr).not.toContain('Authentication failed');
    expect((await runner.update(build, 'running')).status).toBe(200);
    expect(await runner.request()).toBeNull();
    const log = 'hello\n';
    const patch = await runner.patch(build, 0, log);
    expect([patch.status, patch.headers.get('job-status'), patch.headers.get('range')]).toEqual([
      202,
      'running',
      '0-6',
    ]);
    expect((await runner.patch(build, 9, 'x')).status).toBe(416);
    const notAForm = await fixture.fetch(`/api/v4/jobs/${build.id}/artifacts`, {
      method: 'POST',
      token: build.token,
      json: {},
    });
    expect(notAForm.status).toBe(400);
    const badFormat = 'artifact_type=archive&artifact_format=../zip';
    expect((await runner.upload(build, 'a.zip', Buffer.from('x'), badFormat)).status).toBe(400);
    expect((await runner.upload(build, 'artifacts.zip', Buffer.from('zip bytes'))).status).toBe(201);
    const env = gzipSync('VERSION=1.2\nMODE=report\nTARGET=report\n');
    expect(
      (await runner.upload(build, 'build.env.gz', env, 'artifact_type=dotenv&artifact_format=gzip')).status,
    ).toBe(201);
    const refusal = async (report: Uint8Array<ArrayBuffer>) => {
      const reply = await runner.upload(build, 'e.gz', report, 'artifact_type=dotenv&artifact_format=gzip');
      return ((await reply.json()) as { message: string }).message;
    };
    expect(await refusal(gzipSync('A=1\nLD_PRELOAD=/x\n'))).toMatch(
      /^400 Line 2 of the dotenv report sets LD_PRELOAD, .*Choose another name/,
    );
    expect(await refusal(gzipSync(`A=${'x'.repeat(70_000)}`))).toMatch(/^413 .* larger than 64 kB/);
    expect(await refusal(Buffer.from('no gzip'))).toMatch(/^400 .*dotenv: not gzip/);
    expect(
      (await runner.update(build, 'success', { checksum: 'crc32:00000000', output: { bytesize: 6 } })).status,
    ).toBe(412);
    const checksum = runner.checksum(log);
    expect(
      (await runner.update(build, 'success', { checksum, output: { checksum, bytesize: 6 } })).status,
    ).toBe(200);
    expect((await runner.patch(build, 6, 'late')).status).toBe(403);

    const check = await next();
    expect(check.job_info.name).toBe('check');
    const given = new Map(check.variables.map((each) => [each.key, each]));
    expect(given.get('VERSION')?.value).toBe('1.2');
    expect([given.get('MODE')?.value, given.get('TARGET')?.value]).toEqual(['report', 'project']);
    // Left for the runner to fill in, so it must not be raw.
    expect(given.get('CI_ENVIRONMENT_URL')).toMatchObject({
      value: 'https://$CI_ENVIRONMENT_SLUG.example.com',
      raw: false,
    });
    expect(check.dependencies).toEqual([
      {
        id: build.id,
        name: 'build',
        token: check.token,
        artifacts_file: { filename: 'artifacts.zip', size: 9 },
      },
    ]);
    expect(await (await runner.download(build.id, check.token)).text()).toBe('zip bytes');
    const fetched = (token: string) =>
      fixture.fetch(`/api/v4/jobs/${build.id}/artifacts`, { token }).then((reply) => reply.status);
    expect(await fetched(fixture.tokens.maintainer)).toBe(200);
    expect(await fetched(fixture.tokens.developer)).toBe(403);
    expect((await runner.update({ id: build.id, token: check.token }, 'failed')).status).toBe(403);
    await runner.update(check, 'success');
    expect(statusOf(pipeline)).toBe('success');
    const log2 = await fixture.fetch(`/api/v1/jobs/${build.id}/log`);
    expect(await log2.text()).toBe('hello\n');
  });

  it('fails a job whose needed artifacts expired, saying what to repeat, and runs it once they are back', async () => {
    const pipeline =
      await push(`build: { stage: build, script: [x], artifacts: { paths: [out/], expire_in: 1 hour, access: none } }
bare: { stage: build, script: [x], needs: [] }
use: { stage: test, script: [x], when: manual, retry: 2, needs: [build] }
ignore: { stage: test, script: [x], when: manual, needs: [{ job: build, artifacts: false }, bare] }
`);
    const build = async () => {
      const job = await next();
      expect(job.job_info.name).toBe('build');
      await runner.upload(job, 'artifacts.zip', Buffer.from('zip bytes'));
      await runner.update(job, 'success');
      return job;
    };
    const play = (name: string, how: string) =>
      fixture.fetch(`/api/v1/jobs/${jobsOf(pipeline)[name]?.id}/${how}`, { method: 'POST' });
    const first = await build();
    await runner.update(await next(), 'success');
    fixture.turn(3_600_000);
    fixture.forge.sweep.tick();
    await play('use', 'play');
    // No node is born for it, and no runner gets it.
    expect(fixture.forge.waitingJobs()).toEqual([]);
    expect(await runner.request()).toBeNull();
    fixture.forge.sweep.tick();
    await expect
      .poll(() => jobsOf(pipeline)['use'])
      .toMatchObject({ status: 'failed', failureReason: 'missing_dependency_failure', attempt: 1 });
    const use = jobsOf(pipeline)['use']?.id;
    expect(await (await fixture.fetch(`/api/v1/jobs/${use}/log`)).text()).toMatch(
      new RegExp(`job build, .*seto job retry ${first.id}.*seto job retry ${use}`),
    );
    await play('ignore', 'play');
    expect(await next()).toMatchObject({ job_info: { name: 'ignore' }, dependencies: [] });

    await play('build', 'retry');
    const second = await build();
    await play('use', 'retry');
    const running = await next();
    expect(running.dependencies).toMatchObject([{ id: second.id, name: 'build' }]);
    // `access: none` keeps people out, not the jobs that need it.
    expect((await runner.download(second.id, running.token)).status).toBe(200);
    expect((await fixture.fetch(`/api/v4/jobs/${second.id}/artifacts`)).status).toBe(403);
  });

  it('holds a request until a job fits it', async () => {
    expect(await runner.request()).toBeNull();
    const held = runner.request({ hold: true });
    const pipeline = await push('a: { script: [x], tags: [onprem] }\n');
    const job = await held;
    expect(job?.job_info.name).toBe('a');
    await runner.update(job ?? { id: 0, token: '' }, 'failed', {
      exit_code: 3,
      failure_reason: 'script_failure',
    });
    expect(jobsOf(pipeline)['a']).toMatchObject({
      status: 'failed',
      exitCode: 3,
      failureReason: 'script_failure',
    });
    expect(statusOf(pipeline)).toBe('failed');
    const again = await fixture.fetch(`/api/v1/pipelines/${pipeline}/retry`, { method: 'POST' });
    expect(again.status).toBe(200);
    const second = await next();
    expect(second.id).not.toBe(job?.id);
    await runner.update(second, 'success');
    expect(statusOf(pipeline)).toBe('success');
  });

  it('gives jobs only to runners with their tags', async () => {
    const pipeline = await push('a: { script: [x], tags: [gpu], services: ["postgres:16"] }\n');
    expect(await runner.request()).toBeNull();
    // Services are containers: only an executor that runs those is given the job.
    expect(fixture.forge.waitingJobs()).toMatchObject([{ name: 'a', image: 'postgres:16' }]);
    const other = scriptedRunner(fixture, newRunner(['gpu', 'big'], false));
    const job = await other.request();
    expect(job?.job_info.name).toBe('a');
    await runner.update(job ?? { id: 0, token: '' }, 'success');
    expect(statusOf(pipeline)).toBe('success');
  });

  it('cancels: older runners hear canceled, newer ones canceling; what they send last is kept', async () => {
    for (const graceful of [false, true]) {
      const pipeline = await push('a: { script: [x] }\nb: { script: [x], stage: deploy }\n');
      const job = await runner.request({ graceful });
      if (!job) throw new Error('no job was given');
      await runner.patch(job, 0, 'one\n');
      await fixture.fetch(`/api/v1/pipelines/${pipeline}/cancel`, { method: 'POST' });
      expect(jobsOf(pipeline)['b']?.status).toBe('canceled');
      const patch = await runner.patch(job, 4, 'two\n');
      expect(patch.headers.get('job-status')).toBe(graceful ? 'canceling' : 'canceled');
      // The older form starts again at its old offset: cut there, and taken.
      expect((await runner.patch(job, 4, 'two, three\n')).status).toBe(202);
      await runner.update(job, 'failed', { failure_reason: 'unknown_failure' });
      expect(jobsOf(pipeline)['a']).toMatchObject({ status: 'canceled' });
      expect(statusOf(pipeline)).toBe('canceled');
      expect(await (await fixture.fetch(`/api/v1/jobs/${job.id}/log`)).text()).toBe('one\ntwo, three\n');
    }
  });

  it('voids a silent attempt, kills its token first, and repeats it once', async () => {
    const pipeline = await push('a: { script: [x] }\n');
    const first = await next();
    fixture.turn(59_000);
    fixture.forge.sweep.tick();
    expect((await runner.patch(first, 0, 'alive\n')).status).toBe(202);
    fixture.turn(61_000);
    fixture.forge.sweep.tick();
    expect((await runner.patch(first, 6, 'late\n')).status).toBe(403);
    const second = await next();
    expect(second.id).not.toBe(first.id);
    fixture.turn(61_000);
    fixture.forge.sweep.tick();
    expect(jobsOf(pipeline)['a']).toMatchObject({
      status: 'failed',
      failureReason: 'runner_system_failure',
      attempt: 2,
    });
    expect(await runner.request()).toBeNull();
  });

  it('waits 120 s after its own start before it judges', async () => {
    const pipeline = await push('a: { script: [x] }\n');
    const job = await next();
    await fixture.restart();
    fixture.turn(119_000);
    fixture.forge.sweep.tick();
    expect(jobsOf(pipeline)['a']?.status).toBe('running');
    expect((await runner.patch(job, 0, 'back\n')).status).toBe(202);
    await runner.update(job, 'success');
    expect(statusOf(pipeline)).toBe('success');
  });

  it('retries as the file says, runs manual and delayed jobs, keeps a resource group to one', async () => {
    const pipeline = await push(`a: { script: [x], retry: 1 }
m: { script: [x], when: manual, resource_group: line }
d: { script: [x], when: delayed, start_in: 2 minutes, resource_group: line }
`);
    const a = await next();
    await runner.update(a, 'failed');
    const again = await next();
    expect(again.job_info.name).toBe('a');
    await runner.update(again, 'success');
    expect(await runner.request()).toBeNull();
    fixture.turn(121_000);
    fixture.forge.sweep.tick();
    const delayed = await next();
    expect(delayed.job_info.name).toBe('d');
    const manual = jobsOf(pipeline)['m'];
    expect((await fixture.fetch(`/api/v1/jobs/${manual?.id}/play`, { method: 'POST' })).status).toBe(200);
    expect(jobsOf(pipeline)['m']?.status).toBe('waiting_for_resource');
    await runner.update(delayed, 'success');
    const played = await next();
    expect(played.job_info.name).toBe('m');
    await runner.update(played, 'success');
    expect(statusOf(pipeline)).toBe('success');
  });

  it('exchanges the ID token for a session that ends with the attempt, and masks in the server too', async () => {
    const set = await fixture.fetch('/api/v1/projects/factory/line/variables/API_KEY', {
      method: 'PUT',
      json: { value: 'very-secret-value', masked: true },
    });
    expect(set.status).toBe(200);
    await push('a: { script: [x] }\n');
    const job = await next();
    const value = (key: string) => job.variables.find((each) => each.key === key)?.value ?? '';
    expect(value('API_KEY')).toBe('very-secret-value');
    const exchange = () =>
      fixture.fetch('/api/v1/session/exchange', {
        method: 'POST',
        token: null,
        json: { idToken: value('SETO_ID_TOKEN') },
      });
    const session = (await (await exchange()).json()) as {
      token: string;
      projectPath: string;
      jobId: number;
    };
    expect(session).toMatchObject({ projectPath: 'factory/line', jobId: job.id });
    const own = async () => (await fixture.fetch('/api/v1/session', { token: session.token })).status;
    expect(await own()).toBe(200);
    await runner.patch(job, 0, 'key very-sec');
    await runner.patch(job, 12, `ret-value ${job.token}\n`);
    await runner.update(job, 'success');
    expect(await own()).toBe(401);
    expect((await exchange()).status).toBe(401);
    const log = await (await fixture.fetch(`/api/v1/jobs/${job.id}/log`)).text();
    expect(log).toMatch(/^key \*{17} \*+\n$/);
    const keys = (await (await fixture.fetch('/oauth/discovery/keys', { token: null })).json()) as {
      keys: object[];
    };
    expect(keys.keys[0]).not.toHaveProperty('d');
    const row = fixture.store.get<{ value: string }>("SELECT value FROM variables WHERE key = 'API_KEY'");
    expect(row?.value).not.toContain('secret');
  });

  it('takes a job back whose runner is gone before it got the answer', async () => {
    const gone = new AbortController();
    await runner.request();
    const held = runner.request({ hold: true, signal: gone.signal }).catch(() => null);
    await new Promise((resolve) => setTimeout(resolve, 100));
    gone.abort();
    await held;
    const pipeline = await push('a: { script: [x] }\n');
    const job = await next();
    expect(job.job_info.name).toBe('a');
    await runner.update(job, 'success');
    expect(statusOf(pipeline)).toBe('success');
  });

  it('follows a log until the job ends', async () => {
    await push('a: { script: [x] }\n');
    const job = await next();
    const following = fixture.fetch(`/api/v1/jobs/${job.id}/log?follow=1`).then((reply) => reply.text());
    await runner.patch(
      job,
      0,
      '2026-11-23T15:28:40.268671Z 00O section_start:1700000000:build\r\u001b[0Kone\n',
    );
    const at = Buffer.byteLength(
      '2026-11-23T15:28:40.268671Z 00O section_start:1700000000:build\r\u001b[0Kone\n',
    );
    await runner.patch(job, at, '2026-11-23T15:28:41.268671Z 00O+ two\n');
    await runner.update(job, 'success');
    expect(await following).toBe('one two\n');
  });
});

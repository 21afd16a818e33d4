import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { variablesContext } from '../../../src/forge/embedded/pipeline-rows.ts';
import { type ForgeFixture, forgeFixture } from '../../support/forge-fixture.ts';
import { scriptedRunner } from '../../support/scripted-runner.ts';

let fixture: ForgeFixture;
let folder: string;
let runner: ReturnType<typeof scriptedRunner>;
beforeAll(async () => {
  fixture = await forgeFixture();
  folder = await fixture.clone('work', {
    '.gitlab-ci.yml': 'a: { script: [x], artifacts: { paths: [out] } }\n',
  });
  const created = fixture.forge.runners.create(
    { description: 'test', site: 'onprem', tags: [], runUntagged: true },
    'system',
  );
  runner = scriptedRunner(fixture, created.token);
});
afterAll(() => fixture.close());

const repository = () => path.join(fixture.dir, 'git/factory/line.git');
const git = (...args: string[]) =>
  execFileSync('git', ['--git-dir', repository(), ...args])
    .toString()
    .trim();
const newest = () =>
  fixture.store.get<{ id: number; sha: string; status: string; ref: string }>(
    'SELECT * FROM pipelines ORDER BY id DESC',
  );
const objects = () =>
  readdirSync(path.join(fixture.dir, 'objects'), { recursive: true, withFileTypes: true }).filter((each) =>
    each.isFile(),
  );

describe('a crash', { timeout: 60_000 }, () => {
  it('between handing a job out and its arrival gives it to the node again, as the same attempt', async () => {
    await fixture.git(folder, 'push', 'origin', 'main:lost-answer');
    const { token } = fixture.forge.runners.forNode({
      nodeId: 'node-a',
      pool: 'p',
      site: 'onprem',
      tags: [],
    });
    const first = await scriptedRunner(fixture, token).request();
    await fixture.restart();
    const node = scriptedRunner(fixture, token);
    const again = await node.request();
    expect(again?.id).toBe(first?.id);
    expect(again?.token).not.toBe(first?.token);
    expect((await node.update(first ?? { id: 0, token: '' }, 'success')).status).toBe(403);
    await node.patch(again ?? { id: 0, token: '' }, 0, 'it began');
    // An attempt that began is never run again as itself.
    const repeated = await node.request();
    expect(repeated?.job_info.name).toBe('a');
    expect(repeated?.id).not.toBe(again?.id);
    expect((await node.update(repeated ?? { id: 0, token: '' }, 'success')).status).toBe(200);
  });

  it('between git and pipeline loses neither the pipeline nor its options', async () => {
    const sha = await fixture.commit(folder, {}, 'Half pushed');
    await fixture.git(folder, 'push', '-o', 'ci.skip', 'origin', 'main:other');
    await fixture.restart(() => undefined);
    const { store, forge } = fixture;
    const sealed = forge.context.seal.seal(JSON.stringify({ WHO: 'me' }), variablesContext);
    const zero = '0'.repeat(40);
    for (const [ref, at] of [
      ['refs/heads/half', sha],
      ['refs/heads/never', sha],
    ] as const)
      store.run(
        'INSERT INTO pushes (project_id, ref, old_sha, new_sha, user_id, skip, variables, created_at) VALUES (?, ?, ?, ?, 1, 0, ?, 0)',
        fixture.projectId,
        ref,
        zero,
        at,
        sealed,
      );
    git('update-ref', 'refs/heads/half', sha);
    await fixture.restart();
    expect(fixture.store.all('SELECT * FROM pushes')).toEqual([]);
    expect(newest()).toMatchObject({ ref: 'half', sha, status: 'pending' });
    const job = await runner.request();
    expect(job?.variables.find((each) => each.key === 'WHO')?.value).toBe('me');
    await runner.update(job ?? { id: 0, token: '' }, 'success');
  });

  it('that broke a repository keeps the platform from nothing; its push waits for the repair', async () => {
    const sha = await fixture.commit(folder, {}, 'Pushed before the disk failed');
    await fixture.git(folder, 'push', '-o', 'ci.skip', 'origin', 'main:mended');
    const config = path.join(repository(), 'config');
    const whole = readFileSync(config);
    fixture.store.run("DELETE FROM seen_refs WHERE ref = 'refs/heads/mended'");
    fixture.store.run('UPDATE pipelines SET published = 0 WHERE id = ?', newest()?.id ?? 0);
    await fixture.restart(() => writeFileSync(config, '[broken'));
    expect(fixture.store.all('SELECT * FROM pipelines WHERE published = 0')).toHaveLength(1);
    await fixture.restart(() => writeFileSync(config, whole));
    expect(fixture.store.all('SELECT * FROM pipelines WHERE published = 0')).toEqual([]);
    expect(newest()).toMatchObject({ ref: 'mended', sha, status: 'pending' });
    const job = await runner.request();
    await runner.update(job ?? { id: 0, token: '' }, 'success');
  });

  it('between the pipeline’s rows and its ref is finished at the next start, and no job starts before', async () => {
    await fixture.commit(folder, {}, 'More');
    await fixture.git(folder, 'push', 'origin', 'main');
    const made = newest();
    fixture.store.run('UPDATE pipelines SET published = 0 WHERE id = ?', made?.id ?? 0);
    fixture.store.run("UPDATE jobs SET status = 'created' WHERE pipeline_id = ?", made?.id ?? 0);
    git('update-ref', '-d', `refs/pipelines/${made?.id}`);
    expect(await runner.request()).toBeNull();
    await fixture.restart();
    expect(git('rev-parse', `refs/pipelines/${made?.id}`)).toBe(made?.sha);
    const job = await runner.request();
    await runner.update(job ?? { id: 0, token: '' }, 'success');
    expect(newest()?.status).toBe('success');
  });

  it('during an artifact upload leaves nothing half: the runner sends it again, and leftovers go', async () => {
    await fixture.commit(folder, {}, 'With artifact');
    await fixture.git(folder, 'push', 'origin', 'main');
    const job = await runner.request();
    if (!job) throw new Error('no job was given');
    const before = objects().length;
    const url = new URL(
      `${fixture.url}/api/v4/jobs/${job.id}/artifacts?artifact_type=archive&artifact_format=zip`,
    );
    const upload = request(url, {
      method: 'POST',
      headers: {
        'job-token': job.token,
        'content-type': 'multipart/form-data; boundary=xx',
        'transfer-encoding': 'chunked',
      },
    });
    upload.on('error', () => undefined);
    upload.write('--xx\r\ncontent-disposition: form-data; name="file"; filename="a.zip"\r\n\r\n');
    upload.write(Buffer.alloc(300_000, 1));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await fixture.restart();
    expect(fixture.forge.artifacts.of(job.id)).toEqual([]);
    expect((await runner.upload(job, 'a.zip', Buffer.alloc(300_000, 2))).status).toBe(201);
    expect((await runner.upload(job, 'a.zip', Buffer.alloc(300_000, 3))).status).toBe(201);
    await runner.update(job, 'success');
    fixture.turn(86_400_000 + 1);
    await fixture.forge.artifacts.sweep();
    expect(fixture.store.all('SELECT * FROM artifact_leftovers')).toEqual([]);
    expect(objects().length).toBe(before + 1);
    fixture.turn(30 * 86_400_000);
    await fixture.forge.artifacts.sweep();
    expect(objects().length).toBe(before);
  });

  it('while a job runs lets the runner go on where it was', async () => {
    await fixture.commit(folder, {}, 'Long');
    await fixture.git(folder, 'push', 'origin', 'main');
    const job = await runner.request();
    if (!job) throw new Error('no job was given');
    await runner.patch(job, 0, 'one\n');
    await fixture.restart();
    expect((await runner.patch(job, 0, 'one\n')).status).toBe(202);
    expect((await runner.patch(job, 4, 'two\n')).status).toBe(202);
    const checksum = runner.checksum('one\ntwo\n');
    expect(
      (await runner.update(job, 'success', { checksum, output: { checksum, bytesize: 8 } })).status,
    ).toBe(200);
    expect(newest()?.status).toBe('success');
  });

  it('leaves a broken CI file of an old push in nobody’s way', async () => {
    await fixture.restart(() => {
      const blob = execFileSync('git', ['--git-dir', repository(), 'hash-object', '-w', '--stdin'], {
        input: `a: ${'['.repeat(10_000)}`,
      });
      const tree = execFileSync('git', ['--git-dir', repository(), 'mktree'], {
        input: `100644 blob ${blob.toString().trim()}\t.gitlab-ci.yml\n`,
      });
      const commit = execFileSync('git', [
        '-c',
        'user.name=x',
        '-c',
        'user.email=x@y',
        '--git-dir',
        repository(),
        'commit-tree',
        '-m',
        'x',
        tree.toString().trim(),
      ]);
      git('update-ref', 'refs/heads/evil', commit.toString().trim());
    });
    expect(newest()).toMatchObject({ ref: 'evil', status: 'failed' });
  });
});

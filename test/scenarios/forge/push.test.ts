import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ForgeFixture, forgeFixture } from '../../support/forge-fixture.ts';

const twoJobs = `stages: [build, test]
build:
  stage: build
  script: [echo build]
check:
  stage: test
  script: [echo check]
`;

let fixture: ForgeFixture;
beforeAll(async () => {
  fixture = await forgeFixture();
});
afterAll(() => fixture.close());

const pipelines = () =>
  fixture.store.all<{ id: number; ref: string; sha: string; status: string }>(
    'SELECT * FROM pipelines ORDER BY id',
  );

describe('git push over HTTP', { timeout: 60_000 }, () => {
  it('asks for credentials, takes the push, and names pipeline and jobs to the pusher', async () => {
    const refs = await fixture.fetch('/git/factory/line.git/info/refs?service=git-receive-pack', {
      token: null,
    });
    expect(refs.status).toBe(401);
    expect(refs.headers.get('www-authenticate')).toMatch(/^Basic /);
    const folder = await fixture.clone('first', { '.gitlab-ci.yml': twoJobs });
    const push = await fixture.git(folder, 'push', 'origin', 'main');
    expect(push.stderr).toContain('remote: Pipeline #1 for main. Watch it: `seto pipeline show 1`');
    expect(push.stderr).toContain('remote: Jobs: build, check');
    expect(push.code).toBe(0);
    const made = pipelines();
    expect(made).toMatchObject([{ id: 1, ref: 'main', status: 'pending' }]);
    const kept = execFileSync('git', [
      '--git-dir',
      path.join(fixture.dir, 'git/factory/line.git'),
      'rev-parse',
      'refs/pipelines/1',
    ]);
    expect(kept.toString().trim()).toBe(made[0]?.sha);
  });

  it('shows every finding of a broken file in the pusher’s language, and runs nothing', async () => {
    const folder = await fixture.clone('broken', {
      '.gitlab-ci.yml': 'a:\n  script: [x]\n  stage: nowhere\nb:\n  script: {}\n',
    });
    await fixture.git(folder, 'checkout', '-q', '-b', 'broken');
    const push = await fixture.git(
      folder,
      '-c',
      'http.extraHeader=Accept-Language: ja',
      'push',
      'origin',
      'broken',
    );
    expect(push.code).toBe(0);
    expect(push.stderr).toMatch(/remote: .*\.gitlab-ci\.yml に 2 件/);
    expect(push.stderr).toContain('.gitlab-ci.yml:3:');
    expect(push.stderr).toContain('.gitlab-ci.yml:5:');
    expect(pipelines().at(-1)).toMatchObject({ ref: 'broken', status: 'failed' });
  });

  it('refuses protected branches to developers and our own refs to everyone, and nothing of such a push is kept', async () => {
    const folder = await fixture.clone('dev', { 'x.txt': 'x' }, fixture.tokens.developer);
    const before = pipelines().length;
    const push = await fixture.git(folder, 'push', '--force', 'origin', 'main:main', 'main:refs/heads/side');
    expect(push.code).not.toBe(0);
    expect(push.stderr).toMatch(/! \[remote rejected\] main -> main \(protected/);
    expect(push.stderr).toMatch(/! \[remote rejected\] main -> side \(not taken/);
    const own = await fixture.git(folder, 'push', 'origin', 'main:refs/pipelines/99');
    expect(own.stderr).toContain('! [remote rejected]');
    const ref = await fixture.fetch('/git/factory/line.git/info/refs?service=git-upload-pack');
    expect(await ref.text()).not.toContain('refs/heads/side');
    expect(pipelines().length).toBe(before);
  });

  it('refuses a push by whoever may only look, before any pack is sent', async () => {
    const folder = await fixture.clone('viewer', { 'x.txt': 'x' }, fixture.tokens.viewer);
    const push = await fixture.git(folder, 'push', 'origin', 'main:side');
    expect(push.code).not.toBe(0);
    expect(push.stderr).toContain('403');
  });

  it('takes force pushes, tags and deletions; a force push does not lose the pipeline’s commit', async () => {
    const folder = await fixture.clone('force', { '.gitlab-ci.yml': twoJobs }, fixture.tokens.developer);
    await fixture.git(folder, 'push', 'origin', 'main:work');
    const first = pipelines().at(-1);
    await fixture.git(folder, 'commit', '--quiet', '--amend', '-m', 'Other');
    expect((await fixture.git(folder, 'push', 'origin', 'main:work')).code).not.toBe(0);
    expect((await fixture.git(folder, 'push', '--force', 'origin', 'main:work')).code).toBe(0);
    const fetched = await fixture.git(folder, 'fetch', 'origin', `refs/pipelines/${first?.id}`);
    expect(fetched.code).toBe(0);
    await fixture.git(folder, 'tag', '-a', 'v1', '-m', 'one');
    expect((await fixture.git(folder, 'push', 'origin', 'v1')).stderr).toContain('for v1');
    expect(pipelines().at(-1)).toMatchObject({ ref: 'v1' });
    expect((await fixture.git(folder, 'push', 'origin', ':work')).code).toBe(0);
  });

  it('tells git-lfs in its own form that large files are data sets', async () => {
    const lfs = async (token: string | null) => {
      const reply = await fixture.fetch('/git/factory/line.git/info/lfs/objects/batch', {
        method: 'POST',
        token,
        headers: { 'content-type': 'application/vnd.git-lfs+json' },
        body: '{}',
      });
      return [reply.status, reply.headers.get('content-type'), (await reply.json()) as object];
    };
    const form = expect.stringContaining('application/vnd.git-lfs+json');
    expect(await lfs(fixture.tokens.developer)).toEqual([
      501,
      form,
      { message: expect.stringMatching(/^Git LFS is not served here\. .*seto data push/) },
    ]);
    expect(await lfs(null)).toEqual([401, form, { message: expect.stringContaining('token') }]);
  });

  it('follows push options and [skip ci]', async () => {
    const folder = await fixture.clone('options', { '.gitlab-ci.yml': twoJobs });
    const before = pipelines().length;
    const skipped = await fixture.git(folder, 'push', '-o', 'ci.skip', 'origin', 'main:skip1');
    expect(skipped.stderr).toContain('No pipeline, as asked');
    await fixture.commit(folder, { 'a.txt': 'a' }, 'Text only [skip ci]');
    await fixture.git(folder, 'push', 'origin', 'main:skip2');
    expect(pipelines().length).toBe(before);
    await fixture.commit(folder, { 'a.txt': 'b' }, 'More');
    await fixture.git(folder, 'push', '-o', 'ci.variable=WHO=a=b', 'origin', 'main:opt');
    expect(pipelines().length).toBe(before + 1);
  });

  it('takes a large gzip push and serves shallow clones of it', async () => {
    const folder = await fixture.clone('large', { '.gitlab-ci.yml': twoJobs });
    for (let at = 0; at < 20; at += 1)
      writeFileSync(path.join(folder, `${at}.bin`), randomBytes(1024 * 1024));
    await fixture.commit(folder, {}, 'Many bytes');
    const push = await fixture.git(folder, '-c', 'http.postBuffer=65536', 'push', 'origin', 'main:large');
    expect(push.code, push.stderr).toBe(0);
    // Many refs make the fetch request itself large, so that git sends it gzipped.
    const remote = (await fixture.git(folder, 'remote', 'get-url', 'origin')).stdout.toString().trim();
    const clone = await fixture.git(
      fixture.dir,
      'clone',
      '--quiet',
      '--depth',
      '1',
      '--branch',
      'large',
      remote,
      'shallow',
    );
    expect(clone.code, clone.stderr).toBe(0);
    expect(readFileSync(path.join(fixture.dir, 'shallow/3.bin')).length).toBe(1024 * 1024);
    expect(existsSync(path.join(fixture.dir, 'shallow/.git/shallow'))).toBe(true);
    const old = await fixture.git(fixture.dir, '-c', 'protocol.version=0', 'clone', '--quiet', remote, 'old');
    expect(old.code, old.stderr).toBe(0);
  });

  it('starts after a crash what a push between git and pipeline left behind', async () => {
    const folder = await fixture.clone('crash', { '.gitlab-ci.yml': twoJobs });
    const before = pipelines().length;
    await fixture.restart(() => {
      // What git had kept when the power went: the ref stands, no pipeline does.
      execFileSync('git', [
        '--git-dir',
        path.join(fixture.dir, 'git/factory/line.git'),
        'fetch',
        '-q',
        folder,
        'main:refs/heads/crashed',
      ]);
    });
    const made = pipelines();
    expect(made.length).toBe(before + 1);
    expect(made.at(-1)).toMatchObject({ ref: 'crashed', status: 'pending' });
    await fixture.restart();
    expect(pipelines().length).toBe(before + 1);
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listJobs, showJob } from '../../../src/api/contract/jobs.ts';
import { openPlatform, type Platform, until } from '../../support/platform.ts';

// git asks for messages in the language that LANGUAGE names (git-http's Accept-Language), installed or not.
const japanese = { LANGUAGE: 'ja', LANG: 'ja_JP.UTF-8' };

let platform: Platform;
let dir: string;

beforeAll(async () => {
  platform = await openPlatform();
  dir = path.join(platform.dir, 'work');
  mkdirSync(dir);
  await platform.seto(['project', 'create', 'line/ci']);
  await platform.git(dir, ['init', '--quiet', '--initial-branch', 'main']);
  await platform.git(dir, ['remote', 'add', 'origin', `${platform.url}/git/line/ci.git`]);
});
afterAll(async () => {
  expect(await platform?.close()).toEqual([]);
});

/** Commits this file and pushes it to a branch; what the pusher reads. */
async function push(branch: string, text: string, env: Record<string, string> = {}): Promise<string> {
  writeFileSync(path.join(dir, '.gitlab-ci.yml'), text);
  await platform.git(dir, ['add', '.gitlab-ci.yml']);
  await platform.git(dir, ['commit', '--quiet', '--allow-empty', '--message', branch]);
  return (await platform.git(dir, ['push', 'origin', `HEAD:${branch}`], { env })).stderr;
}

const jobs = () =>
  platform.client.call(listJobs, {
    params: { group: 'line', name: 'ci' },
    query: { limit: 100, pipeline: undefined, status: undefined },
  });

describe('a wrong .gitlab-ci.yml that is pushed', () => {
  it('broken YAML: file, line and column, and no job', async () => {
    const said = await push('broken', 'train:\n  script: [echo\nstages: {');
    expect(said).toContain('.gitlab-ci.yml:3:');
    expect(said).toContain('A bracket opened above is not closed');
    expect(said).toContain('Close the bracket');
    expect(await push('broken-ja', 'train:\n  script: [echo\nstages: {', japanese)).toMatch(
      /\.gitlab-ci\.yml:3:.*[ぁ-ん]/,
    );
    expect(await jobs()).toEqual([]);
  });

  it('10,000 nested brackets: refused by depth, and the platform answers on', async () => {
    const began = performance.now();
    const said = await push('brackets', '['.repeat(10_000) + ']'.repeat(10_000));
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(said).toContain('nested deeper than 100 levels');
    expect(said).toContain('.gitlab-ci.yml:1:');
    expect(await jobs()).toEqual([]);
  });

  it('a cycle in needs is named', async () => {
    const text = 'a: { script: [x], needs: [b] }\nb: { script: [x], needs: [a] }\n';
    const said = await push('cycle', text);
    expect(said).toContain('`needs` goes round in a circle: a → b → a');
    expect(said).toContain('Remove one of these needs');
    expect(await push('cycle-ja', text, japanese)).toMatch(/needs.*[ぁ-ん].*a → b → a|a → b → a.*[ぁ-ん]/);
    expect(await jobs()).toEqual([]);
  });

  it('a pattern that would backtrack for ever is answered at once', async () => {
    const began = performance.now();
    const said = await push(
      'pattern',
      `a:\n  script: [x]\n  rules:\n    - if: '"${'a'.repeat(60)}!" =~ /^(a+)+$/'\n    - when: never\n`,
    );
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(said).toContain('No pipeline: the conditions of every job keep it out');
    expect(await jobs()).toEqual([]);
  });

  it('unknown tags: the job says that no pool carries them', async () => {
    expect(await push('tags', 'lonely: { script: [x], tags: [gpu-9000] }\n')).toContain('lonely');
    const [job] = await until('the job', 5000, async () => {
      const found = await jobs();
      return found.length > 0 ? found : null;
    });
    const shown = await until('its reason', 10_000, async () => {
      const each = await platform.client.call(showJob, { params: { id: job?.id ?? 0 } });
      return each.pendingReason === null ? null : each;
    });
    expect(shown.pendingReason).toMatchObject({ code: 'no_pool', values: { tags: 'gpu-9000' } });
    const { stdout } = await platform.seto(['job', 'show', String(shown.id)], { cwd: dir });
    expect(String(stdout)).toContain('no pool carries its tags: gpu-9000');
    const inJapanese = await platform.seto(['job', 'show', String(shown.id), '--lang', 'ja'], { cwd: dir });
    expect(String(inJapanese.stdout)).toMatch(/gpu-9000.*[ぁ-ん]/);
  });
});

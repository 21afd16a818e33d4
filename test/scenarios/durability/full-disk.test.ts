import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { plainEnvironment, run } from '../../../src/shared/subprocess.ts';
import { need } from '../../support/need.ts';
import { openPlatform, type Platform, until } from '../../support/platform.ts';
import { askRaw, tokenOfOwner } from '../../support/raw-http.ts';

let disk: string;
let platform: Platform | null = null;
let refusal = '';
const tmpdir = process.env['TMPDIR'];

const mount = (...args: string[]) => run(['mount', ...args], { env: plainEnvironment(), timeoutMs: 10_000 });

beforeAll(async () => {
  disk = mkdtempSync('/tmp/seto-d');
  // The size is a limit, not memory taken; remounting with less fills the disk without writing a byte.
  const mounted = await mount('-t', 'tmpfs', '-o', 'size=8g', 'tmpfs', disk).catch((error: unknown) => error);
  if (mounted instanceof Error || (mounted as { code: number }).code !== 0) {
    refusal = mounted instanceof Error ? mounted.message : (mounted as { stderr: string }).stderr.trim();
    return;
  }
  process.env['TMPDIR'] = disk;
  platform = await openPlatform();
});
afterAll(async () => {
  if (tmpdir === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = tmpdir;
  if (platform) {
    await resize('8g');
    expect(await platform.close()).toEqual([]);
    await run(['umount', disk], { env: plainEnvironment(), timeoutMs: 10_000 });
  }
  rmSync(disk, { recursive: true, force: true });
});

async function resize(size: string): Promise<void> {
  const { code, stderr } = await mount('-o', `remount,size=${size}`, disk);
  if (code !== 0) throw new Error(stderr);
}

/** Leaves this much room. What is used may grow before the remount, which is then refused: look again. */
async function leaveRoom(bytes: number): Promise<void> {
  await until('the disk to become smaller', 20_000, async () =>
    resize(String((await usedBytes()) + bytes)).then(
      () => true,
      () => false,
    ),
  );
}

async function usedBytes(): Promise<number> {
  const { blocks, bfree, bsize } = await statfs(disk);
  return (blocks - bfree) * bsize;
}

function here(context: TestContext): Platform {
  need(context, process.getuid?.() === 0, 'not root: no small disk can be mounted', true);
  need(context, platform !== null, `no small disk can be mounted: ${refusal}`, true);
  if (platform === null) throw new Error('skipped');
  return platform;
}

describe('a full disk', () => {
  it('below the reserve: uploads and pushes are refused with what is free, and nothing changes', async (context) => {
    const { dir, git, seto, setoJson, url } = here(context);
    await seto(['project', 'create', 'line/full']);
    const pictures = path.join(dir, 'pictures');
    mkdirSync(path.join(pictures, 'ok'), { recursive: true });
    for (let at = 0; at < 5; at += 1) writeFileSync(path.join(pictures, 'ok', `${at}.png`), `picture ${at}`);
    const work = path.join(dir, 'work');
    mkdirSync(work);
    await git(work, ['init', '--quiet', '--initial-branch', 'main']);
    await git(work, ['remote', 'add', 'origin', `${url}/git/line/full.git`]);
    await git(work, ['commit', '--quiet', '--allow-empty', '--message', 'first']);
    await leaveRoom(1_000_000_000);
    const push = ['data', 'push', 'full', pictures, '--project', 'line/full'];
    const data = await seto(push, { allow: [1] });
    expect(data.code).toBe(1);
    expect(data.stderr).toMatch(/free/);
    expect((await seto([...push, '--lang', 'ja'], { allow: [1] })).stderr).toMatch(/[ぁ-ん]/);
    const pushed = await git(work, ['push', 'origin', 'main'], { allow: [128, 1] });
    expect(pushed.code).not.toBe(0);
    expect(pushed.stderr).toMatch(/GB/);
    expect((await git(work, ['ls-remote', 'origin'])).stdout.toString()).toBe('');
    const sets = await setoJson<{ name: string; snapshots: number }[]>(['data', 'ls']);
    expect(sets.filter(({ snapshots }) => snapshots > 0)).toEqual([]);
  });

  it('to the last byte: the answer says so, reading goes on, and with room all is as it was', async (context) => {
    const { dir, seto, url, log } = here(context);
    const token = tokenOfOwner(here(context));
    await leaveRoom(4096);
    const variables = '/api/v1/projects/line/full/variables';
    const send = async (method: 'POST' | 'PUT', address: string, body: object): Promise<string> => {
      const headers = { 'content-type': 'application/json' };
      const answer = await askRaw(url, address, { method, token, headers, body: JSON.stringify(body) });
      return answer.status < 300 ? 'done' : `${answer.status} ${JSON.parse(answer.text).error.code}`;
    };
    const names = async (address: string, key: string): Promise<unknown[]> =>
      (JSON.parse((await askRaw(url, address, { token })).text) as Record<string, unknown>[]).map(
        (each) => each[key],
      );
    const statuses: string[] = [];
    for (let at = 0; at < 40; at += 1)
      statuses.push(await send('PUT', `${variables}/KEY_${at}`, { value: 'x'.repeat(4000) }));
    const failed = statuses.filter((each) => each !== 'done');
    expect(failed.length).toBeGreaterThan(0);
    expect([...new Set(failed)]).toEqual(['507 core.no_space']);
    expect(await send('POST', '/api/v1/projects', { path: 'line/more' })).toBe('507 core.no_space');
    expect(await names('/api/v1/projects', 'path')).toEqual(['line/full']);
    await resize('8g');
    const done = statuses.flatMap((each, at) => (each === 'done' ? [`KEY_${at}`] : []));
    expect((await names(variables, 'key')).sort()).toEqual(done.sort());
    expect(await send('POST', '/api/v1/projects', { path: 'line/more' })).toBe('done');
    const pushed = await seto(['data', 'push', 'full', path.join(dir, 'pictures'), '--project', 'line/full']);
    expect(pushed.code).toBe(0);
    expect(log()).not.toMatch(/uncaught|unhandled/i);
  });
});

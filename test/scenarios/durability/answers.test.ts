import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { findProgram } from '../../../src/sandbox/programs.ts';
import { need } from '../../support/need.ts';
import { openPlatform, type Platform, until } from '../../support/platform.ts';
import { askRaw, tokenOfOwner } from '../../support/raw-http.ts';

let platform: Platform;
let token: string;
let strace: ChildProcess | null = null;
let trace: string;

beforeAll(async () => {
  const program = findProgram('strace');
  if (program === null) return;
  platform = await openPlatform();
  token = tokenOfOwner(platform);
  trace = path.join(platform.dir, 'trace');
  const calls = 'trace=fsync,fdatasync,rename,renameat,renameat2,link,write,writev,sendto,sendmsg';
  const what = ['-f', '-yy', '-s', '400', '-e', calls, '-o', trace, '-p', String(platform.pid())];
  const child = spawn(program, what, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await until('strace', 5000, () => /attached/.test(said) || child.exitCode !== null);
  if (child.exitCode === null) strace = child;
});
afterAll(async () => {
  strace?.kill('SIGTERM');
  expect((await platform?.close()) ?? []).toEqual([]);
});

/** What the control plane and its children did while `work` ran, up to its success answer: one system call a line. */
async function callsUntilAnswer(work: () => Promise<unknown>, answer: RegExp): Promise<string[]> {
  const from = existsSync(trace) ? readFileSync(trace, 'utf8').length : 0;
  await work();
  return until('the answer in the trace', 5000, () => {
    const lines = whole(readFileSync(trace, 'utf8').slice(from).split('\n'));
    const at = lines.findIndex((line) => /TCP/.test(line) && answer.test(line));
    return at < 0 ? null : lines.slice(0, at + 1);
  });
}

/** The control plane repeats this in its answer, so that the answer is found among others'. */
const mark = (name: string) => ({ 'x-request-id': `mark-${name}`, 'content-type': 'application/json' });

/** A call that another thread interrupts is two lines; it counts where it ended. */
function whole(lines: readonly string[]): string[] {
  const begun = new Map<string, string>();
  return lines.flatMap((line) => {
    const [pid = ''] = line.split(' ');
    const open = /^(.*) <unfinished \.\.\.>$/.exec(line)?.[1];
    if (open !== undefined) {
      begun.set(pid, open);
      return [];
    }
    const resumed = /<\.\.\. \w+ resumed>(.*)$/.exec(line)?.[1];
    return [resumed === undefined ? line : `${begun.get(pid) ?? pid}${resumed}`];
  });
}

/** These happened, in this order, each a success. */
function inOrder(lines: readonly string[], steps: readonly RegExp[]): void {
  let at = 0;
  for (const step of steps) {
    const found = lines.findIndex((line, index) => index >= at && step.test(line) && !/= -1 /.test(line));
    if (found < 0) {
      const seen = lines.filter((each) => /sync|rename|link|TCP/.test(each)).slice(-60);
      throw new Error(`not after the step before: ${step}\n${seen.join('\n')}`);
    }
    at = found + 1;
  }
}

const watched = (context: TestContext) => {
  need(context, findProgram('strace') !== null, 'strace is not installed');
  need(context, strace !== null, 'this machine does not let strace watch another process', true);
};
const commit = /f(data)?sync\(\d+<[^>]*seto\.db-wal>/;

it('a row is in the synced log of the database before its success answer', async (context) => {
  watched(context);
  const body = JSON.stringify({ path: 'line/rows', defaultBranch: 'main' });
  const ask = () =>
    askRaw(platform.url, '/api/v1/projects', { method: 'POST', token, headers: mark('row'), body });
  const answered = /HTTP\/1\.1 20[01].*mark-row/;
  inOrder(await callsUntilAnswer(ask, answered), [commit, answered]);
});

it('a blob is written, synced, renamed, its folder synced and its row synced before its success answer', async (context) => {
  watched(context);
  const json = JSON.stringify({ project: 'line/rows' });
  const made = { method: 'PUT', token, headers: mark('set'), body: json };
  expect((await askRaw(platform.url, '/api/v1/data/rows', made)).status).toBe(200);
  const body = Buffer.from('what must not be lost');
  const digest = createHash('sha256').update(body).digest('hex');
  const put = () =>
    askRaw(platform.url, `/api/v1/data/rows/blobs/${digest}`, {
      method: 'PUT',
      token,
      headers: mark('blob'),
      body,
    });
  const answered = /HTTP\/1\.1 20.*mark-blob/;
  inOrder(await callsUntilAnswer(put, answered), [
    /fsync\(\d+<[^>]*\.incoming\//,
    new RegExp(`rename\\w*\\(.*${digest}`),
    new RegExp(`fsync\\(\\d+<[^>]*/${digest.slice(0, 2)}>`),
    commit,
    answered,
  ]);
});

it('a push is synced, objects before refs, and its intent with them, before git is told that it was taken', async (context) => {
  watched(context);
  const dir = path.join(platform.dir, 'pushed');
  mkdirSync(dir);
  await platform.git(dir, ['init', '--quiet', '--initial-branch', 'main']);
  await platform.git(dir, ['remote', 'add', 'origin', `${platform.url}/git/line/rows.git`]);
  writeFileSync(path.join(dir, 'read.me'), 'what must not be lost');
  await platform.git(dir, ['add', '.']);
  await platform.git(dir, ['commit', '--quiet', '--message', 'first']);
  const lines = await callsUntilAnswer(() => platform.git(dir, ['push', 'origin', 'main']), /unpack ok/);
  inOrder(lines, [
    commit,
    /fsync\(\d+<[^>]*objects\//,
    /fsync\(\d+<[^>]*refs\/heads\/main\.lock>/,
    /rename\(.*refs\/heads\/main"/,
    /unpack ok/,
  ]);
});

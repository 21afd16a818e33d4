import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { need } from '../../test/support/need.ts';
import { run } from '../shared/subprocess.ts';
import { detectSandbox } from './detect.ts';
import { descendants, endTree, signalInside } from './process-tree.ts';
import { ordinaryUid, type Sandbox, type SandboxSpec } from './sandbox.ts';

// Many things may run beside it on two cores.
vi.setConfig({ testTimeout: 60_000 });

const isRoot = process.getuid?.() === 0;
let sandbox: Sandbox;
let dir: string;
let work: string;
let secret: string;
const started: ChildProcess[] = [];

beforeAll(async () => {
  sandbox = await detectSandbox();
  dir = mkdtempSync(path.join(tmpdir(), 'seto-sandbox-'));
  work = path.join(dir, 'work');
  mkdirSync(work);
  secret = path.join(dir, 'secrets.key');
  writeFileSync(secret, 'the key', { mode: 0o600 });
  mkdirSync(path.join(dir, 'other-job'));
  writeFileSync(path.join(dir, 'other-job', 'data'), 'of another job');
  if (isRoot) chownSync(work, ordinaryUid, ordinaryUid);
  chmodSync(work, 0o777);
});

afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

function shell(script: string, more: Partial<SandboxSpec> = {}): SandboxSpec {
  return {
    argv: ['/bin/bash', '-c', script],
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/work',
    mounts: [{ from: work, to: '/work', writable: true }],
    hostSystem: true,
    tmpBytes: 8 * 1024 * 1024,
    network: 'host',
    limits: {},
    ...more,
  };
}

async function inside(script: string, more: Partial<SandboxSpec> = {}) {
  const { argv, env } = sandbox.command(shell(script, more));
  const result = await run(argv, { env, timeoutMs: 20_000 });
  return { code: result.code, out: result.stdout.toString(), err: result.stderr };
}

const who = [
  { name: 'as whoever runs Seto', more: {} },
  { name: 'as the ordinary uid', more: { asOrdinaryUser: true as const } },
];

for (const { name, more } of who) {
  test(`sees its folder and the system, nothing else (${name})`, async (context) => {
    need(context, sandbox.ability.isolation === 'bubblewrap', sandbox.ability.reason ?? '');
    expect((await inside('echo hello > file && cat file', more)).out).toBe('hello\n');
    rmSync(path.join(work, 'file'));
    expect((await inside(`cat ${secret}; ls ${dir} /root /home /work/..`, more)).out).not.toContain(
      'secrets',
    );
    expect((await inside(`cat ${dir}/other-job/data`, more)).code).not.toBe(0);
    expect((await inside('touch /usr/here /etc/here', more)).code).not.toBe(0);
    expect((await inside('ls /sys /var /opt /run 2>/dev/null | wc -l', more)).out.trim()).toBe('0');
  });

  test(`has no capability, and open_by_handle_at opens nothing (${name})`, async (context) => {
    need(context, sandbox.ability.isolation === 'bubblewrap', sandbox.ability.reason ?? '');
    const status = await inside('grep CapEff /proc/self/status', more);
    expect(status.out).toMatch(/CapEff:\t0+$/m);
    const compiler = spawnSync('cc', ['--version']).status === 0;
    need(context, compiler, 'no C compiler for the program that calls open_by_handle_at', true);
    const program = path.join(work, 'handle');
    const built = spawnSync('cc', ['-o', program, '-xc', '-'], { input: openByHandle });
    expect(built.status, built.stderr.toString()).toBe(0);
    const made = spawnSync(program, ['make', secret]);
    expect(made.status).toBe(0);
    const handle = made.stdout.toString().trim();
    if (isRoot) expect(spawnSync(program, ['open', dir, handle]).stdout.toString()).toBe('the key');
    const tried = await inside(`./handle open /work ${handle}`, more);
    expect(tried.out).not.toContain('the key');
    expect(tried.err).toMatch(/Operation not permitted/);
  });

  test(`cannot see, trace or read another process (${name})`, async (context) => {
    need(context, sandbox.ability.isolation === 'bubblewrap', sandbox.ability.reason ?? '');
    const other = spawn('/bin/sleep', ['60'], { env: { SECRET: 'in the environment' }, stdio: 'ignore' });
    started.push(other);
    const seen = await inside(
      `cat /proc/${other.pid}/environ; kill -0 ${other.pid}; grep -l sleep /proc/*/comm; grep -a -l SECRET /proc/*/environ`,
      more,
    );
    expect(seen.out).toBe('');
    expect(seen.code).not.toBe(0);
  });

  test(`leaves no process behind (${name})`, async (context) => {
    need(context, sandbox.ability.isolation === 'bubblewrap', sandbox.ability.reason ?? '');
    const mark = `3${Math.floor(Math.random() * 1e9)}`;
    const result = await inside(`(setsid sleep ${mark} >/dev/null 2>&1 &) ; sleep 0.1; echo done`, more);
    expect(result.out).toBe('done\n');
    expect(running(mark)).toBe(false);
  });

  test(`ending the spawned process ends what is inside; TERM reaches the programs (${name})`, async (context) => {
    need(context, sandbox.ability.isolation === 'bubblewrap', sandbox.ability.reason ?? '');
    const mark = `4${Math.floor(Math.random() * 1e9)}`;
    const script = `trap 'echo asked; exit 3' TERM; setsid sleep ${mark} & echo ready; while :; do sleep 0.05; done`;
    for (const how of ['term', 'kill'] as const) {
      const { argv, env } = sandbox.command(shell(script, more));
      const child = spawn(argv[0], argv.slice(1), { env, stdio: ['ignore', 'pipe', 'inherit'] });
      started.push(child);
      let out = '';
      child.stdout.on('data', (chunk) => {
        out += chunk;
      });
      await expect.poll(() => out, { timeout: 20_000 }).toContain('ready');
      const pid = child.pid ?? 0;
      expect(descendants(pid).length).toBeGreaterThan(1);
      if (how === 'term') signalInside(pid, 'SIGTERM');
      else endTree(pid, false);
      const [code] = await once(child, 'exit');
      if (how === 'term') expect([code, out]).toEqual([3, 'ready\nasked\n']);
      await expect.poll(() => running(mark), { timeout: 20_000 }).toBe(false);
    }
  });
}

test('a sandbox inside the sandbox works as the ordinary uid', async (context) => {
  need(context, sandbox.ability.isolation === 'bubblewrap', sandbox.ability.reason ?? '');
  const { argv } = sandbox.command({ ...shell('id -u; cat /work/../work/note'), asOrdinaryUser: true });
  writeFileSync(path.join(work, 'note'), 'read inside\n');
  const bwrap = argv.findLast((each) => each.endsWith('bwrap')) ?? 'bwrap';
  const flags = argv.slice(argv.lastIndexOf(bwrap) + 1);
  const places = flags.map((each) =>
    /^\/(mnt|srv|media|opt)\/0$/.test(each) || each === work ? '/work' : each,
  );
  const result = await inside('exec "$0" "$@"', {
    argv: ['/bin/bash', '-c', 'exec "$0" "$@"', bwrap, ...places],
    asOrdinaryUser: true,
  });
  expect(result.err).toBe('');
  expect(result.out).toBe(`${isRoot ? ordinaryUid : process.getuid?.()}\nread inside\n`);
});

test('root reaches private folders for the ordinary uid', async (context) => {
  need(
    context,
    sandbox.ability.isolation === 'bubblewrap' && isRoot,
    'only root drops to the ordinary uid',
    true,
  );
  chmodSync(dir, 0o700);
  expect((await inside('echo fine > private && cat private', { asOrdinaryUser: true })).out).toBe('fine\n');
});

test('the environment is exactly the given one, and stands in no command line', async (context) => {
  need(context, sandbox.ability.isolation === 'bubblewrap', sandbox.ability.reason ?? '');
  process.env['SETO_TEST_LEAK'] = 'leak';
  const given = {
    PATH: '/usr/bin:/bin',
    API_KEY: 'hidden-value',
    HOME: '/work',
    LD_PRELOAD: '/work/evil.so',
  };
  const spec = shell('env; tr "\\0" " " < /proc/1/cmdline', { env: given });
  const { argv, env } = sandbox.command(spec);
  expect(argv.join(' ')).not.toContain('hidden-value');
  expect(env['LD_PRELOAD']).toBeUndefined();
  const { out } = await inside('env', { env: given });
  const names = out
    .trim()
    .split('\n')
    .map((line) => line.split('=')[0]);
  expect(names.sort()).toEqual(['API_KEY', 'HOME', 'LD_PRELOAD', 'PATH', 'PWD', 'SHLVL', '_']);
});

test('/tmp is private and sized', async (context) => {
  need(context, sandbox.ability.isolation === 'bubblewrap', sandbox.ability.reason ?? '');
  const result = await inside('head -c 9000000 /dev/zero > /tmp/a; ls /tmp');
  expect(result.err).toContain('No space left');
  expect(result.out).toBe('a\n');
});

for (const { name, more } of who)
  test(`no file system in memory is without a bound (${name})`, async (context) => {
    need(context, sandbox.ability.isolation === 'bubblewrap', sandbox.ability.reason ?? '');
    expect(
      (await inside('mkdir -p /var/tmp && echo some > /var/tmp/file && cat /var/tmp/file', more)).out,
    ).toBe('some\n');
    const full = await inside('head -c 40000000 /dev/zero > /file; stat -c %s /file', more);
    expect(full.err).toContain('No space left');
    expect(Number(full.out)).toBeLessThanOrEqual(16 * 1024 * 1024);
    // /proc/mounts tells sizes: none of the writable tmpfs here is as large as half of the machine's memory.
    const mounts = (await inside('cat /proc/self/mounts', more)).out.trim().split('\n');
    const writable = mounts.filter((line) => / tmpfs rw,/.test(line) && !/ \/dev\/[a-z]+ /.test(line));
    expect(writable.map((line) => line.split(' ')[1])).toEqual(expect.arrayContaining(['/', '/tmp']));
    for (const line of writable) expect(line).toMatch(/,size=\d+k/);
    expect((await inside('echo x > /dev/null && echo y > /dev/shm/z && ! touch /dev/w', more)).code).toBe(0);
  });

test('memory and processes are limited, and the cgroup is gone afterwards', async (context) => {
  const greedy = 'head -c 1500M /dev/zero | tail -c 1400M | wc -c';
  const confined = await sandbox.confine(shell(greedy, { limits: { memoryMb: 1024, processes: 20 } }));
  const result = await run(confined.argv, { env: confined.env, timeoutMs: 60_000 });
  await confined.release();
  expect(confined.memory).not.toBe('none');
  expect(result.stdout.toString()).not.toContain('1468006400');
  need(context, confined.processes !== 'none', 'no cgroup can be made here', true);
  const bomb = 'i=0; while [ $i -lt 60 ]; do sleep 5 & i=$((i+1)); done; echo all';
  const many = { argv: ['/bin/sh', '-c', bomb] as const, limits: { memoryMb: 1024, processes: 20 } };
  const second = await sandbox.confine(shell('', many));
  const folders = second.argv.filter((each) => each.startsWith('/sys/fs/cgroup'));
  const bombed = await run(second.argv, { env: second.env, timeoutMs: 30_000 });
  await second.release();
  expect(bombed.stdout.toString()).toBe('');
  expect(bombed.stderr).toMatch(/fork/);
  expect(folders.length).toBeGreaterThan(0);
  for (const folder of folders) expect(() => readFileSync(`${folder}/cgroup.procs`)).toThrow(/ENOENT/);
});

test('without bubblewrap it says so and still runs', async () => {
  const none = await detectSandbox({ bwrap: null });
  expect(none.ability).toMatchObject({ isolation: 'none', reason: 'bubblewrap (bwrap) is not installed' });
  const { argv, env } = none.command(shell('echo plain'));
  expect((await run(argv, { env })).stdout.toString()).toBe('plain\n');
});

function running(mark: string): boolean {
  return spawnSync('/bin/sh', ['-c', `grep -a -l -x -z ${mark} /proc/[0-9]*/cmdline 2>/dev/null`])
    .stdout.toString()
    .split('\n')
    .some((line) => line !== '' && !line.includes('/self/'));
}

const openByHandle = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv) {
  char room[sizeof(struct file_handle) + 128];
  struct file_handle *handle = (void *)room;
  int mount;
  if (!strcmp(argv[1], "make")) {
    handle->handle_bytes = 128;
    if (name_to_handle_at(AT_FDCWD, argv[2], handle, &mount, 0)) { perror("name_to_handle_at"); return 1; }
    printf("%d:", handle->handle_type);
    for (unsigned i = 0; i < handle->handle_bytes; i++) printf("%02x", handle->f_handle[i]);
    return 0;
  }
  char *hex = strchr(argv[3], ':') + 1;
  handle->handle_type = atoi(argv[3]);
  handle->handle_bytes = strlen(hex) / 2;
  for (unsigned i = 0; i < handle->handle_bytes; i++) sscanf(hex + 2 * i, "%2hhx", &handle->f_handle[i]);
  int folder = open(argv[2], O_RDONLY);
  int file = open_by_handle_at(folder, handle, O_RDONLY);
  if (file < 0) { perror("open_by_handle_at"); return 1; }
  char text[100];
  int n = read(file, text, sizeof text);
  return write(1, text, n) < 0;
}
`;

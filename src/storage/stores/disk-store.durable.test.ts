import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { need } from '../../../test/support/need.ts';
import { findProgram } from '../../sandbox/programs.ts';
import { plainEnvironment, run } from '../../shared/subprocess.ts';

const driver = path.join(import.meta.dirname, 'disk-store.ts');

/** Runs a program that uses the store, as its own process. */
const program = (root: string, body: string) => `
  import { Readable } from 'node:stream';
  const { createDiskStore } = await import(${JSON.stringify(driver)});
  const store = createDiskStore(${JSON.stringify(root)}, { reserve: { bytes: 0, share: 0 } });
  ${body}
`;

it('answers a put only after fsync of the file, its rename, and fsync of its folder', async (context) => {
  const strace = findProgram('strace');
  need(context, strace !== null, 'strace is not installed');
  const dir = mkdtempSync(path.join(tmpdir(), 'seto-fsync-'));
  try {
    const script = path.join(dir, 'put.mjs');
    const trace = path.join(dir, 'trace');
    const put = `await store.put('blobs/ab/x', Readable.from([Buffer.from('x')]));
      (await import('node:fs')).writeFileSync(${JSON.stringify(path.join(dir, 'answered'))}, '');`;
    writeFileSync(script, program(path.join(dir, 'objects'), put));
    const watch = [strace ?? '', '-f', '-y', '-e', 'trace=fsync,rename,openat', '-o', trace] as const;
    const { code, stderr } = await run([...watch, process.execPath, script], { env: plainEnvironment() });
    need(context, !stderr.includes('ptrace'), 'this machine does not let strace watch');
    expect([code, stderr]).toEqual([0, '']);
    const lines = readFileSync(trace, 'utf8').split('\n');
    const at = (...words: string[]) =>
      lines.findLastIndex((line) => words.every((word) => line.includes(word)));
    const order = [
      at('fsync(', '.incoming/'),
      at('rename(', 'blobs/ab/x'),
      at('fsync(', 'blobs/ab>'),
      at('openat(', 'answered'),
    ];
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(order).not.toContain(-1);
    // The new folders above are durable too: each was made in this put.
    expect(at('fsync(', 'objects/blobs>')).toBeGreaterThan(-1);
    expect(at('fsync(', 'objects>')).toBeGreaterThan(-1);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

it('says core.no_space on a full disk, leaves nothing, and goes on when there is room', async (context) => {
  need(context, process.getuid?.() === 0, 'not root: no small disk can be mounted', true);
  const dir = mkdtempSync(path.join(tmpdir(), 'seto-full-'));
  const mounted = await run(['mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', dir], {
    env: plainEnvironment(),
  });
  need(context, mounted.code === 0, `no small disk can be mounted: ${mounted.stderr.trim()}`, true);
  try {
    const root = path.join(dir, 'objects');
    const body = `
      const put = (n) => store.put('k', Readable.from([Buffer.alloc(n)])).then(() => 'stored', (error) => error.code);
      console.log(await put(3_000_000), await put(1_000_000));`;
    const script = path.join(tmpdir(), `seto-full-${process.pid}.mjs`);
    writeFileSync(script, program(root, body));
    const { stdout, stderr } = await run([process.execPath, script], { env: plainEnvironment() });
    rmSync(script);
    expect([stdout.toString().trim(), stderr]).toEqual(['core.no_space stored', '']);
    expect(readdirSync(path.join(root, '.incoming'))).toEqual([]);
  } finally {
    await run(['umount', dir], { env: plainEnvironment() });
    rmSync(dir, { recursive: true, force: true });
  }
});

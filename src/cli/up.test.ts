import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';

// Many things may run beside it on two cores.
vi.setConfig({ testTimeout: 60_000 });

const data = mkdtempSync(path.join(tmpdir(), 'seto-up-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

const main = path.join(import.meta.dirname, '../main.ts');
const commands = [
  { name: 'seto up', args: ['up', '--listen', '127.0.0.1:0'] },
  {
    name: 'seto gateway run',
    args: ['gateway', 'run', '--installation', 'seto-test', '--listen', '127.0.0.1:0'],
  },
];

it.each(commands)('$name lets go of what its shell had open: a job would inherit it', async ({ args }) => {
  const given = 'exec 300</etc/hosts; exec "$@"';
  const command = [process.execPath, main, ...args, '--data', data];
  const child = spawn('/bin/bash', ['-c', given, 'bash', ...command], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  try {
    const file = `/proc/${child.pid}/fd/300`;
    await expect.poll(() => existsSync(file), { timeout: 50_000, interval: 20 }).toBe(true);
    await expect.poll(() => existsSync(file), { timeout: 50_000, interval: 20 }).toBe(false);
    expect(existsSync(`/proc/${child.pid}/fd/0`), 'and lives').toBe(true);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
});

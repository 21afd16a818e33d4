import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { rotateLog } from './server-log.ts';

test('a log is set aside and what its server writes next lies in the new one', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'seto-log-'));
  const file = path.join(dir, 'rel-a.log');
  await rotateLog(file, 10);
  const server = openSync(file, 'a');
  writeSync(server, 'first line\n');
  await rotateLog(file, 100);
  expect(readFileSync(file, 'utf8')).toBe('first line\n');
  await rotateLog(file, 10);
  writeSync(server, 'second line\n');
  expect(readFileSync(`${file}.1`, 'utf8')).toBe('first line\n');
  expect(readFileSync(file, 'utf8')).toBe('second line\n');
  closeSync(server);
  rmSync(dir, { recursive: true });
});

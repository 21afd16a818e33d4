import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openMigrated } from './migrations.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'seto-damaged-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Overwrites every page from `first` on with what is no page. */
function damage(file: string, first: number): void {
  const descriptor = openSync(file, 'r+');
  for (let at = first * 4096; at < statSync(file).size; at += 4096)
    writeSync(descriptor, Buffer.alloc(4096, 0xa5), 0, 4096, at);
  closeSync(descriptor);
}

test('a damaged database stops the start and names the way back', () => {
  const file = path.join(folder, 'seto.db');
  openMigrated(file).close();
  openMigrated(file).close();
  damage(file, 3);
  expect(() => openMigrated(file)).toThrow('damaged');
  writeFileSync(file, 'no database at all, and longer than a header would be: '.repeat(20));
  expect(() => openMigrated(file)).toThrow('damaged');
});

test('a page that is damaged while it is in use is told at once', () => {
  const file = path.join(folder, 'seto.db');
  openMigrated(file).close();
  const broken: unknown[] = [];
  const store = openMigrated(file, (error) => broken.push(error));
  store.run('PRAGMA cache_size = 0');
  damage(file, 1);
  expect(() => store.all('SELECT * FROM audit, users, tokens, pipelines, jobs')).toThrow();
  expect(broken.length).toBeGreaterThan(0);
  store.close();
});

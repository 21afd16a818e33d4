import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, it } from 'vitest';
import { openMigrated } from './migrations.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'seto-migrate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('copies all that is committed before the first migration, also while a backup reads', () => {
  const file = path.join(folder, 'seto.db');
  const before = openMigrated(file);
  const [last] = before.all<{ name: string }>('SELECT name FROM migrations ORDER BY name DESC LIMIT 1');
  const backup = new DatabaseSync(file, { readOnly: true });
  backup.exec('BEGIN');
  backup.prepare('SELECT count(*) FROM migrations').get();
  // As a database of the program before the last migration, whose newest commit lies in the log file.
  before.run("INSERT INTO migrations (name, applied_at) VALUES ('probe', 1)");
  before.run("DELETE FROM migrations WHERE name IN ('probe', ?)", last?.name ?? '');
  before.close();
  try {
    openMigrated(file).close();
  } catch {
    // The last migration's tables are there already.
  }
  backup.close();
  const copy = new DatabaseSync(`${file}.before-${last?.name.slice(0, 4)}`, { readOnly: true });
  expect(copy.prepare('SELECT count(*) AS n FROM migrations WHERE name = ?').get(last?.name ?? '')).toEqual({
    n: 0,
  });
  copy.close();
});

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { syncFile, syncFolder } from '../shared/durable.ts';
import { fault } from '../shared/errors.ts';
import { copyDatabase } from './copy-database.ts';
import { openStore, type Store } from './store.ts';

const folder = path.join(import.meta.dirname, 'migrations');

/**
 * Opens the database at `file` and brings it forward. Files `NNNN-name.sql` run once each, in order, each in a
 * transaction; before the first of them an existing database is copied beside itself. A database that a newer
 * program wrote is refused.
 */
export function openMigrated(file: string, broken?: (error: unknown) => void): Store {
  const existed = existsSync(file);
  const store = existed ? openWhole(file, broken) : openStore(file, broken);
  store.run(
    'CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT',
  );
  const applied = new Set(store.all<{ name: string }>('SELECT name FROM migrations').map((row) => row.name));
  const known = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const unknown = [...applied].filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    store.close();
    throw fault('store.newer', { file, migration: unknown.join(', ') });
  }
  const pending = known.filter((name) => !applied.has(name));
  if (existed && applied.size > 0 && pending.length > 0) {
    const copy = `${file}.before-${pending[0]?.slice(0, 4)}`;
    rmSync(copy, { force: true });
    copyDatabase(file, copy);
    syncFile(copy);
    syncFolder(path.dirname(copy));
  }
  for (const name of pending) {
    const statements = readFileSync(path.join(folder, name), 'utf8');
    store.transaction(() => {
      for (const statement of splitStatements(statements)) store.run(statement);
      store.run('INSERT INTO migrations (name, applied_at) VALUES (?, ?)', name, Date.now());
    });
  }
  return store;
}

/** A damaged database is refused before anything is written into it. @throws store.damaged */
function openWhole(file: string, broken: ((error: unknown) => void) | undefined): Store {
  let store: Store | null = null;
  let found: string;
  try {
    store = openStore(file, broken);
    found = String(store.get<{ quick_check: string }>('PRAGMA quick_check(1)')?.quick_check);
    if (found === 'ok') return store;
  } catch (error) {
    const { errcode } = error as { errcode?: unknown };
    // SQLITE_CORRUPT, SQLITE_NOTADB
    if (errcode !== 11 && errcode !== 26) throw error;
    found = error instanceof Error ? error.message : String(error);
  }
  store?.close();
  throw fault('store.damaged', { file, reason: found });
}

/** Splits at semicolons that end a line; our migrations hold no triggers, so no statement has one inside. */
function splitStatements(sql: string): string[] {
  return sql
    .replace(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

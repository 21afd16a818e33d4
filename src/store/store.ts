import { statfsSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { fault } from '../shared/errors.ts';

/** A value that is not a promise: what a transaction may return. */
export type Sync<T> = T extends PromiseLike<unknown> ? never : T;

export type Row = Record<string, null | number | bigint | string | Uint8Array>;

/** The one connection to the database. Statements are prepared once and kept by their text. */
export interface Store {
  all<T = Row>(sql: string, ...values: SQLInputValue[]): T[];
  get<T = Row>(sql: string, ...values: SQLInputValue[]): T | undefined;
  run(sql: string, ...values: SQLInputValue[]): { changes: number; lastInsertRowid: number };
  /**
   * Runs `fn` as one IMMEDIATE transaction; nested calls join the outer one. `fn` is synchronous by type:
   * an await inside would let two deciders read the same budget.
   */
  transaction<T>(fn: () => Sync<T>): T;
  /** Calls `fn` after the running transaction has committed, or at once outside of one. Used to wake waiters. */
  afterCommit(fn: () => void): void;
  close(): void;
}

/** SQLITE_FULL (sqlite3.h): what the disk had no room for was rolled back. */
const sqliteFull = 13;

/** A full disk in the catalogue's words; any other error as it is. */
function sayFull(file: string, error: unknown): unknown {
  if ((error as { errcode?: unknown }).errcode !== sqliteFull) return error;
  const folder = path.dirname(file);
  const { bavail, bsize } = statfsSync(folder);
  const free = `${((bavail * bsize) / 1e6).toFixed(1)} MB`;
  return fault('core.no_space', { path: folder, free, needed: '2 GB' }, { cause: error });
}

/** SQLITE_IOERR (a read, write or fsync that failed) and SQLITE_CORRUPT, in all their kinds (sqlite.org/rescode.html). */
const brokenCodes = new Set([10, 11]);

/**
 * Opens the database durably: WAL, and FULL so that a commit survives a power cut. `broken` is called once
 * a statement met a disk error or a damaged page: nothing may be promised from then on.
 */
export function openStore(file: string, broken: (error: unknown) => void = () => undefined): Store {
  const db = new DatabaseSync(file, { enableForeignKeyConstraints: true });
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;');
  const statements = new Map<string, StatementSync>();
  let depth = 0;
  let committed: (() => void)[] = [];

  const watched = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      const { errcode } = error as { errcode?: unknown };
      if (typeof errcode === 'number' && brokenCodes.has(errcode & 0xff)) broken(error);
      throw error;
    }
  };
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = db.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };

  return {
    all: <T>(sql: string, ...values: SQLInputValue[]) => watched(() => prepare(sql).all(...values) as T[]),
    get: <T>(sql: string, ...values: SQLInputValue[]) =>
      watched(() => prepare(sql).get(...values) as T | undefined),
    run: (sql, ...values) => {
      try {
        const { changes, lastInsertRowid } = watched(() => prepare(sql).run(...values));
        return { changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) };
      } catch (error) {
        throw sayFull(file, error);
      }
    },
    transaction: <T>(fn: () => Sync<T>): T => {
      if (depth > 0) return fn();
      watched(() => db.exec('BEGIN IMMEDIATE'));
      depth = 1;
      let result: T;
      try {
        result = fn();
        watched(() => db.exec('COMMIT'));
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        committed = [];
        throw sayFull(file, error);
      } finally {
        depth = 0;
      }
      const wake = committed;
      committed = [];
      for (const each of wake) each();
      return result;
    },
    afterCommit: (fn) => {
      if (depth > 0) committed.push(fn);
      else fn();
    },
    close: () => db.close(),
  };
}

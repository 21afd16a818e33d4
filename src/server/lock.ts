import { existsSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fault } from '../shared/errors.ts';

/**
 * Takes the data folder for this process's life, or throws `platform.locked`. The lock is SQLite's own (a POSIX file
 * lock on `DATA/lock`), so the kernel frees it however the process ends; no stale file can keep a folder shut.
 */
export function lockFolder(dataDir: string): { release(): void } {
  const db = new DatabaseSync(path.join(dataDir, 'lock'));
  try {
    db.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    throw fault('platform.locked', { dir: dataDir }, { cause: error });
  }
  return { release: () => db.close() };
}

/** True while a control plane holds the folder. */
export function isLocked(dataDir: string): boolean {
  if (!existsSync(path.join(dataDir, 'lock'))) return false;
  try {
    lockFolder(dataDir).release();
    return false;
  } catch {
    return true;
  }
}

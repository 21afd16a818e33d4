import { DatabaseSync } from 'node:sqlite';

/**
 * Copies a database as it is at one moment, also while another process writes it: one reading transaction, which in
 * WAL mode holds nobody up. Throws where the file is damaged.
 */
export function copyDatabase(file: string, to: string): void {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    db.exec('PRAGMA busy_timeout = 5000');
    db.prepare('VACUUM INTO ?').run(to);
  } finally {
    db.close();
  }
}

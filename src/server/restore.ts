import { randomBytes } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { access, mkdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { variablesContext } from '../forge/embedded/pipeline-rows.ts';
import { syncFolder, writeDurably } from '../shared/durable.ts';
import { fault } from '../shared/errors.ts';
import { newId } from '../shared/ids.ts';
import { createSeal } from '../shared/sealed.ts';
import { run } from '../shared/subprocess.ts';
import { phrase } from '../shared/text.ts';
import { openMigrated } from '../store/migrations.ts';
import type { Store } from '../store/store.ts';
import { unlockKey } from './backup-key.ts';

export interface RestoreOptions {
  dataDir: string;
  file: string;
  passphrase: string | null;
  /** The restored installation takes the old one's place, with its id: the old one must never run again. */
  replace: boolean;
}

export interface Restored {
  installationId: string;
  epoch: number;
  /** CI variables that are gone, since the key was not in the backup: `GROUP/PROJECT NAME`. */
  lostVariables: string[];
}

/** There until the first start after a restore has held the billed pools. */
export const restoredMark = (dataDir: string): string => path.join(dataDir, 'restored');

/**
 * Makes a data folder of a backup. The folder must not hold an installation. A crash on the way leaves only
 * `FOLDER.partial`, which the next try removes. @throws restore.not_empty, backup.bad, backup.passphrase, store.newer
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { dataDir, file, passphrase, replace } = options;
  if (existsSync(path.join(dataDir, 'seto.db'))) throw fault('restore.not_empty', { dir: dataDir });
  await access(file, constants.R_OK);
  const partial = `${dataDir}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true, mode: 0o700 });
  try {
    const argv = ['tar', '--extract', '--file', path.resolve(file), '--directory', partial] as const;
    const unpacked = await run([...argv, '--no-same-owner', '--no-same-permissions']);
    const note = await readFile(path.join(partial, 'backup.json'), 'utf8').catch(() => '{}');
    // The control plane would follow a link with its own rights.
    const links = await run(['find', partial, '!', '-type', 'f', '!', '-type', 'd', '-print', '-quit']);
    if (links.stdout.length > 0) throw fault('backup.bad', { file, reason: phrase('restore.links') });
    if (unpacked.code !== 0 || (JSON.parse(note) as { format?: unknown }).format !== 1) {
      const reason = phrase(unpacked.code === 0 ? 'restore.no_note' : 'restore.no_tar');
      throw fault('backup.bad', { file, reason }, { detail: unpacked.stderr });
    }
    const locked = await readFile(path.join(partial, 'secrets.locked')).catch(() => null);
    if (locked !== null && passphrase === null) throw fault('backup.passphrase', {});
    const kept = locked === null || passphrase === null ? null : unlockKey(locked, passphrase);
    const key = kept ?? randomBytes(32);
    await writeDurably(path.join(partial, 'secrets.key'), key);
    const restored = changeDatabase(path.join(partial, 'seto.db'), replace, kept === null ? key : null);
    await writeDurably(restoredMark(partial), '');
    await rm(path.join(partial, 'secrets.locked'), { force: true });
    await run(['sync', '--file-system', partial]);
    if (existsSync(dataDir)) await rmdir(dataDir);
    await rename(partial, dataDir);
    syncFolder(path.dirname(path.resolve(dataDir)));
    return restored;
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** `newKey` where the old one is lost. */
function changeDatabase(file: string, replace: boolean, newKey: Uint8Array | null): Restored {
  const store = openMigrated(file);
  try {
    const lostVariables = newKey === null ? [] : forgetSecrets(store, newKey);
    return { ...beginAnew(store, replace), lostVariables };
  } finally {
    store.close();
  }
}

/** A new epoch: tokens given out before are dead, and so is what the old installation was doing. */
function beginAnew(store: Store, replace: boolean): { installationId: string; epoch: number } {
  return store.transaction(() => {
    store.run('UPDATE installation SET epoch = epoch + 1');
    if (!replace) store.run('UPDATE installation SET id = ?', newId('seto'));
    for (const table of ['tokens', 'job_sessions', 'node_tokens']) store.run(`DELETE FROM ${table}`);
    // Cameras on the line keep their keys where the same place is taken again.
    if (!replace) store.run('DELETE FROM endpoint_keys');
    store.run('UPDATE jobs SET token_hash = NULL');
    store.run('UPDATE runners SET token_hash = NULL');
    // Its nodes are asked for at the provider and ended; what cannot be known is booked to the end of the lease.
    store.run("UPDATE nodes SET state = 'ending', end_reason = 'lost' WHERE state <> 'ended'");
    const row = store.get<{ id: string; epoch: number }>('SELECT id, epoch FROM installation');
    if (!row) throw new Error('the backup has no installation');
    store.run(
      "INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, 'system', 'installation.restore', 'installation', ?)",
      Date.now(),
      JSON.stringify({ epoch: row.epoch, replace }),
    );
    return { installationId: row.id, epoch: row.epoch };
  });
}

/** Without the old key what it sealed cannot be opened: better gone by name than failing in the middle of a job. */
function forgetSecrets(store: Store, key: Uint8Array): string[] {
  const nothing = createSeal(key).seal('{}', variablesContext);
  return store.transaction(() => {
    const lost = store.all<{ name: string }>(
      "SELECT path || ' ' || key AS name FROM variables JOIN projects ON projects.id = project_id ORDER BY 1",
    );
    store.run('DELETE FROM variables');
    store.run('DELETE FROM issuer_keys');
    store.run('UPDATE pipelines SET variables = ?', nothing);
    store.run('UPDATE pushes SET variables = ?', nothing);
    return lost.map(({ name }) => name);
  });
}

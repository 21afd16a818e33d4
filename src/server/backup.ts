import { existsSync } from 'node:fs';
import { cp, link, mkdir, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { syncFolder } from '../shared/durable.ts';
import { fault } from '../shared/errors.ts';
import { run } from '../shared/subprocess.ts';
import { version } from '../shared/version.ts';
import { copyDatabase } from '../store/copy-database.ts';
import { lockKey } from './backup-key.ts';

/** What lies at the head of a backup. */
export interface BackupNote {
  format: 1;
  version: string;
  at: string;
}

/**
 * Writes database, objects, git, job logs and price copies of a data folder into one tar file, also while the platform runs. The
 * database goes first: what it names is there already, and refs that moved since are caught up with at the next start.
 * The key goes along only under a passphrase. Durable when it returns. @throws backup.exists, backup.failed
 */
export async function writeBackup(dataDir: string, file: string, passphrase: string | null): Promise<void> {
  if (!existsSync(path.join(dataDir, 'seto.db'))) throw fault('backup.no_data', { dir: dataDir });
  if (existsSync(file)) throw fault('backup.exists', { file });
  const stage = await mkdtemp(path.join(dataDir, 'run', 'backup-'));
  const partial = `${file}.partial`;
  try {
    copyDatabase(path.join(dataDir, 'seto.db'), path.join(stage, 'seto.db'));
    const note: BackupNote = { format: 1, version, at: new Date().toISOString() };
    await writeFile(path.join(stage, 'backup.json'), JSON.stringify(note));
    await holdRepositories(path.join(dataDir, 'git'), path.join(stage, 'git'));
    const staged = ['backup.json', 'seto.db', 'git'];
    if (passphrase !== null) {
      const key = await readFile(path.join(dataDir, 'secrets.key'));
      await writeFile(path.join(stage, 'secrets.locked'), lockKey(key, passphrase), { mode: 0o600 });
      staged.push('secrets.locked');
    }
    const own = ['objects', 'traces', 'prices', 'seto.yaml'].filter((name) =>
      existsSync(path.join(dataDir, name)),
    );
    await writeFile(partial, '', { mode: 0o600 });
    const packed = await run([
      ...(['tar', '--create', '--file', path.resolve(partial)] as const),
      ...['--directory', stage, ...staged, '--directory', path.resolve(dataDir)],
      ...['--exclude=objects/.incoming/*', '--ignore-failed-read', ...own],
    ]);
    // 1: a file changed or went while it was read (a job's log, an expired artifact): the database decides.
    if (packed.code !== 0 && packed.code !== 1)
      throw fault('backup.failed', { reason: packed.stderr.trim().slice(-500) });
    const handle = await open(partial, 'r');
    await handle.sync().finally(() => handle.close());
    await rename(partial, file);
    syncFolder(path.dirname(path.resolve(file)));
  } finally {
    await rm(partial, { force: true });
    await rm(stage, { recursive: true, force: true });
  }
}

/**
 * Repositories as they are now: refs are copied first, then every object is held by a hard link, so that no ref names
 * an object that a push brought later or a repack took away.
 */
async function holdRepositories(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const group of await readdir(from))
    for (const name of await readdir(path.join(from, group))) {
      const [source, target] = [path.join(from, group, name), path.join(to, group, name)];
      await cp(source, target, {
        recursive: true,
        filter: (each) => !/^objects\/.|\.lock$/.test(path.relative(source, each)),
      });
      await holdObjects(path.join(source, 'objects'), path.join(target, 'objects'));
    }
}

async function holdObjects(from: string, to: string): Promise<void> {
  // Objects move from loose files into packs, never back: packs are listed last.
  const folders = (await readdir(from)).sort((a, b) => Number(a === 'pack') - Number(b === 'pack'));
  for (const folder of folders) {
    // A push under way lies in `tmp_objdir-…` (quarantine).
    if (!/^(?:[0-9a-f]{2}|info|pack)$/.test(folder)) continue;
    await mkdir(path.join(to, folder), { recursive: true });
    await linkAll(path.join(from, folder), path.join(to, folder), 3);
  }
}

async function linkAll(from: string, to: string, tries: number): Promise<void> {
  for (const name of (await readdir(from)).filter((each) => !each.startsWith('tmp_')))
    try {
      await link(path.join(from, name), path.join(to, name));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') continue;
      if (code !== 'ENOENT') throw error;
      // A repack took it away after it wrote its successor, which a second look finds.
      if (tries > 0) return linkAll(from, to, tries - 1);
    }
}

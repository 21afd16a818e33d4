import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRepositories } from '../forge/embedded/git/repositories.ts';
import { createIdentity } from '../identity/identity.ts';
import { systemClock } from '../shared/clock.ts';
import { createSeal, readOrCreateKey } from '../shared/sealed.ts';
import { run } from '../shared/subprocess.ts';
import { createDiskStore } from '../storage/stores/disk-store.ts';
import { openMigrated } from '../store/migrations.ts';
import type { Store } from '../store/store.ts';
import { writeBackup } from './backup.ts';
import { openDataFolder } from './data-folder.ts';
import { restoreBackup, restoredMark } from './restore.ts';

let root = '';
let store: Store;
let token = '';
const at = (...names: string[]) => path.join(root, ...names);
const commit = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

beforeEach(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'seto-backup-'));
  const folder = openDataFolder(at('data'));
  store = openMigrated(folder.database);
  const identity = createIdentity(store, systemClock);
  const user = identity.users.create('hanako', true, 'system');
  token = identity.users.issueToken({ userId: user.id }, 'laptop', 'system');
  identity.projects.create('line/parts', user.id, 'system');
  const seal = createSeal(await readOrCreateKey(at('data', 'secrets.key')));
  store.run(
    "INSERT INTO variables (project_id, key, value, masked, protected, file, raw, updated_at) VALUES (1, 'CAMERA', ?, 1, 0, 0, 0, 0)",
    seal.seal('secret', 'test'),
  );
  const repositories = createRepositories(folder.git);
  await repositories.create('line/parts', 'main');
  const git = ['git', '--git-dir', repositories.folder('line/parts')] as const;
  const env = { PATH: process.env['PATH'] ?? '' };
  expect((await run([...git, 'hash-object', '-t', 'tree', '-w', '/dev/null'], { env })).code).toBe(0);
  expect((await run([...git, 'update-ref', 'refs/tags/empty', commit], { env })).code).toBe(0);
  await createDiskStore(folder.objects).put('a/b', Readable.from([Buffer.from('bytes')]));
});
afterEach(() => {
  store.close();
  rmSync(root, { recursive: true, force: true });
});

test('a backup of a folder in use comes back whole: another installation, no token, secrets under the passphrase', async () => {
  await writeBackup(at('data'), at('b.tar'), 'correct horse');
  expect(readdirSync(at('data', 'run'))).toEqual(['nodes']);
  await expect(writeBackup(at('data'), at('b.tar'), null)).rejects.toThrow('b.tar');
  const order = { dataDir: at('new'), file: at('b.tar'), replace: false };
  await expect(restoreBackup({ ...order, passphrase: 'wrong' })).rejects.toThrow('passphrase');
  expect(readdirSync(root).sort()).toEqual(['b.tar', 'data']);
  const done = await restoreBackup({ ...order, passphrase: 'correct horse' });
  expect(done).toMatchObject({ epoch: 2, lostVariables: [] });
  expect(readdirSync(root).sort()).toEqual(['b.tar', 'data', 'new']);
  const restored = openMigrated(at('new', 'seto.db'));
  const identity = createIdentity(restored, systemClock);
  expect(identity.epoch).toBe(2);
  expect(identity.installationId).toBe(done.installationId);
  expect(identity.installationId).not.toBe(createIdentity(store, systemClock).installationId);
  expect(identity.authenticate(token)).toBeNull();
  expect(identity.users.byName('hanako')?.admin).toBe(true);
  const sealed = restored.get<{ value: string }>('SELECT value FROM variables')?.value ?? '';
  const key = readFileSync(at('new', 'secrets.key'));
  expect(createSeal(key).open(sealed, 'test')).toBe('secret');
  restored.close();
  const refs = await createRepositories(at('new', 'git')).refValues('line/parts');
  expect(refs.get('refs/tags/empty')).toBe(commit);
  const body = await createDiskStore(at('new', 'objects')).get('a/b');
  expect(body && (await buffer(body)).toString()).toBe('bytes');
  expect(readdirSync(at('new'))).toContain(path.basename(restoredMark(at('new'))));
  await expect(restoreBackup({ ...order, passphrase: 'correct horse' })).rejects.toThrow('holds');
});

test('without a passphrase no key is in it, and what it sealed is gone by name; the same place keeps its id', async () => {
  await writeBackup(at('data'), at('b.tar'), null);
  const listed = await run(['tar', '--list', '--file', at('b.tar')]);
  expect(listed.stdout.toString()).not.toContain('secrets');
  const done = await restoreBackup({
    dataDir: at('new'),
    file: at('b.tar'),
    passphrase: null,
    replace: true,
  });
  expect(done.lostVariables).toEqual(['line/parts CAMERA']);
  expect(done.installationId).toBe(createIdentity(store, systemClock).installationId);
});

test('what is no backup, or holds a link, changes nothing', async () => {
  writeFileSync(at('backup.json'), '{"format":1}');
  symlinkSync('/etc', at('objects'));
  await run(['tar', '--create', '--file', at('evil.tar'), '-C', root, 'backup.json', 'objects']);
  writeFileSync(at('text.tar'), 'no tar');
  writeFileSync(at('other.txt'), 'of something else');
  await run(['tar', '--create', '--file', at('other.tar'), '-C', root, 'other.txt']);
  for (const [file, reason] of [
    ['evil.tar', 'whole backup of Seto. It holds links.'],
    ['text.tar', 'whole backup of Seto. It is no tar file, or was cut short.'],
    ['other.tar', 'whole backup of Seto. It is a tar file of something else.'],
    ['none.tar', 'no such file'],
  ] as const)
    await expect(
      restoreBackup({ dataDir: at('new'), file: at(file), passphrase: null, replace: false }),
    ).rejects.toThrow(reason);
  expect(readdirSync(root)).not.toContain('new');
});

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, expect, it } from 'vitest';
import { objectStoreSuite } from '../../../test/support/object-store-suite.ts';
import { createDiskStore } from './disk-store.ts';

const base = mkdtempSync(path.join(tmpdir(), 'seto-disk-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
let count = 0;
const fresh = () => path.join(base, String(count++));

objectStoreSuite('disk', () => createDiskStore(fresh(), { stallMs: 200 }));

it('removes what a crash left half written, and nothing else', async () => {
  const root = fresh();
  await createDiskStore(root).put('kept', Readable.from([Buffer.from('x')]));
  writeFileSync(path.join(root, '.incoming', 'half'), 'half');
  const again = createDiskStore(root);
  expect(readdirSync(path.join(root, '.incoming'))).toEqual([]);
  expect((await again.head('kept'))?.size).toBe(1);
});

it('takes nothing when less than the reserve is free', async () => {
  const store = createDiskStore(fresh(), { reserve: { bytes: 1e18, share: 0 } });
  await expect(store.put('k', Readable.from([Buffer.from('x')]))).rejects.toMatchObject({
    code: 'core.no_space',
  });
  expect(await store.head('k')).toBeNull();
});

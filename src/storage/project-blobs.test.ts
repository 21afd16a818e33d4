import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Clock, systemClock } from '../shared/clock.ts';
import { sha256 } from '../shared/ids.ts';
import { openMigrated } from '../store/migrations.ts';
import type { Store } from '../store/store.ts';
import { frameHeader } from './framed-blobs.ts';
import type { ObjectStore } from './object-store.ts';
import { createProjectBlobs, type ProjectBlobs } from './project-blobs.ts';
import { createDiskStore } from './stores/disk-store.ts';

const content = 'a picture that two projects have';
const digest = sha256(content);
const day = 86_400_000;

let folder = '';
let store: Store;
let objects: ObjectStore;
let blobs: ProjectBlobs;
let now = 1_000_000_000_000;
const clock: Clock = { ...systemClock, now: () => now };

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'seto-blobs-'));
  store = openMigrated(path.join(folder, 'seto.db'));
  objects = createDiskStore(path.join(folder, 'objects'), { reserve: { bytes: 0, share: 0 } });
  blobs = createProjectBlobs({ store, objects: { ...objects, head: (key) => objects.head(key) }, clock });
  await blobs.add(1, Readable.from([content]), { sha256: digest });
  now += 2 * day;
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const read = async (projectId: number) => text(await blobs.open(projectId, digest));

test('collecting takes what nobody needs, and its pin is over', async () => {
  expect(await blobs.collect()).toEqual({ blobs: 1, bytes: content.length });
  await expect(blobs.open(1, digest)).rejects.toThrow(expect.objectContaining({ code: 'data.blob_missing' }));
});

test('an upload that is under way keeps the same content of another project', async () => {
  const body = new PassThrough();
  const adding = blobs.add(2, body, { sha256: digest });
  body.write(content.slice(0, 5));
  await blobs.collect();
  body.end(content.slice(5));
  await adding;
  expect(await read(2)).toBe(content);
  now += 2 * day;
  expect((await blobs.collect()).blobs).toBe(1);
});

test('so does a batch, until its rows are written', async () => {
  const body = new PassThrough();
  const adding = blobs.addFramed(2, body);
  body.write(frameHeader(digest, content.length));
  body.write(content);
  await new Promise((resolve) => setTimeout(resolve, 200));
  await blobs.collect();
  body.end();
  expect(await adding).toEqual({ count: 1, bytes: content.length });
  expect(await read(2)).toBe(content);
});

test('what is adopted while it is being collected is either kept whole or missing', async () => {
  let collecting: Promise<unknown> = Promise.resolve();
  const head = objects.head;
  objects.head = async (key) => {
    const found = await head(key);
    collecting = blobs.collect();
    return found;
  };
  await blobs.adopt(2, digest);
  await collecting;
  expect(await read(2)).toBe(content);
});

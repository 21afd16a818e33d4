import { createHash, randomBytes } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { SetoError } from '../../src/shared/errors.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';

const digest = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof SetoError ? error.code : String(error)),
  );

/** What every driver of the object store must do. `open` gives an empty store that ends a silent body after 200 ms. */
export function objectStoreSuite(name: string, open: () => Promise<ObjectStore> | ObjectStore): void {
  describe(`${name} as an object store`, () => {
    it('gives back what was put, whole and in part', async () => {
      const store = await open();
      const data = randomBytes(300_000);
      const put = await store.put('a/b/c.bin', Readable.from([data.subarray(0, 7), data.subarray(7)]));
      expect(put).toEqual({ size: data.length, sha256: digest(data) });
      const whole = await store.get('a/b/c.bin');
      expect(whole && (await buffer(whole)).equals(data)).toBe(true);
      const part = await store.get('a/b/c.bin', { first: 10, last: 19 });
      expect(part && (await buffer(part)).equals(data.subarray(10, 20))).toBe(true);
      expect((await store.head('a/b/c.bin'))?.size).toBe(data.length);
    });

    it('keeps an empty body', async () => {
      const store = await open();
      expect((await store.put('empty', Readable.from([]))).size).toBe(0);
      const body = await store.get('empty');
      expect(body && (await buffer(body)).length).toBe(0);
    });

    it('answers null for what is not there', async () => {
      const store = await open();
      expect(await store.get('nothing')).toBeNull();
      expect(await store.head('nothing/below')).toBeNull();
      expect(await store.delete('nothing')).toBe(false);
    });

    it('replaces and deletes', async () => {
      const store = await open();
      await store.put('k', Readable.from([Buffer.from('one')]));
      await store.put('k', Readable.from([Buffer.from('two')]));
      const body = await store.get('k');
      expect(body && (await buffer(body)).toString()).toBe('two');
      expect(await store.delete('k')).toBe(true);
      expect(await store.head('k')).toBeNull();
    });

    it('refuses a body that is not what was announced, and keeps what was there', async () => {
      const store = await open();
      const body = () => Readable.from([Buffer.from('hello')]);
      await store.put('k', Readable.from([Buffer.from('before')]));
      expect(await codeOf(store.put('k', body(), { size: 4 }))).toBe('storage.mismatch');
      expect(await codeOf(store.put('k', body(), { size: 6 }))).toBe('storage.mismatch');
      expect(await codeOf(store.put('k', body(), { sha256: digest(Buffer.from('x')) }))).toBe(
        'storage.mismatch',
      );
      expect(await codeOf(store.put('new', body(), { size: 4 }))).toBe('storage.mismatch');
      expect(await store.head('new')).toBeNull();
      const kept = await store.get('k');
      expect(kept && (await buffer(kept)).toString()).toBe('before');
    });

    it('leaves nothing of a body that breaks off or falls silent', async () => {
      const store = await open();
      const broken = new PassThrough();
      const failing = store.put('broken', broken);
      broken.write('half');
      setTimeout(() => broken.destroy(new Error('connection reset')), 20);
      expect(await codeOf(failing)).not.toBe('no error');
      const silent = new PassThrough();
      silent.write('half');
      expect(await codeOf(store.put('silent', silent))).toBe('storage.stalled');
      expect([await store.head('broken'), await store.head('silent')]).toEqual([null, null]);
      expect(await store.list('')).toEqual([]);
    });

    it('lists by prefix in byte order, from where the last list ended', async () => {
      const store = await open();
      const keys = ['a', 'a-b/x', 'a/1', 'a/2', 'a/b/3', 'a0', 'b'];
      for (const key of keys) await store.put(key === 'a' ? 'a.txt' : key, Readable.from([Buffer.from(key)]));
      const sorted = [...keys.slice(1), 'a.txt'].sort();
      expect((await store.list('')).map(({ key }) => key)).toEqual(sorted);
      expect((await store.list('a/')).map(({ key }) => key)).toEqual(['a/1', 'a/2', 'a/b/3']);
      expect((await store.list('a/', 'a/1')).map(({ key }) => key)).toEqual(['a/2', 'a/b/3']);
      expect((await store.list('', 'a/b/3')).map(({ key }) => key)).toEqual(['a0', 'b']);
    });

    it('survives two puts of one key at once with one whole object', async () => {
      const store = await open();
      const bodies = [randomBytes(200_000), randomBytes(200_000)];
      await Promise.all(bodies.map((data) => store.put('k', Readable.from([data]))));
      const left = await store.get('k');
      const read = left && (await buffer(left));
      expect(bodies.some((data) => read?.equals(data))).toBe(true);
    });

    it('refuses keys that lead elsewhere', async () => {
      const store = await open();
      for (const key of ['../x', '/x', 'a//b', 'a/../b', '', 'a/', '.hidden', 'ü'])
        expect(await codeOf(store.put(key, Readable.from([Buffer.from('x')])))).toBe('storage.bad_key');
    });
  });
}

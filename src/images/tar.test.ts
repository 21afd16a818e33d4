import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { run } from '../shared/subprocess.ts';
import { readTar } from './read-tar.ts';
import { packTar, type TarEntry, tarSize } from './tar.ts';

const bytesOf = async (entries: readonly TarEntry[]): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of packTar(entries)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

const part = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  .filter((text) => !/[/\0]|^\.\.?$/.test(text));
const entry = fc.record({
  path: fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/')),
  mode: fc.constantFrom(0o644, 0o755),
  content: fc.uint8Array({ maxLength: 1500 }),
});

it('gives back what was packed, for any names and sizes, in any order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(entry, { selector: (each) => each.path, maxLength: 6 }),
      async (given) => {
        const entries = given.map(({ path, mode, content }) => ({
          path,
          mode,
          body: { size: content.length, open: () => content },
        }));
        const packed = await bytesOf(entries);
        expect(packed.length).toBe(tarSize(entries));
        expect((await bytesOf([...entries].reverse())).equals(packed)).toBe(true);
        const found = new Map<string, Buffer>();
        await readTar(Readable.from([packed], { objectMode: false }), async (header, body) => {
          const chunks: Buffer[] = [];
          for await (const piece of body) chunks.push(piece);
          found.set(header.path, Buffer.concat(chunks));
        });
        for (const { path, content } of given) expect(found.get(path)?.equals(content)).toBe(true);
        expect(found.size).toBe(given.length);
      },
    ),
    { numRuns: 60 },
  );
});

it('is read by the tar that everyone has', async () => {
  const long = `${'folder/'.repeat(20)}file`;
  const packed = await bytesOf([
    { path: 'b', mode: 0o755, body: null },
    { path: long, mode: 0o644, body: { size: 3, open: () => Buffer.from('abc') } },
  ]);
  const listed = await run(['tar', '-tvf', '-', '--utc', '--numeric-owner'], { input: packed });
  expect([listed.code, listed.stderr]).toEqual([0, '']);
  expect(listed.stdout.toString().split('\n').slice(0, 2)).toEqual([
    expect.stringMatching(/^drwxr-xr-x 0\/0 +0 1970-01-01 00:00 b\/$/),
    expect.stringMatching(new RegExp(`^-rw-r--r-- 0/0 +3 1970-01-01 00:00 ${long}$`)),
  ]);
});

it('fails where a file changed while it was read', async () => {
  const entries = [
    { path: 'a', mode: 0o644, body: { size: 4, open: () => Readable.from([Buffer.from('abc')]) } },
  ];
  await expect(bytesOf(entries)).rejects.toThrow('changed while it was read');
});

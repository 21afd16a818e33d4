import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseGroupsCsv, splitOf } from '../shared/data-folder.ts';
import { SetoError } from '../shared/errors.ts';
import { checkEntries } from './check-entries.ts';
import { compileGroupPattern, formatGroupLine } from './groups.ts';
import { comparePaths, digestManifest, type ManifestEntry, readManifest, writeManifest } from './manifest.ts';

const digest = (n: number) => n.toString(16).padStart(64, '0');
const entry = (path: string, n = 1, group = `g${n}`): ManifestEntry => ({
  sha256: digest(n),
  size: n,
  group,
  path,
});
const all = async (body: AsyncIterable<Buffer>) => (await Array.fromAsync(readManifest(body))).flat();
const problemsOf = (...entries: ManifestEntry[]) => {
  const check = checkEntries();
  for (const each of entries) check.add(each);
  try {
    check.finish('en');
    return '';
  } catch (error) {
    return error instanceof SetoError ? String(error.values['list']) : String(error);
  }
};

describe('a manifest', () => {
  it('is read as it was written, however it is cut', async () => {
    const entries = ['a b/ü 1.png', 'c/x', 'c/\u{ff5e}', 'c/\u{1f600}'].map((path, i) => entry(path, i + 1));
    const bytes = Buffer.concat(await Array.fromAsync(writeManifest(entries)));
    for (const step of [1, 3, 1000]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / step) }, (_, i) =>
        bytes.subarray(i * step, (i + 1) * step),
      );
      expect(
        await all(
          (async function* () {
            yield* pieces;
          })(),
        ),
      ).toEqual(entries);
    }
    expect(bytes.toString().split('\n')[1]).toBe(`${digest(2)} 2 g2 c/x`);
    expect((await digestManifest(entries)).bytes).toBe(bytes.length);
  });

  it('sorts as bytes do', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), (a, b) => {
        fc.pre(a.isWellFormed() && b.isWellFormed());
        expect(Math.sign(comparePaths(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });

  it.each([
    ['unsorted', [entry('b'), entry('a')].map((e) => `${e.sha256} 1 g ${e.path}\n`).join('')],
    ['twice', `${digest(1)} 1 g a\n${digest(1)} 1 g a\n`],
    ['a size with a sign', `${digest(1)} -1 g a\n`],
    ['a short digest', `abc 1 g a\n`],
    ['cut off', `${digest(1)} 1 g a`],
    ['no group', `${digest(1)} 1  a\n`],
  ])('is refused when %s', async (_, text) => {
    await expect(
      all(
        (async function* () {
          yield Buffer.from(text);
        })(),
      ),
    ).rejects.toMatchObject({
      code: 'data.bad_manifest',
    });
  });

  it('is refused when it is not UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from(`${digest(1)} 1 g a`), Buffer.from([0xff, 10])]);
    await expect(
      all(
        (async function* () {
          yield bytes;
        })(),
      ),
    ).rejects.toMatchObject({ code: 'data.bad_manifest' });
  });

  it('splits by the first 32 bits of the group’s sha256, as it always did', () => {
    // From sha256sum: part-1 begins with 0543cf94, part-0 with fdf9aadb; the limit is cccccccc.
    expect(['part-1', 'part-2', 'part-0', 'part-5'].map(splitOf)).toEqual(['train', 'train', 'test', 'test']);
  });
});

describe('the rules of a data set', () => {
  it('takes what is right', () => {
    expect(problemsOf(entry('good/a.png'), entry('good/b.png', 2), entry('notes.txt', 3))).toBe('');
    expect(problemsOf(entry('good/a.png'), entry('good/copy.png'))).toBe('');
  });

  it.each([
    ['../x', 'leads out'],
    ['/x', 'leads out'],
    ['a//b', 'leads out'],
    ['a/./b', 'leads out'],
    ['a/b\u0007', 'control'],
    ['u\u0308/x', 'normal form'],
    ['groups.csv', 'not for data'],
    ['a/.hidden', 'not for data'],
    [`${'x'.repeat(256)}/a`, 'too long'],
  ])('refuses %j', (path, words) => {
    expect(problemsOf(entry(path))).toContain(words);
  });

  it('refuses names that differ only in case, in folders too', () => {
    expect(problemsOf(entry('ok/A.png'), entry('ok/a.png', 2))).toContain('ok/A.png');
    expect(problemsOf(entry('OK/a.png'), entry('ok/b.png', 2))).toContain('differs from OK');
    expect(problemsOf(entry('a'), entry('a/b', 2))).toContain('a folder');
  });

  it('refuses one file more than a million before it holds more', () => {
    const check = checkEntries();
    // The same file again and again: only the number matters here, and it costs no memory.
    for (let i = 0; i < 1_000_000; i++) check.add(entry('a.png'));
    expect(() => check.add(entry('a.png'))).toThrow('at most 1000000 files');
  });

  it('refuses one content under two labels, and names both', () => {
    const list = problemsOf(entry('defect/a.png', 7), entry('good/b.png', 7));
    expect(list).toContain('good/b.png');
    expect(list).toContain('defect');
    expect(problemsOf(entry('a.png', 7), entry('good/b.png', 7))).toBe('');
  });
});

describe('groups', () => {
  it('come back from groups.csv as they were written', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[^\n\r\u2028\u2029]{1,30}$/),
        fc.stringMatching(/^\S{1,20}$/),
        (path, group) => {
          fc.pre(path.isWellFormed() && group.isWellFormed());
          const { groups, badLines } = parseGroupsCsv(`path,group\n${formatGroupLine(path, group)}`);
          expect(badLines).toEqual([]);
          expect(groups.get(path.normalize('NFC'))).toBe(group);
        },
      ),
    );
  });

  it('come from the first capture of a pattern, in linear time', () => {
    expect(compileGroupPattern('part-([0-9]+)')('good/part-17-2.png')).toBe('17');
    expect(compileGroupPattern('part-([0-9]+)')('good/x.png')).toBeNull();
    expect(() => compileGroupPattern('(')).toThrow('not a usable pattern');
    expect(() => compileGroupPattern('part')).toThrow('captures nothing');
    const began = performance.now();
    compileGroupPattern('(a+)+$')(`${'a'.repeat(5000)}!`);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readPictures } from './pictures.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'demo-pictures-'));
afterAll(() => rmSync(dir, { recursive: true }));

function write(set: string, files: Readonly<Record<string, string>>): string {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(dir, set, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return path.join(dir, set);
}

const twenty = (label: string) =>
  Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${label}/${i}, a.png`, `${label} ${i}`]));

it('reads a folder as it comes from a Mac and a spreadsheet', async () => {
  const decomposed = 'ガラス'.normalize('NFD');
  const groups = Array.from({ length: 20 }, (_, i) => `"ok/${i}, a.png",part-${i % 5}`);
  const set = write('mac', {
    ...twenty('ok'),
    ...twenty(decomposed),
    'ok/._0.png': 'not a picture',
    '.thumbnails/0.png': 'not a label',
    'groups.csv': `\ufeffpath,group\r\n${groups.join('\r\n')}\r\n`,
  });
  const { pictures } = await readPictures(set);
  expect(new Set(pictures.map(({ label }) => label))).toEqual(new Set(['ok', 'ガラス'.normalize('NFC')]));
  expect(pictures).toHaveLength(40);
  expect(new Set(pictures.filter(({ label }) => label === 'ok').map(({ group }) => group)).size).toBe(5);
  expect(pictures[3]?.bytes.toString()).toMatch(/^ok \d+$/);
});

it('says what is wrong with a folder', async () => {
  await expect(readPictures(write('one', twenty('ok')))).rejects.toThrow('1 label folders (at least 2)');
  const webp = write('webp', { ...twenty('ok'), 'ng/a.webp': 'x' });
  await expect(readPictures(webp)).rejects.toThrow('ng: 0 pictures (10)');
  const csv = write('csv', { ...twenty('ok'), ...twenty('ng'), 'groups.csv': 'path,group\nok/1.png\n' });
  await expect(readPictures(csv)).rejects.toThrow(expect.objectContaining({ code: 'serving.bad_groups' }));
});

import { execFileSync } from 'node:child_process';
import {
  createWriteStream,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { fileGlob } from './file-glob.ts';
import { packZip } from './pack.ts';
import { pickFiles } from './pick-files.ts';
import { unpackLimits, unpackZip } from './unpack.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'seto-archive-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function tree(files: Record<string, string>): string {
  const root = path.join(dir, 'root');
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), content);
  }
  return root;
}

test.each([
  ['*.xml', ['a.xml'], ['d/a.xml', 'a.xmlx']],
  ['**/*.xml', ['a.xml', 'd/a.xml', 'd/e/a.xml'], ['axml']],
  ['out/**', ['out/a', 'out/d/a'], ['outer/a']],
  ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['a/xb']],
  ['m?del.[a-c]', ['model.a', 'mødel.c'], ['m/del.a', 'model.d']],
  ['x[!0-9]', ['xa'], ['x1']],
  ['{bin,lib}/*.so', ['bin/a.so', 'lib/b.so'], ['src/a.so']],
  ['./out//a/', ['out/a'], ['out/b']],
  ['a+(b).txt', ['a+(b).txt'], ['aab.txt']],
])('the pattern %s', (pattern, yes, no) => {
  const matches = fileGlob(pattern);
  expect(yes.filter((each) => !matches(each))).toEqual([]);
  expect(no.filter(matches)).toEqual([]);
});

test('a pattern that would backtrack for ever does not', () => {
  const begun = performance.now();
  expect(fileGlob(`${'*a'.repeat(40)}b`)('a'.repeat(5000))).toBe(false);
  expect(performance.now() - begun).toBeLessThan(2000);
});

test('folders come whole, exclusions go, .git stays out, what matches nothing is named', () => {
  const root = tree({
    'out/a': '',
    'out/d/b.tmp': '',
    'out/d/c': '',
    '.git/config': '',
    'gate.xml': '',
    'src/x': '',
  });
  symlinkSync('a', path.join(root, 'out/link'));
  const { files, missing } = pickFiles(root, ['out', '*.xml', 'none/'], ['**/*.tmp']);
  expect(files.map((file) => `${file.kind} ${file.path}`)).toEqual([
    'file gate.xml',
    'file out/a',
    'file out/d/c',
    'link out/link',
  ]);
  expect(missing).toEqual(['none/']);
  expect(pickFiles(root, ['.'], []).files.map((file) => file.path)).not.toContain('.git/config');
  expect(pickFiles(root, ['.git/config'], []).files.length).toBe(1);
});

test('links that lead out are left out and named, so that what was packed can be unpacked', async () => {
  const root = tree({ 'venv/bin/pip': '', 'venv/lib/x': '', fresh: '' });
  symlinkSync('/usr/bin/python3', path.join(root, 'venv/bin/python3'));
  symlinkSync('../../..', path.join(root, 'venv/bin/up'));
  symlinkSync('lib', path.join(root, 'venv/lib64'));
  for (const untracked of [
    [],
    ['venv/bin/python3', 'venv/bin/up', 'venv/lib64', 'venv/bin/pip', 'venv/lib/x'],
  ]) {
    const { files, leftOut } = pickFiles(root, untracked.length === 0 ? ['venv'] : [], [], untracked);
    expect(leftOut).toEqual(['venv/bin/python3', 'venv/bin/up']);
    const zip = path.join(dir, `venv-${untracked.length}.zip`);
    await packZip(root, files, zip);
    const target = path.join(dir, `target-${untracked.length}`);
    mkdirSync(target);
    expect(await unpackZip(zip, target)).toBe(3);
    expect(readlinkSync(path.join(target, 'venv/lib64'))).toBe('lib');
  }
});

test('what was packed comes out the same: bytes, modes, times, links; unzip agrees', async () => {
  const root = tree({ 'out/model.onnx': 'weights', 'out/d/日本語.txt': 'text' });
  execFileSync('chmod', ['755', path.join(root, 'out/model.onnx')]);
  symlinkSync('../model.onnx', path.join(root, 'out/d/link'));
  const zip = path.join(dir, 'a.zip');
  await packZip(root, pickFiles(root, ['out'], []).files, zip);
  const target = path.join(dir, 'target');
  mkdirSync(target);
  expect(await unpackZip(zip, target)).toBe(3);
  expect(readFileSync(path.join(target, 'out/d/日本語.txt'), 'utf8')).toBe('text');
  expect(readlinkSync(path.join(target, 'out/d/link'))).toBe('../model.onnx');
  expect(readFileSync(path.join(target, 'out/d/link'), 'utf8')).toBe('weights');
  expect(statSync(path.join(target, 'out/model.onnx')).mode & 0o777).toBe(0o755);
});

async function zipOf(entries: { name: string; data: string; mode?: number }[]): Promise<string> {
  const file = path.join(dir, 'evil.zip');
  const zip = new ZipFile();
  const placeholders: [string, string][] = [];
  for (const [index, { name, data, mode }] of entries.entries()) {
    // yazl refuses such names itself, so they are put in afterwards, of the same length.
    const plain = `${index}`.padEnd(Buffer.byteLength(name), '_');
    placeholders.push([plain, name]);
    zip.addBuffer(Buffer.from(data), plain, { mode: mode ?? 0o100644 });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(file));
  let bytes = readFileSync(file).toString('latin1');
  for (const [plain, name] of placeholders)
    bytes = bytes.replaceAll(plain, Buffer.from(name).toString('latin1'));
  writeFileSync(file, Buffer.from(bytes, 'latin1'));
  return file;
}

test.each([
  [[{ name: '../outside', data: 'x' }]],
  [[{ name: '/absolute', data: 'x' }]],
  [[{ name: 'a/../../outside', data: 'x' }]],
  [[{ name: 'a\\..\\outside', data: 'x' }]],
  [[{ name: 'link', data: '../../etc', mode: 0o120777 }]],
  [[{ name: 'link', data: '/etc', mode: 0o120777 }]],
  [[{ name: 'pipe', data: '', mode: 0o010644 }]],
])('refuses %j and writes nothing outside', async (entries) => {
  const file = await zipOf(entries);
  const target = path.join(dir, 'deep/target');
  mkdirSync(target, { recursive: true });
  await expect(unpackZip(file, target)).rejects.toThrow();
  expect(existsSync(path.join(dir, 'deep/outside'))).toBe(false);
  expect(lstatSync(path.join(target, 'link'), { throwIfNoEntry: false })).toBeUndefined();
});

test('never writes through a link: neither of the archive nor one that is there', async () => {
  const file = await zipOf([
    { name: 'linkdir', data: '.', mode: 0o120777 },
    { name: 'here/file', data: 'x' },
  ]);
  const target = path.join(dir, 'target');
  const outside = path.join(dir, 'outside');
  mkdirSync(target);
  mkdirSync(outside);
  symlinkSync(outside, path.join(target, 'here'));
  await expect(unpackZip(file, target)).rejects.toThrow('link');
  expect(existsSync(path.join(outside, 'file'))).toBe(false);
  writeFileSync(path.join(outside, 'kept'), 'kept');
  rmSync(path.join(target, 'here'));
  mkdirSync(path.join(target, 'here'));
  symlinkSync(path.join(outside, 'kept'), path.join(target, 'here/file'));
  await unpackZip(file, target);
  expect(readFileSync(path.join(outside, 'kept'), 'utf8')).toBe('kept');
  expect(readFileSync(path.join(target, 'here/file'), 'utf8')).toBe('x');
});

test('bombs are refused: entries, bytes, ratio', async () => {
  const root = tree({ a: '0'.repeat(20_000_000), b: '' });
  const zip = path.join(dir, 'bomb.zip');
  await packZip(root, pickFiles(root, ['.'], []).files, zip);
  const target = path.join(dir, 'target');
  mkdirSync(target);
  await expect(unpackZip(zip, target, { ...unpackLimits, maxEntries: 1 })).rejects.toThrow('entries');
  await expect(unpackZip(zip, target, { ...unpackLimits, maxBytes: 1000 })).rejects.toThrow('bytes');
  await expect(unpackZip(zip, target, { ...unpackLimits, maxRatio: 100 })).rejects.toThrow('larger');
  const broken = path.join(dir, 'broken.zip');
  writeFileSync(broken, readFileSync(zip).subarray(0, 200));
  await expect(unpackZip(broken, target)).rejects.toThrow();
});

import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { packTar } from './tar.ts';
import { defaultCaps, unpackLayer } from './unpack.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'seto-unpack-'));
const outside = path.join(dir, 'outside');
mkdirSync(outside);
writeFileSync(path.join(outside, 'secret'), 'untouched');
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let count = 0;
const fresh = () => path.join(dir, `root-${count++}`);

interface Entry {
  name: string;
  type?: string;
  body?: string;
  target?: string;
  mode?: number;
}

/** An archive as an attacker would write it: names and targets as given, nothing checked. */
function archive(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap(({ name, type = '0', body = '', target = '', mode = 0o644 }) => {
    const raw = Buffer.alloc(512);
    raw.write(name, 0);
    raw.write(`${mode.toString(8).padStart(7, '0')}\0`, 100);
    raw.write(`${Buffer.byteLength(body).toString(8).padStart(11, '0')}\0`, 124);
    raw.write('        ', 148);
    raw.write(type, 156);
    raw.write(target, 157);
    raw.write('ustar\x0000', 257);
    const sum = raw.reduce((total, byte) => total + byte, 0);
    raw.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const content = Buffer.alloc(Math.ceil(Buffer.byteLength(body) / 512) * 512);
    content.write(body);
    return [raw, content];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

const unpack = async (bytes: Buffer, root = fresh(), caps = defaultCaps): Promise<string> => {
  await unpackLayer(Readable.from([bytes], { objectMode: false }), root, { caps });
  return root;
};
const refused = { code: 'image.bad_archive' };

describe('nothing leads out', () => {
  it.each<[string, Entry[]]>([
    ['a path that climbs', [{ name: '../outside/new' }]],
    ['a path that climbs later', [{ name: 'a/b/../../../outside/new' }]],
    ['a relative link out', [{ name: 'a', type: '2', target: '../outside' }]],
    ['a link deeper that still leads out', [{ name: 'a/b', type: '2', target: '../../outside' }]],
    [
      'a write through a link',
      [
        { name: 'a', type: '2', target: '/tmp' },
        { name: 'a/seto-new', body: 'x' },
      ],
    ],
    [
      'a write through a link to a folder of the image',
      [
        { name: 'real/', type: '5' },
        { name: 'a', type: '2', target: 'real' },
        { name: 'a/new', body: 'x' },
      ],
    ],
    ['a hard link out', [{ name: 'a', type: '1', target: '../outside/secret' }]],
    ['a hard link to what is not there', [{ name: 'a', type: '1', target: 'etc/shadow' }]],
    [
      'a hard link to a link',
      [
        { name: 'l', type: '2', target: '/etc/shadow' },
        { name: 'a', type: '1', target: 'l' },
      ],
    ],
    ['a whiteout of the folder above', [{ name: '.wh...' }]],
  ])('refuses %s', async (_name, entries) => {
    await expect(unpack(archive(entries))).rejects.toMatchObject(refused);
    expect([readdirSync(outside), readFileSync(path.join(outside, 'secret'), 'utf8')]).toEqual([
      ['secret'],
      'untouched',
    ]);
  });

  it('takes an absolute name from the root of the image', async () => {
    const root = await unpack(archive([{ name: '/etc/hosts', body: 'x' }]));
    expect(readFileSync(path.join(root, 'etc/hosts'), 'utf8')).toBe('x');
  });

  it('keeps absolute links as they are, unfollowed', async () => {
    const root = await unpack(archive([{ name: 'sh', type: '2', target: '/bin/busybox' }]));
    expect(readlinkSync(path.join(root, 'sh'))).toBe('/bin/busybox');
  });
});

it('leaves out devices and setuid bits', async () => {
  const root = await unpack(
    archive([
      { name: 'null', type: '3' },
      { name: 'fifo', type: '6' },
      { name: 'su', body: 'x', mode: 0o4755 },
    ]),
  );
  expect(readdirSync(root)).toEqual(['su']);
  expect(statSync(path.join(root, 'su')).mode & 0o7777).toBe(0o755);
});

it('replaces what lower layers left, and removes what whiteouts name', async () => {
  const root = await unpack(
    archive([
      { name: 'a/one', body: '1' },
      { name: 'a/two', body: '2' },
      { name: 'b/old', body: '3' },
      { name: 'b/sub/old', body: '4' },
      { name: 'c', body: '5' },
      { name: 'd/x', body: '6' },
    ]),
  );
  await unpack(
    archive([
      { name: 'a/.wh.one' },
      { name: 'b/sub/new', body: 'n' },
      { name: 'b/.wh..wh..opq' },
      { name: 'c/', type: '5' },
      { name: 'd', body: 'file' },
    ]),
    root,
  );
  expect(readdirSync(root, { recursive: true }).sort()).toEqual([
    'a',
    'a/two',
    'b',
    'b/sub',
    'b/sub/new',
    'c',
    'd',
  ]);
  expect([lstatSync(path.join(root, 'c')).isDirectory(), readFileSync(path.join(root, 'd'), 'utf8')]).toEqual(
    [true, 'file'],
  );
});

it('keeps whiteouts where asked to, for whoever puts layers together', async () => {
  const root = fresh();
  const bytes = archive([{ name: 'a/.wh.one' }, { name: 'a/.wh..wh..opq' }]);
  await unpackLayer(Readable.from([bytes], { objectMode: false }), root, { whiteouts: 'keep' });
  expect(readdirSync(path.join(root, 'a')).sort()).toEqual(['.wh..wh..opq', '.wh.one']);
});

describe('caps', () => {
  it('ends an archive with too many entries or bytes', async () => {
    const many = archive(Array.from({ length: 12 }, (_, index) => ({ name: `f${index}`, body: 'xxxx' })));
    await expect(unpack(many, fresh(), { ...defaultCaps, entries: 10 })).rejects.toMatchObject(refused);
    await expect(unpack(many, fresh(), { ...defaultCaps, bytes: 40 })).rejects.toMatchObject(refused);
  });
  it('ends one that expands without end', async () => {
    const bomb = gzipSync(archive([{ name: 'zeros', body: '\0'.repeat(20_000_000) }]));
    await expect(unpack(bomb, fresh(), { ...defaultCaps, ratio: 10 })).rejects.toMatchObject(refused);
  });
});

describe('forms', () => {
  const bytes = archive([{ name: 'hello', body: 'world' }]);
  it.each([
    ['plain', bytes],
    ['gzip', gzipSync(bytes)],
    ['zstd', zstdCompressSync(bytes)],
  ])('reads %s', async (_name, packed) => {
    expect(readFileSync(path.join(await unpack(packed), 'hello'), 'utf8')).toBe('world');
  });
  it.each([
    ['cut short', bytes.subarray(0, 700)],
    ['no archive', Buffer.from('x'.repeat(2000))],
    ['broken gzip', gzipSync(bytes).subarray(0, 60)],
  ])('refuses what is %s', async (_name, packed) => {
    await expect(unpack(packed)).rejects.toMatchObject(refused);
  });
  it('reads our own archives, long and foreign names too', async () => {
    const name = `${'画像'.repeat(30)}/${'x'.repeat(120)}.png`;
    const body = Buffer.from('pixels');
    const chunks: Buffer[] = [];
    for await (const chunk of packTar([{ path: name, mode: 0o644, body: { size: 6, open: () => body } }]))
      chunks.push(chunk as Buffer);
    const root = await unpack(Buffer.concat(chunks));
    expect(existsSync(path.join(root, name))).toBe(true);
  });
});

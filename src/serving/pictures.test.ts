import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bmp } from './bmp-fixture.ts';
import {
  decodePicture,
  loadPictures,
  type ModelInput,
  type Picture,
  parseGroups,
  pictureStatistics,
  preparePicture,
  splitOf,
  toGrid,
  toTensor,
} from './pictures.ts';

/** A small colour picture with a different value everywhere. */
const colour: Picture = {
  width: 7,
  height: 5,
  channels: 3,
  data: Uint8Array.from({ length: 105 }, (_, i) => (i * 53 + 11) & 255),
};
const grey: Picture = {
  width: 9,
  height: 6,
  channels: 1,
  data: Uint8Array.from({ length: 54 }, (_, i) => (i * 37 + 5) & 255),
};
const raw = ({ data, width, height, channels }: Picture) => sharp(data, { raw: { width, height, channels } });
const input: ModelInput = {
  name: 'x',
  shape: [1, 1, 16, 24],
  colour: 'grey',
  resize: 'stretch',
  normalise: 'local',
  window: 5,
};

describe('decodePicture', () => {
  it('reads lossless colour files as they are', async () => {
    for (const bytes of [
      await raw(colour).png().toBuffer(),
      await raw(colour).tiff({ compression: 'lzw' }).toBuffer(),
      await raw(colour).tiff({ compression: 'lzw', bigtiff: true }).toBuffer(),
      bmp(colour, 24),
    ]) {
      const { width, height, channels, data } = await decodePicture(bytes);
      expect({ width, height, channels, data: [...data] }).toEqual({ ...colour, data: [...colour.data] });
    }
  });

  it('reads greyscale with one channel', async () => {
    const files = [
      await raw(grey).toColourspace('b-w').png().toBuffer(),
      await raw(grey).toColourspace('b-w').tiff({ compression: 'none' }).toBuffer(),
      bmp(grey, 8),
      bmp(grey, 24),
      bmp(grey, 32),
    ];
    for (const bytes of files) {
      const { width, height, channels, data } = await decodePicture(bytes);
      expect({ width, height, channels, data: [...data] }).toEqual({ ...grey, data: [...grey.data] });
    }
    const jpeg = await decodePicture(await raw(grey).toColourspace('b-w').jpeg({ quality: 100 }).toBuffer());
    expect(jpeg.channels).toBe(1);
  });

  it('turns pictures upright by their orientation', async () => {
    const bytes = await raw(grey).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const picture = await decodePicture(bytes);
    expect([picture.width, picture.height]).toEqual([grey.height, grey.width]);
  });

  it('lays transparency on white and cuts 16 bits to 8', async () => {
    const clear = await sharp({ create: { width: 4, height: 4, channels: 4, background: '#00000000' } })
      .png()
      .toBuffer();
    expect(new Set((await decodePicture(clear)).data)).toEqual(new Set([255]));
    const deep = await raw(grey)
      .toColourspace('grey16')
      .png({ bitdepth: 16 } as object)
      .toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    const cut = await decodePicture(deep);
    expect(cut.channels).toBe(1);
    for (const [i, value] of cut.data.entries())
      expect(Math.abs(value - (grey.data[i] ?? 0))).toBeLessThanOrEqual(1);
  });

  it.each([
    ['nothing', new Uint8Array(0), 'serving.empty_picture'],
    [
      'an SVG',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      'serving.not_a_picture',
    ],
    ['an SVG with a declaration', Buffer.from('<?xml version="1.0"?><svg/>'), 'serving.not_a_picture'],
    ['text', Buffer.from('path,group\n'), 'serving.not_a_picture'],
    ['a JPEG that ends after its marker', Buffer.from([0xff, 0xd8, 0xff]), 'serving.broken_picture'],
    ['a BMP that ends after its marker', Buffer.from('BM'), 'serving.broken_picture'],
    [
      'a TIFF that points nowhere',
      Buffer.from([0x49, 0x49, 0x2a, 0, 0xff, 0xff, 0xff, 0xff]),
      'serving.broken_picture',
    ],
  ])('refuses %s', async (_, bytes, code) => {
    await expect(decodePicture(bytes)).rejects.toMatchObject({ code });
  });

  it('refuses GIF, WebP and AVIF whatever they are called', async () => {
    for (const format of ['gif', 'webp', 'avif'] as const) {
      const bytes = await raw(colour).toFormat(format).toBuffer();
      await expect(decodePicture(bytes), format).rejects.toMatchObject({ code: 'serving.not_a_picture' });
    }
  });

  it('refuses what is cut short', async () => {
    const noise = {
      width: 64,
      height: 64,
      channels: 3,
      data: Uint8Array.from({ length: 12288 }, (_, i) => (i * i * 31) & 255),
    } as const;
    const files = {
      jpeg: await raw(noise).jpeg().toBuffer(),
      png: await raw(noise).png().toBuffer(),
      tiff: await raw(noise).tiff({ compression: 'lzw' }).toBuffer(),
      bmp: bmp(noise, 24),
    };
    for (const [format, bytes] of Object.entries(files))
      await expect(
        decodePicture(bytes.subarray(0, Math.floor(bytes.length * 0.6))),
        format,
      ).rejects.toMatchObject({ code: 'serving.broken_picture' });
  });

  it('refuses 100 megapixels by the header alone', async () => {
    const png = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#fff' } })
      .png()
      .toBuffer();
    const header = Buffer.from(png);
    header.writeUInt32BE(10_000, 16);
    header.writeUInt32BE(10_000, 20);
    const { crc32 } = await import('node:zlib');
    header.writeUInt32BE(crc32(header.subarray(12, 29)), 29);
    await expect(decodePicture(header)).rejects.toMatchObject({
      code: 'serving.picture_too_large',
      values: { width: 10_000, height: 10_000 },
    });
    const bitmap = Buffer.from(bmp(grey, 24));
    bitmap.writeInt32LE(100_000, 18);
    bitmap.writeInt32LE(100_000, 22);
    await expect(decodePicture(bitmap)).rejects.toMatchObject({ code: 'serving.picture_too_large' });
  });

  it('refuses a BMP whose header lies', async () => {
    const lie = (change: (file: Buffer) => unknown) => {
      const file = Buffer.from(bmp(grey, 8));
      change(file);
      return decodePicture(file);
    };
    await expect(lie((f) => f.writeUInt32LE(0xfffffff0, 10))).rejects.toMatchObject({
      code: 'serving.broken_picture',
    });
    await expect(lie((f) => f.writeUInt32LE(0xffffffff, 46))).rejects.toMatchObject({
      code: 'serving.broken_picture',
    });
    await expect(lie((f) => f.writeUInt32LE(1, 30))).rejects.toMatchObject({
      code: 'serving.broken_picture',
    });
    await expect(lie((f) => f.writeInt32LE(-9, 18))).rejects.toMatchObject({
      code: 'serving.broken_picture',
    });
    await expect(lie((f) => f.writeInt32LE(900, 22))).rejects.toMatchObject({
      code: 'serving.broken_picture',
    });
    await expect(lie((f) => f.writeUInt16LE(13, 28))).rejects.toMatchObject({
      code: 'serving.broken_picture',
    });
  });
});

describe('toTensor', () => {
  it('leaves a picture of the right size alone when fixed', () => {
    const same: ModelInput = {
      name: 'x',
      shape: [1, 1, 6, 9],
      colour: 'grey',
      resize: 'stretch',
      normalise: 'fixed',
      mean: [0.5],
      std: [0.25],
    };
    const expected = Array.from(grey.data, (x) => Math.fround((x / 255 - 0.5) / 0.25));
    expect(Array.from(toTensor(grey, same))).toEqual(expected);
  });

  it('keeps an even surface even, whatever the resizing', () => {
    const even: Picture = { width: 31, height: 17, channels: 1, data: new Uint8Array(527).fill(90) };
    for (const resize of ['stretch', 'fit'] as const)
      for (const x of toGrid(even, { ...input, resize }).planes) expect(x).toBeCloseTo(90, 4);
  });

  it('counts every source pixel when it reduces', () => {
    const bright: Picture = { width: 160, height: 160, channels: 1, data: new Uint8Array(25_600) };
    bright.data[80 * 160 + 77] = 255;
    const sum = toGrid(bright, { ...input, shape: [1, 1, 16, 16] }).planes.reduce((a, b) => a + b, 0);
    expect(sum * 100).toBeCloseTo(255, 0);
  });

  it('fit keeps the proportions and fills with the mean', () => {
    const wide: Picture = {
      width: 24,
      height: 6,
      channels: 1,
      data: Uint8Array.from({ length: 144 }, (_, i) => (i % 24) * 10),
    };
    const { planes } = toGrid(wide, { ...input, shape: [1, 1, 24, 24], resize: 'fit' });
    expect(planes[0]).toBeCloseTo(115, 3);
    expect(planes[12 * 24 + 3]).toBeCloseTo(30, 3);
  });

  it('local normalisation does not see light and reflects at the edges', () => {
    const scene = Uint8Array.from({ length: 1024 }, (_, i) => 60 + ((i * i * 7) % 120));
    const direct: ModelInput = { ...input, shape: [1, 1, 32, 32], window: 17 };
    const shifted = toTensor({ width: 32, height: 32, channels: 1, data: scene.map((x) => x + 40) }, direct);
    const straight = toTensor({ width: 32, height: 32, channels: 1, data: scene }, direct);
    for (const [i, x] of straight.entries()) expect(x).toBeCloseTo(shifted[i] ?? 0, 5);
    // The box around the corner, by hand: rows and columns −8 … 8 reflected to 8 … 0 … 8.
    const box = Array.from(
      { length: 289 },
      (_, i) => scene[Math.abs(Math.floor(i / 17) - 8) * 32 + Math.abs((i % 17) - 8)] ?? 0,
    );
    const mean = box.reduce((a, b) => a + b, 0) / 289;
    const std = Math.sqrt(box.reduce((a, b) => a + (b - mean) ** 2, 0) / 289);
    const corner = toTensor({ width: 32, height: 32, channels: 1, data: scene }, direct)[0];
    expect(corner).toBeCloseTo(((scene[0] ?? 0) - mean) / (std + 4), 5);
  });

  it('gives the same bits every time and planes for colour', () => {
    const rgb: ModelInput = { ...input, shape: [1, 3, 16, 24], colour: 'rgb', normalise: 'per-image' };
    expect(Buffer.from(toTensor(colour, rgb).buffer).equals(Buffer.from(toTensor(colour, rgb).buffer))).toBe(
      true,
    );
    expect(toTensor(colour, rgb)).toHaveLength(3 * 16 * 24);
    const fromGrey = toTensor(grey, rgb);
    expect(fromGrey.slice(0, 384)).toEqual(fromGrey.slice(384, 768));
  });
});

it('statistics know dark from light, sharp from blurred', () => {
  const grid = toGrid(grey, input);
  const { mean, std, laplacianVariance, histogram } = pictureStatistics(grid);
  expect(histogram.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
  const dark = pictureStatistics({ ...grid, planes: grid.planes.map((x) => x / 2) });
  expect(dark.mean).toBeCloseTo(mean / 2, 3);
  expect(dark.std).toBeCloseTo(std / 2, 3);
  expect(dark.laplacianVariance).toBeCloseTo(laplacianVariance / 4, 1);
  expect(dark.histogram.slice(8)).toEqual(new Array(8).fill(0));
});

describe('loadPictures', () => {
  let dir = '';
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'pictures-'));
    await mkdir(join(dir, 'ok/line 1'), { recursive: true });
    await mkdir(join(dir, 'ng'));
    await writeFile(join(dir, 'root.png'), 'no label');
    await writeFile(join(dir, 'ok/notes.txt'), 'no picture');
    await writeFile(join(dir, 'ok/.hidden.png'), 'hidden');
    await writeFile(join(dir, 'ok/line 1/a.PNG'), await raw(grey).png().toBuffer());
    await writeFile(join(dir, 'ok/b,c.jpg'), await raw(colour).jpeg().toBuffer());
    await writeFile(join(dir, 'ng/d.bmp'), bmp(grey, 8));
    await writeFile(join(dir, 'groups.csv'), 'path,group\n"ok/b,c.jpg",part-1\r\nng/d.bmp,part-1\n');
  });
  afterAll(() => rm(dir, { recursive: true }));

  it('labels by folder, groups by groups.csv or content', async () => {
    const pictures = await Array.fromAsync(loadPictures(dir, input));
    expect(
      pictures.map(({ path, label, group }) => [path, label, group.length > 60 ? 'hash' : group]),
    ).toEqual([
      ['ng/d.bmp', 'ng', 'part-1'],
      ['ok/b,c.jpg', 'ok', 'part-1'],
      ['ok/line 1/a.PNG', 'ok', 'hash'],
    ]);
    expect(await pictures[0]?.tensor()).toEqual((await preparePicture(bmp(grey, 8), input)).tensor);
  });

  it('splits by group', async () => {
    const all = await Array.fromAsync(loadPictures(dir, input));
    for (const split of ['train', 'test'] as const) {
      const some = await Array.fromAsync(loadPictures(dir, input, { split }));
      expect(some.map((p) => p.path)).toEqual(
        all.filter((p) => splitOf(p.group) === split).map((p) => p.path),
      );
    }
    expect(
      Array.from({ length: 1000 }, (_, i) => splitOf(`g${i}`)).filter((s) => s === 'test').length,
    ).toBeGreaterThan(150);
  });

  it('names the file that cannot be read, and the line of a bad groups.csv', async () => {
    await writeFile(join(dir, 'ng/e.png'), '<svg/>');
    const pictures = await Array.fromAsync(loadPictures(dir, input));
    await expect(pictures[1]?.tensor()).rejects.toMatchObject({
      code: 'serving.picture_file',
      values: { path: 'ng/e.png' },
    });
    expect(() => parseGroups('path,group\nok/a.png,two words\n')).toThrow('line 2');
  });
});

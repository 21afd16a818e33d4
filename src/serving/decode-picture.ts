import sharp from 'sharp';
import { fault, SetoError } from '../shared/errors.ts';
import { bmpSize, decodeBmp } from './decode-bmp.ts';

/** A decoded picture: rows from the top, eight bits a channel, channels interleaved. */
export interface Picture {
  width: number;
  height: number;
  channels: 1 | 3;
  data: Uint8Array;
}

/** What a decoder accepts. */
export interface PictureLimits {
  /** Pixels of the largest picture; a lower limit refuses real cameras, a higher one lets one request take the memory. */
  maxPixels: number;
}

/** 50 megapixels: 150 MB while decoded, above what line cameras deliver. */
export const defaultLimits: PictureLimits = { maxPixels: 50_000_000 };

export type PictureFormat = 'jpeg' | 'png' | 'bmp' | 'tiff';

// Whatever libvips could open besides (SVG, GIF, HEIF, …) stays shut, whoever else uses sharp in this process.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadTiffBuffer'],
});
// Pictures run beside each other on libuv's threads; threads within one small picture only cost.
sharp.concurrency(1);
sharp.cache(false);

const signatures: readonly (readonly [PictureFormat, readonly number[]])[] = [
  ['jpeg', [0xff, 0xd8, 0xff]],
  ['png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['tiff', [0x49, 0x49, 0x2a, 0x00]],
  ['tiff', [0x4d, 0x4d, 0x00, 0x2a]],
  // BigTIFF, as line cameras write it.
  ['tiff', [0x49, 0x49, 0x2b, 0x00]],
  ['tiff', [0x4d, 0x4d, 0x00, 0x2b]],
  ['bmp', [0x42, 0x4d]],
];

/** The format by the first bytes, whatever the file is called; undefined for anything we do not read. */
export function sniffFormat(bytes: Uint8Array): PictureFormat | undefined {
  return signatures.find(([, magic]) => magic.every((byte, i) => bytes[i] === byte))?.[0];
}

/**
 * Decodes JPEG, PNG, BMP or TIFF (its first page): upright by its EXIF orientation, transparency laid on white,
 * 16 bits cut to 8, colours in sRGB. Greyscale files have one channel, all others three.
 * @throws serving.empty_picture, serving.not_a_picture, serving.picture_too_large (before anything is decoded),
 *   serving.broken_picture
 */
export async function decodePicture(
  bytes: Uint8Array,
  limits: PictureLimits = defaultLimits,
): Promise<Picture> {
  if (bytes.length === 0) throw fault('serving.empty_picture', {});
  const format = sniffFormat(bytes);
  if (format === undefined) throw fault('serving.not_a_picture', {});
  try {
    return format === 'bmp' ? decodeBitmap(bytes, limits) : await decodeWithSharp(bytes, limits);
  } catch (cause) {
    if (cause instanceof SetoError) throw cause;
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw fault('serving.broken_picture', { format, reason }, { cause });
  }
}

function refuseLarge(width: number, height: number, limits: PictureLimits): void {
  if (width * height > limits.maxPixels)
    throw fault('serving.picture_too_large', { width, height, megapixels: limits.maxPixels / 1e6 });
}

function decodeBitmap(bytes: Uint8Array, limits: PictureLimits): Picture {
  const { width, height } = bmpSize(bytes);
  refuseLarge(width, height, limits);
  const bitmap = decodeBmp(bytes);
  const grey = isGrey(bitmap.data);
  return { ...bitmap, channels: grey ? 1 : 3, data: grey ? firstChannel(bitmap.data) : bitmap.data };
}

/** BMP has no greyscale of its own: a picture whose channels agree everywhere is one. */
function isGrey(data: Uint8Array): boolean {
  for (let i = 0; i < data.length; i += 3)
    if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) return false;
  return true;
}

function firstChannel(data: Uint8Array): Uint8Array {
  const grey = new Uint8Array(data.length / 3);
  for (let i = 0; i < grey.length; i += 1) grey[i] = data[i * 3] ?? 0;
  return grey;
}

async function decodeWithSharp(bytes: Uint8Array, limits: PictureLimits): Promise<Picture> {
  // The size is judged by ourselves first, so that the answer can name it; sharp's own limit stays as a second wall.
  const open = () => sharp(bytes, { failOn: 'error', limitInputPixels: limits.maxPixels });
  const header = await sharp(bytes, { limitInputPixels: false }).metadata();
  refuseLarge(header.width, header.height, limits);
  if (header.depth !== 'uchar' && header.depth !== 'ushort')
    throw new Error(`samples of type ${header.depth}`);
  const grey = header.space === 'b-w' || header.space === 'grey16';
  const upright = open().autoOrient();
  const opaque = header.hasAlpha ? upright.flatten({ background: '#ffffff' }) : upright;
  const { data, info } = await opaque
    .toColourspace(grey ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels === 1 || info.channels === 3)
    return { width: info.width, height: info.height, channels: info.channels, data };
  throw new Error(`${info.channels} channels`);
}

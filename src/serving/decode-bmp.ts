/** A decoded BMP: rows from the top, three bytes (RGB) a pixel. */
export interface Bitmap {
  width: number;
  height: number;
  data: Uint8Array;
}

/** What the header of a BMP says; every offset has been checked against the file's length. */
interface Header {
  width: number;
  height: number;
  bottomUp: boolean;
  bits: 1 | 4 | 8 | 16 | 24 | 32;
  pixels: number;
  stride: number;
  palette: number;
  colours: number;
  entry: number;
  masks: readonly [number, number, number];
}

/**
 * Width and height of a BMP, from its header alone.
 * @throws Error with a reason where the header lies or uses what we do not read (run-length coding, embedded JPEG)
 */
export function bmpSize(bytes: Uint8Array): { width: number; height: number } {
  return readSize(view(bytes));
}

/**
 * Decodes an uncompressed BMP of 1 to 32 bits (BITMAPCOREHEADER to BITMAPV5HEADER, [MS-WMF] 2.2.2).
 * @throws Error with a reason, as bmpSize; also where pixels are missing
 */
export function decodeBmp(bytes: Uint8Array): Bitmap {
  const header = readHeader(view(bytes));
  const { width, height } = header;
  const data = new Uint8Array(width * height * 3);
  const row = header.bits <= 8 ? indexedRow : header.bits === 24 ? trueColourRow : maskedRow;
  for (let y = 0; y < height; y += 1) {
    const source = header.pixels + (header.bottomUp ? height - 1 - y : y) * header.stride;
    row(bytes, source, header, data, y * width * 3);
  }
  return { width, height, data };
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readSize(file: DataView): { width: number; height: number } {
  if (file.byteLength < 30) throw new Error('the header is cut short');
  const core = file.getUint32(14, true) === 12;
  const width = core ? file.getUint16(18, true) : file.getInt32(18, true);
  const height = core ? file.getUint16(20, true) : Math.abs(file.getInt32(22, true));
  if (width < 1 || height < 1) throw new Error(`its size is ${width}×${height}`);
  return { width, height };
}

function readHeader(file: DataView): Header {
  const { width, height } = readSize(file);
  const size = file.getUint32(14, true);
  const core = size === 12;
  if (!core && (size < 40 || file.byteLength < 14 + size)) throw new Error(`unknown header of ${size} bytes`);
  const bits = file.getUint16(core ? 24 : 28, true);
  if (bits !== 1 && bits !== 4 && bits !== 8 && bits !== 16 && bits !== 24 && bits !== 32)
    throw new Error(`${bits} bits a pixel`);
  const compression = core ? 0 : file.getUint32(30, true);
  const fields = (compression === 3 || compression === 6) && (bits === 16 || bits === 32);
  if (compression !== 0 && !fields) throw new Error(`compression ${compression} is not read`);
  let masks: [number, number, number] = bits === 16 ? [0x7c00, 0x3e0, 0x1f] : [0xff0000, 0xff00, 0xff];
  if (fields) {
    if (file.byteLength < 66) throw new Error('the header is cut short');
    masks = [file.getUint32(54, true), file.getUint32(58, true), file.getUint32(62, true)];
  }
  const afterMasks = fields && size === 40 ? (compression === 6 ? 16 : 12) : 0;
  const palette = 14 + size + afterMasks;
  const entry = core ? 3 : 4;
  const declared = core ? 0 : file.getUint32(46, true);
  const colours = bits <= 8 ? (declared === 0 ? 2 ** bits : declared) : 0;
  if (colours > 256 || palette + colours * entry > file.byteLength)
    throw new Error('its palette is too long');
  const pixels = file.getUint32(10, true);
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (pixels < palette || pixels + stride * height > file.byteLength) throw new Error('pixels are missing');
  const bottomUp = core || file.getInt32(22, true) > 0;
  return { width, height, bottomUp, bits, pixels, stride, palette, colours, entry, masks };
}

type Row = (bytes: Uint8Array, source: number, header: Header, data: Uint8Array, target: number) => void;

const indexedRow: Row = (bytes, source, { width, bits, palette, colours, entry }, data, target) => {
  for (let x = 0; x < width; x += 1) {
    const byte = bytes[source + ((x * bits) >> 3)] ?? 0;
    const index = (byte >> (8 - bits - ((x * bits) & 7))) & (2 ** bits - 1);
    const at = palette + Math.min(index, colours - 1) * entry;
    for (let c = 0; c < 3; c += 1) data[target + x * 3 + c] = bytes[at + 2 - c] ?? 0;
  }
};

const trueColourRow: Row = (bytes, source, { width }, data, target) => {
  for (let x = 0; x < width * 3; x += 3)
    for (let c = 0; c < 3; c += 1) data[target + x + c] = bytes[source + x + 2 - c] ?? 0;
};

const maskedRow: Row = (bytes, source, { width, bits, masks }, data, target) => {
  const file = view(bytes);
  for (let x = 0; x < width; x += 1) {
    const word = bits === 16 ? file.getUint16(source + x * 2, true) : file.getUint32(source + x * 4, true);
    for (let c = 0; c < 3; c += 1) {
      const mask = masks[c] ?? 0;
      const lowest = mask & -mask;
      const most = (mask >>> 0) / (lowest >>> 0 || 1);
      data[target + x * 3 + c] =
        most === 0 ? 0 : Math.round((((word & mask) >>> 0) / (lowest >>> 0) / most) * 255);
    }
  }
};

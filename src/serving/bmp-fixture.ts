import type { Picture } from './decode-picture.ts';

/** A BMP for tests: 8 bits with a grey palette (rows from the bottom), 24, or 32 bits (rows from the top). */
export function bmp({ width, height, channels, data }: Picture, bits: 8 | 24 | 32): Uint8Array {
  const palette = bits === 8 ? 1024 : 0;
  const stride = Math.ceil((width * bits) / 32) * 4;
  const file = Buffer.alloc(54 + palette + stride * height);
  file.write('BM');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54 + palette, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(bits === 32 ? -height : height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(bits, 28);
  for (let i = 0; i < palette / 4; i += 1) file.writeUInt32LE(i * 0x010101, 54 + i * 4);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const at = 54 + palette + (bits === 32 ? y : height - 1 - y) * stride + (x * bits) / 8;
      const from = (y * width + x) * channels;
      for (let c = 0; c < Math.min(3, bits / 8); c += 1)
        file[at + c] = data[from + (channels === 3 ? 2 - c : 0)] ?? 0;
    }
  return file;
}

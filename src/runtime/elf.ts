import { closeSync, openSync, readSync } from 'node:fs';

const dynamicSegment = 2;
const tagNeeded = 1n;
const tagStringTable = 5n;

/**
 * The shared libraries an ELF file asks for (its DT_NEEDED entries), by name. Empty for what is no 64-bit
 * little-endian ELF file or is linked statically. Source: System V ABI, chapter 5 (dynamic linking).
 */
export function neededLibraries(file: string): string[] {
  const descriptor = openSync(file, 'r');
  const read = (offset: number, size: number): Buffer => {
    const buffer = Buffer.alloc(size);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, size, offset));
  };
  try {
    const header = read(0, 64);
    if (header.length < 64 || header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1)
      return [];
    const entrySize = header.readUInt16LE(54);
    const count = header.readUInt16LE(56);
    const table = read(Number(header.readBigUInt64LE(32)), entrySize * count);
    const segments = Array.from({ length: count }, (_, index) => {
      const at = index * entrySize;
      return {
        type: table.readUInt32LE(at),
        offset: Number(table.readBigUInt64LE(at + 8)),
        address: Number(table.readBigUInt64LE(at + 16)),
        size: Number(table.readBigUInt64LE(at + 32)),
      };
    });
    const dynamic = segments.find((segment) => segment.type === dynamicSegment);
    if (dynamic === undefined) return [];
    const entries = read(dynamic.offset, dynamic.size);
    const names: number[] = [];
    let strings = 0;
    for (let at = 0; at + 16 <= entries.length; at += 16) {
      const tag = entries.readBigInt64LE(at);
      const value = Number(entries.readBigUInt64LE(at + 8));
      if (tag === tagNeeded) names.push(value);
      if (tag === tagStringTable) strings = value;
    }
    const holder = segments.find(
      (segment) =>
        segment.type === 1 && strings >= segment.address && strings < segment.address + segment.size,
    );
    if (holder === undefined) return [];
    const base = strings - holder.address + holder.offset;
    return names.map((name) => {
      const text = read(base + name, 256);
      return text.toString('latin1', 0, text.indexOf(0));
    });
  } finally {
    closeSync(descriptor);
  }
}

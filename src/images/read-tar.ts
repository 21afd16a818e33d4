import type { Readable } from 'node:stream';
import { fault } from '../shared/errors.ts';

/** What an archive says of one entry, before any of it is believed. */
export interface TarHeader {
  path: string;
  kind: 'file' | 'folder' | 'link' | 'hardlink' | 'device' | 'other';
  mode: number;
  size: number;
  /** Target of a link or hard link. */
  target: string;
}

const block = 512;
/** Extended headers above this are no name. */
const extendedLimitBytes = 64 * 1024;

/**
 * Reads a tar (ustar, pax, GNU long names) piece by piece: calls `entry` for each header with the entry's bytes as an
 * iterator and the offset where they begin; what it leaves unread is skipped. Throws `image.bad_archive` for what is no archive or cut short.
 */
export async function readTar(
  source: Readable,
  entry: (header: TarHeader, body: AsyncIterable<Buffer>, at: number) => Promise<void>,
): Promise<void> {
  const input = pieces(source);
  let longPath: string | null = null;
  let longTarget: string | null = null;
  let longSize: number | null = null;
  for (;;) {
    const raw = await input.take(block, true);
    if (raw === null || raw.every((byte) => byte === 0)) break;
    checkSum(raw);
    const type = String.fromCharCode(raw[156] ?? 0);
    const size = number(raw, 124, 12);
    if (type === 'x' || type === 'L' || type === 'K' || type === 'g') {
      if (size > extendedLimitBytes) throw bad('an extended header that is too long');
      const content = (await input.take(size)) ?? Buffer.alloc(0);
      await input.skip(padding(size));
      if (type === 'L') longPath = text(content, 0, size);
      if (type === 'K') longTarget = text(content, 0, size);
      if (type === 'x') {
        const records = paxRecords(content);
        longPath = records.get('path') ?? longPath;
        longTarget = records.get('linkpath') ?? longTarget;
        longSize = records.has('size') ? Number(records.get('size')) : longSize;
      }
      continue;
    }
    const prefix = raw.toString('latin1', 257, 262) === 'ustar' && raw[262] === 0 ? text(raw, 345, 155) : '';
    const name = text(raw, 0, 100);
    const header: TarHeader = {
      path: longPath ?? (prefix === '' ? name : `${prefix}/${name}`),
      kind: kindOf(type),
      mode: number(raw, 100, 8) & 0o7777,
      size: longSize ?? size,
      target: longTarget ?? text(raw, 157, 100),
    };
    if (!Number.isSafeInteger(header.size) || header.size < 0) throw bad('a size that is no size');
    longPath = null;
    longTarget = null;
    longSize = null;
    let left = header.kind === 'file' || header.kind === 'other' ? header.size : 0;
    const rest = padding(left);
    await entry(
      header,
      {
        async *[Symbol.asyncIterator]() {
          while (left > 0) {
            const piece = await input.some(left);
            left -= piece.length;
            yield piece;
          }
        },
      },
      input.at(),
    );
    await input.skip(left + rest);
  }
  await input.drain();
}

function pieces(source: Readable) {
  const iterator = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let held: Buffer = Buffer.alloc(0);
  let seen = 0;
  const more = async (): Promise<boolean> => {
    const next = await iterator.next();
    if (next.done === true) return false;
    seen += next.value.length;
    held = held.length === 0 ? next.value : Buffer.concat([held, next.value]);
    return true;
  };
  const some = async (most: number): Promise<Buffer> => {
    while (held.length === 0) if (!(await more())) throw bad('it is cut short');
    const piece = held.subarray(0, most);
    held = held.subarray(piece.length);
    return piece;
  };
  return {
    /** Bytes taken so far. */
    at: () => seen - held.length,
    /** Exactly `size` bytes; null at the very end where `atEnd` allows it. */
    take: async (size: number, atEnd = false): Promise<Buffer | null> => {
      while (held.length < size)
        if (!(await more())) {
          if (atEnd && held.length === 0) return null;
          throw bad('it is cut short');
        }
      const piece = held.subarray(0, size);
      held = held.subarray(size);
      return piece;
    },
    some,
    /** Reads what follows the end mark (padding), so that whoever writes is not cut off. */
    drain: async (): Promise<void> => {
      do held = Buffer.alloc(0);
      while (await more());
    },
    skip: async (size: number): Promise<void> => {
      for (let left = size; left > 0; ) left -= (await some(left)).length;
    },
  };
}

function padding(size: number): number {
  return (block - (size % block)) % block;
}

function text(raw: Buffer, at: number, length: number): string {
  const end = raw.indexOf(0, at);
  return raw.toString('utf8', at, end < 0 || end > at + length ? at + length : end);
}

/** Octal, or big-endian binary where the first bit is set (GNU, sizes of 8 GB and more). */
function number(raw: Buffer, at: number, length: number): number {
  if (((raw[at] ?? 0) & 0x80) !== 0) {
    let value = (raw[at] ?? 0) & 0x7f;
    for (let index = 1; index < length; index += 1) value = value * 256 + (raw[at + index] ?? 0);
    return value;
  }
  const digits = raw
    .toString('latin1', at, at + length)
    .replace(/[\0 ]+$/, '')
    .trim();
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits)) throw bad('a header that is none');
  return Number.parseInt(digits, 8);
}

function checkSum(raw: Buffer): void {
  let sum = 8 * 32;
  raw.forEach((byte, index) => {
    if (index < 148 || index >= 156) sum += byte;
  });
  if (sum !== number(raw, 148, 8)) throw bad('it is no tar archive');
}

function paxRecords(content: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(32, at);
    const length = Number(content.toString('latin1', at, space));
    if (space < 0 || !Number.isInteger(length) || length < 5 || at + length > content.length)
      throw bad('a pax header that is none');
    const record = content.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}

function kindOf(type: string): TarHeader['kind'] {
  if (type === '0' || type === '\0' || type === '7') return 'file';
  if (type === '5') return 'folder';
  if (type === '2') return 'link';
  if (type === '1') return 'hardlink';
  return type === '3' || type === '4' || type === '6' ? 'device' : 'other';
}

function bad(reason: string) {
  return fault('image.bad_archive', { reason });
}

import { Readable } from 'node:stream';

/** One entry of an archive of ours: a plain file or a folder. */
export interface TarEntry {
  /** Relative, `/` between parts, none at the end. */
  path: string;
  mode: number;
  /** Bytes; null makes it a folder. */
  body: { size: number; open: () => Readable | Uint8Array } | null;
}

const block = 512;

/**
 * A plain tar (POSIX.1-1988 ustar, pax headers where a name needs one), equal for equal entries: sorted by path,
 * times 0, owner 0:0. Nothing is kept in memory but the chunk in hand.
 */
export function packTar(entries: readonly TarEntry[]): Readable {
  return Readable.from(chunks(sortEntries(entries)), { objectMode: false });
}

/** Bytes that `packTar` will give. */
export function tarSize(entries: readonly TarEntry[]): number {
  let size = 2 * block;
  for (const entry of entries) {
    size += headers(entry).length;
    if (entry.body !== null) size += Math.ceil(entry.body.size / block) * block;
  }
  return size;
}

async function* chunks(entries: readonly TarEntry[]): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    yield headers(entry);
    if (entry.body === null) continue;
    let size = 0;
    const content = entry.body.open();
    if (content instanceof Uint8Array) {
      size = content.length;
      if (size > 0) yield content;
    } else
      for await (const chunk of content) {
        size += (chunk as Buffer).length;
        yield chunk as Buffer;
      }
    if (size !== entry.body.size)
      throw new Error(
        `${entry.path} has ${size} bytes instead of ${entry.body.size}: it changed while it was read`,
      );
    if (size % block !== 0) yield Buffer.alloc(block - (size % block));
  }
  yield Buffer.alloc(2 * block);
}

function sortEntries(entries: readonly TarEntry[]): TarEntry[] {
  return [...entries].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

function headers(entry: TarEntry): Buffer {
  const name = entry.body === null ? `${entry.path}/` : entry.path;
  const size = entry.body?.size ?? 0;
  const kind = entry.body === null ? '5' : '0';
  if (Buffer.byteLength(name) <= 100) return header(name, entry.mode, size, kind);
  const record = paxRecord('path', name);
  const padding = Buffer.alloc((block - (record.length % block)) % block);
  return Buffer.concat([
    header('pax', 0o644, record.length, 'x'),
    record,
    padding,
    header(Buffer.from(name).subarray(0, 100).toString('latin1'), entry.mode, size, kind),
  ]);
}

/** `LENGTH KEY=VALUE LF`, where the length counts itself (POSIX.1-2001, pax). */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return Buffer.from(`${length} ${key}=${value}\n`);
}

function header(name: string, mode: number, size: number, kind: string): Buffer {
  const buffer = Buffer.alloc(block);
  buffer.write(name, 0, 100, Buffer.byteLength(name) > 100 ? 'latin1' : 'utf8');
  const octal = (value: number, at: number, length: number) =>
    buffer.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  buffer.write('        ', 148, 'latin1');
  buffer.write(kind, 156, 'latin1');
  buffer.write('ustar\x0000', 257, 'latin1');
  let sum = 0;
  for (const byte of buffer) sum += byte;
  buffer.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return buffer;
}

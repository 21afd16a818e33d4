import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { fault, SetoError } from '../shared/errors.ts';

/**
 * A layer's tar, whatever its compression: the first bytes decide, since registries and archives do not always name
 * it. Ends with `image.bad_archive` beyond `bytes`, or where more than `ratio` bytes come out of one (past the first
 * megabyte).
 */
export async function decompressed(
  source: Readable,
  caps: { bytes: number; ratio: number },
): Promise<Readable> {
  const iterator = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 4) {
    const next = await iterator.next();
    if (next.done === true) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  const whole = Readable.from(joined(head, iterator), { objectMode: false });
  const gzip = head[0] === 0x1f && head[1] === 0x8b;
  const zstd = head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528;
  if (!gzip && !zstd) return whole;
  let packed = 0;
  let unpacked = 0;
  const countIn = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      packed += chunk.length;
      done(null, chunk);
    },
  });
  const countOut = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      unpacked += chunk.length;
      if (unpacked > caps.bytes || unpacked > 1e6 + packed * caps.ratio) done(bad('it expands without end'));
      else done(null, chunk);
    },
  });
  const ended = pipeline(whole, countIn, gzip ? createGunzip() : createZstdDecompress(), countOut);
  ended.catch(() => undefined);
  return Readable.from(explained(countOut), { objectMode: false });
}

async function* explained(unpacked: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of unpacked) yield chunk as Buffer;
  } catch (cause) {
    throw cause instanceof SetoError ? cause : bad('its compression is broken');
  }
}

async function* joined(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

function bad(reason: string) {
  return fault('image.bad_archive', { reason });
}

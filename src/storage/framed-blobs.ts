import { createHash } from 'node:crypto';
import { fault } from '../shared/errors.ts';

/** One small body of a batch. */
export interface FramedBlob {
  sha256: string;
  data: Buffer;
}

/** Larger bodies travel alone, streamed: a batch holds each of its bodies in memory. */
export const framedLimitBytes = 1024 * 1024;
const longestHeader = 64 + 1 + 8 + 1;

/** The head of one body in a batch: `sha256 SP size LF`; the bytes follow. */
export function frameHeader(sha256: string, size: number): Buffer {
  return Buffer.from(`${sha256} ${size}\n`);
}

/**
 * Takes a batch apart as it arrives.
 * @throws data.bad_frame; storage.mismatch where bytes are not what their head says
 */
export async function* readFramedBlobs(body: AsyncIterable<Buffer>): AsyncGenerator<FramedBlob> {
  let rest: Buffer = Buffer.alloc(0);
  let head: { sha256: string; size: number } | null = null;
  let pieces: Buffer[] = [];
  let gathered = 0;
  for await (const chunk of body) {
    let at = 0;
    while (at < chunk.length) {
      if (head === null) {
        const end = chunk.indexOf(10, at);
        const piece = chunk.subarray(at, end === -1 ? chunk.length : end);
        rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
        if (rest.length > longestHeader) throw fault('data.bad_frame', { problem: 'a head is too long' });
        if (end === -1) break;
        at = end + 1;
        head = parseHeader(rest.toString('latin1'));
        rest = Buffer.alloc(0);
      }
      const piece = chunk.subarray(at, at + head.size - gathered);
      pieces.push(piece);
      gathered += piece.length;
      at += piece.length;
      if (gathered === head.size) {
        yield whole(head.sha256, pieces);
        head = null;
        pieces = [];
        gathered = 0;
      }
    }
  }
  if (head !== null || rest.length > 0)
    throw fault('data.bad_frame', { problem: 'it ends in the middle of a file' });
}

function parseHeader(line: string): { sha256: string; size: number } {
  const match = /^([0-9a-f]{64}) (\d{1,7})$/.exec(line);
  const size = Number(match?.[2]);
  if (match?.[1] === undefined || size > framedLimitBytes)
    throw fault('data.bad_frame', { problem: 'a head is not `sha256 size`, or the size is above 1 MiB' });
  return { sha256: match[1], size };
}

function whole(sha256: string, pieces: Buffer[]): FramedBlob {
  const data = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
  const actual = createHash('sha256').update(data).digest('hex');
  if (actual !== sha256)
    throw fault('storage.mismatch', { what: 'a file of the batch', expected: sha256, actual });
  return { sha256, data };
}

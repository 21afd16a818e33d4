import { Readable } from 'node:stream';
import {
  type SegmentHeader,
  type SpoolRecord,
  segmentHeaderSchema,
  spoolRecordSchema,
} from '../api/contract/gateway.ts';
import { fault } from '../shared/errors.ts';

/** Bytes of one segment's records; the gateway closes a segment long before. */
const recordLimitBytes = 128 * 1024 * 1024;

/** A segment as it comes over the wire: its records read, its pictures still to be streamed. */
export interface ReceivedSegment {
  header: SegmentHeader;
  records: SpoolRecord[];
  /** Lines that could not be read: the tail of a segment whose writer died. */
  skipped: number;
  /** The rest of the body. */
  pictures: Readable;
}

/** Reads header and records from a body. @throws monitoring.bad_segment */
export async function readSegment(body: Readable): Promise<ReceivedSegment> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let held: Buffer = Buffer.alloc(0);
  const more = async (): Promise<boolean> => {
    const { value, done } = await chunks.next();
    if (done) return false;
    held = held.length === 0 ? value : Buffer.concat([held, value]);
    return true;
  };
  while (held.indexOf(0x0a) < 0) {
    if (held.length > 4096 || !(await more()))
      throw fault('monitoring.bad_segment', { reason: 'no header line' });
  }
  const newline = held.indexOf(0x0a);
  const header = headerOf(held.subarray(0, newline).toString('utf8'));
  if (header.recordBytes > recordLimitBytes)
    throw fault('monitoring.bad_segment', { reason: 'too many records' });
  held = held.subarray(newline + 1);
  const parts: Buffer[] = [];
  let wanted = header.recordBytes;
  while (wanted > 0) {
    if (held.length === 0 && !(await more()))
      throw fault('monitoring.bad_segment', { reason: 'the records are cut short' });
    const part = held.subarray(0, wanted);
    parts.push(part);
    wanted -= part.length;
    held = held.subarray(part.length);
  }
  const { records, skipped } = parseRecords(Buffer.concat(parts).toString('utf8'));
  const rest = async function* (): AsyncGenerator<Buffer> {
    if (held.length > 0) yield held;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  };
  return { header, records, skipped, pictures: Readable.from(rest(), { objectMode: false }) };
}

function headerOf(line: string): SegmentHeader {
  try {
    return segmentHeaderSchema.parse(JSON.parse(line));
  } catch (error) {
    throw fault('monitoring.bad_segment', { reason: 'the header line is not readable' }, { cause: error });
  }
}

function parseRecords(text: string): { records: SpoolRecord[]; skipped: number } {
  const records: SpoolRecord[] = [];
  let skipped = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      records.push(spoolRecordSchema.parse(JSON.parse(line)));
    } catch {
      skipped += 1;
    }
  }
  return { records, skipped };
}

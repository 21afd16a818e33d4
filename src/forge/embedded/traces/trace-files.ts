import { mkdirSync } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { maskInPlace } from './mask.ts';

/** A log larger than this ends its job (GitLab's default is the same); larger ones fill the disk of a small shop. */
export const traceLimitBytes = 100 * 1024 * 1024;

export type Appended = { held: number } | { resumeAt: number } | { tooLarge: true };

/**
 * Job logs as files. Appends to one log happen one after another. Durability is of the second class:
 * a crash of the program loses nothing, a power cut at most the last second; the runner's offsets show what is missing.
 */
export interface TraceFiles {
  /**
   * Writes `data` at `offset`. One that begins beyond the end answers where to resume (416); one that begins before
   * it cuts the log there first, since a runner that was told to cancel starts again at its old offset.
   */
  append(jobId: number, offset: number, data: Uint8Array, secrets: readonly string[]): Promise<Appended>;
  size(jobId: number): Promise<number>;
  /** Bytes from `from` on, at most `limit`. */
  read(jobId: number, from: number, limit: number): Promise<Buffer>;
  /** CRC-32 of the whole log; null where masking changed bytes after they came, so that it cannot match. */
  checksum(jobId: number): Promise<number | null>;
  remove(jobId: number): Promise<void>;
}

export function createTraceFiles(root: string): TraceFiles {
  const queues = new Map<number, Promise<unknown>>();
  const altered = new Set<number>();
  const file = (jobId: number) => path.join(root, String(Math.floor(jobId / 1000)), `${jobId}.log`);
  /** One after another for each job. */
  const inTurn = <T>(jobId: number, work: () => Promise<T>): Promise<T> => {
    const turn = (queues.get(jobId) ?? Promise.resolve()).then(work, work);
    queues.set(jobId, turn);
    const leave = () => {
      if (queues.get(jobId) === turn) queues.delete(jobId);
    };
    turn.then(leave, leave);
    return turn;
  };
  const sizeOf = async (jobId: number): Promise<number> => {
    try {
      return (await stat(file(jobId))).size;
    } catch {
      return 0;
    }
  };
  const read = async (jobId: number, from: number, limit: number): Promise<Buffer> => {
    const held = await sizeOf(jobId);
    const length = Math.max(0, Math.min(limit, held - from));
    if (length === 0) return Buffer.alloc(0);
    const handle = await open(file(jobId), 'r');
    try {
      const buffer = Buffer.alloc(length);
      const { bytesRead } = await handle.read(buffer, 0, length, from);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  };
  return {
    append: (jobId, offset, data, secrets) =>
      inTurn(jobId, async () => {
        const held = await sizeOf(jobId);
        if (offset > held) return { resumeAt: held };
        if (offset + data.length > traceLimitBytes) return { tooLarge: true };
        mkdirSync(path.dirname(file(jobId)), { recursive: true });
        // A secret may straddle two patches: the end of what is there is masked together with what comes.
        const longest = Math.max(0, ...secrets.map((secret) => Buffer.byteLength(secret)));
        const back = Math.min(offset, Math.max(0, longest - 1));
        const joined = Buffer.concat([
          back > 0 ? await read(jobId, offset - back, back) : Buffer.alloc(0),
          data,
        ]);
        if (maskInPlace(joined, secrets)) altered.add(jobId);
        const handle = await open(file(jobId), held === 0 ? 'w' : 'r+', 0o600);
        try {
          if (held > offset + data.length || held > offset) await handle.truncate(offset);
          await handle.write(joined, 0, joined.length, offset - back);
        } finally {
          await handle.close();
        }
        return { held: offset + data.length };
      }),
    size: (jobId) => inTurn(jobId, () => sizeOf(jobId)),
    read,
    checksum: (jobId) =>
      inTurn(jobId, async () => {
        if (altered.has(jobId)) return null;
        const step = 1024 * 1024;
        let sum = 0;
        for (let at = 0; ; at += step) {
          const chunk = await read(jobId, at, step);
          if (chunk.length === 0) return sum;
          sum = crc32(chunk, sum);
        }
      }),
    remove: (jobId) => inTurn(jobId, () => rm(file(jobId), { force: true })),
  };
}

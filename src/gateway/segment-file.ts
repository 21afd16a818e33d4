import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { syncFolder } from '../shared/durable.ts';

/** One spool segment being written: lines of JSON in one file, the pictures' bytes in another beside it. */
export interface SegmentFile {
  readonly name: string;
  readonly bytes: number;
  readonly openedAt: number;
  readonly records: number;
  /** Where the next picture will lie in the picture file. */
  readonly pictureOffset: number;
  /** Both files' appends, in order: pictures first, so that a line never points past the end. */
  append(lines: string, pictures: readonly Uint8Array[], records: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export const recordFile = (folder: string, name: string): string => path.join(folder, `${name}.jsonl`);
export const pictureFile = (folder: string, name: string): string => path.join(folder, `${name}.pictures`);

/** Opens a new segment; both files' entries are durable before the first append. */
export async function openSegment(folder: string, name: string, now: number): Promise<SegmentFile> {
  const lines = await open(recordFile(folder, name), 'ax', 0o600);
  let pictures: FileHandle;
  try {
    pictures = await open(pictureFile(folder, name), 'ax', 0o600);
  } catch (error) {
    await lines.close();
    throw error;
  }
  syncFolder(folder);
  const size = { lines: 0, pictures: 0, records: 0 };
  let dirty = { lines: false, pictures: false };
  return {
    name,
    openedAt: now,
    get bytes() {
      return size.lines + size.pictures;
    },
    get records() {
      return size.records;
    },
    get pictureOffset() {
      return size.pictures;
    },
    append: async (text, bodies, records) => {
      if (bodies.length > 0) {
        dirty.pictures = true;
        const wanted = bodies.reduce((sum, body) => sum + body.length, 0);
        const { bytesWritten } = await pictures.writev(bodies as Uint8Array[]);
        size.pictures += bytesWritten;
        if (bytesWritten < wanted) throw shortWrite(name);
      }
      dirty.lines = true;
      const { bytesWritten } = await lines.write(text);
      size.lines += bytesWritten;
      if (bytesWritten < Buffer.byteLength(text)) throw shortWrite(name);
      size.records += records;
    },
    sync: async () => {
      const was = dirty;
      dirty = { lines: false, pictures: false };
      if (was.pictures) await pictures.datasync();
      if (was.lines) await lines.datasync();
    },
    close: async () => {
      await Promise.all([lines.close(), pictures.close()]);
    },
  };
}

/** write(2) takes what fits on a disk that is filling up and calls that a success; the rest fails only next time. */
function shortWrite(segment: string): Error {
  return Object.assign(new Error(`the disk took only a part of segment ${segment}`), { code: 'ENOSPC' });
}

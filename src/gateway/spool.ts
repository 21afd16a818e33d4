import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { SpoolRecord } from '../api/contract/gateway.ts';
import type { Clock } from '../shared/clock.ts';
import { newId } from '../shared/ids.ts';
import type { Log } from '../shared/log.ts';
import { openSegment, pictureFile, recordFile, type SegmentFile } from './segment-file.ts';

/** Predictions reach the disk at the latest after this: longer loses more in a power cut, shorter costs more writes. */
const syncEveryMs = 1000;
/** A segment is closed for shipping after this much or this long: larger delays drift and feedback, smaller costs requests. */
const segmentBytes = 32 * 1024 * 1024;
const segmentMs = 1000;
const refusedSuffix = '.refused';

export interface SpoolCounts {
  /** Bytes on the disk, closed segments and the open one together. */
  bytes: number;
  segments: number;
  droppedPictures: number;
  droppedPredictions: number;
  /** Segments that the control plane refused, kept as `NAME.….refused` until a person has looked. */
  refusedSegments: number;
}

/**
 * Predictions and feedback on their way to the control plane. A record is handed to the kernel before its answer goes
 * out (a crash of ours loses none); predictions are synced once a second, feedback before its answer.
 */
export interface Spool {
  /** Resolves when the record is written. False where there was no room for it. Never rejects. */
  prediction(record: SpoolRecord & { kind: 'prediction' }, picture: Uint8Array | null): Promise<boolean>;
  /** Resolves when the record survives a power cut; rejects where it cannot be kept. */
  feedback(record: SpoolRecord & { kind: 'feedback' }): Promise<void>;
  /** The oldest closed segment, or the open one closed now when it is due (`force`: whenever it holds something). */
  nextToShip(force?: boolean): Promise<string | null>;
  /** The control plane has the segment: its files go. */
  shipped(segment: string): Promise<void>;
  /** The control plane will never take the segment: its files stay under a name that is not shipped, and take room. */
  refused(segment: string): Promise<void>;
  counts(): SpoolCounts;
  close(): Promise<void>;
}

interface Waiting {
  record: SpoolRecord;
  picture: Uint8Array | null;
  done: (error: unknown) => void;
}

/** Opens the spool in `folder`; segments that an earlier process left are shipped first, in their order. */
export function openSpool(folder: string, limitBytes: () => number, clock: Clock, log: Log): Spool {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const closed = new Map<string, number>();
  for (const name of leftOver(folder)) closed.set(name, sizeOf(folder, name));
  const refused = refusedBefore(folder);
  let sequence = [...closed.keys()].reduce((most, name) => Math.max(most, Number(name.slice(0, 12)) || 0), 0);
  let current: SegmentFile | null = null;
  let queue: Waiting[] = [];
  let writing: Promise<void> | null = null;
  let syncTimer: NodeJS.Timeout | null = null;
  const dropped = { pictures: 0, predictions: 0 };
  const bytes = () => [...closed.values()].reduce((sum, each) => sum + each, current?.bytes ?? 0);
  const room = () => limitBytes() - bytes() - refused.bytes;

  const writeAll = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      try {
        await writeBatch(batch);
        for (const each of batch) each.done(null);
        if (current !== null && current.bytes >= segmentBytes) await retire(current).catch(cannotSync);
      } catch (error) {
        log.error({ err: error }, 'the spool could not be written');
        await abandon();
        for (const each of batch) each.done(error ?? new Error('the spool could not be written'));
      }
    }
    writing = null;
  };
  const writeBatch = async (batch: Waiting[]): Promise<void> => {
    const segment = current ?? (await begin());
    let offset = segment.pictureOffset;
    const pictures: Uint8Array[] = [];
    const lines: string[] = [];
    for (const { record, picture } of batch) {
      if (picture !== null && record.kind === 'prediction' && record.picture !== null) {
        record.picture.offset = offset;
        offset += picture.length;
        pictures.push(picture);
      }
      lines.push(`${JSON.stringify(record)}\n`);
    }
    await segment.append(lines.join(''), pictures, batch.length);
    if (batch.some(({ record }) => record.kind === 'feedback')) await segment.sync();
    else syncSoon();
  };
  const begin = async (): Promise<SegmentFile> => {
    sequence += 1;
    current = await openSegment(
      folder,
      `${String(sequence).padStart(12, '0')}-${newId('s').slice(2)}`,
      clock.now(),
    );
    return current;
  };
  /** After a failed append the tail may be half a line: the segment is closed as it is, readers skip the tail. */
  const abandon = async (): Promise<void> => {
    const broken = current;
    current = null;
    if (broken === null) return;
    closed.set(broken.name, broken.bytes);
    await broken.close().catch(() => undefined);
  };
  const cannotSync = (error: unknown): void => log.error({ err: error }, 'the spool could not be synced');
  const syncSoon = (): void => {
    syncTimer ??= setTimeout(() => {
      syncTimer = null;
      current?.sync().catch(cannotSync);
    }, syncEveryMs);
    syncTimer.unref();
  };
  const enqueue = (record: SpoolRecord, picture: Uint8Array | null): Promise<void> =>
    new Promise((resolve, reject) => {
      queue.push({ record, picture, done: (error) => (error === null ? resolve() : reject(error)) });
      writing ??= writeAll();
    });
  const rotate = async (): Promise<void> => {
    // No await between the end of the last batch and taking the segment away: a batch in between would lose its file.
    while (writing !== null) await writing;
    if (current !== null && current.records > 0) await retire(current);
  };
  /** A full segment is closed whoever waits to ship it: one that grew for as long as that takes none would be refused. */
  const retire = async (full: SegmentFile): Promise<void> => {
    current = null;
    closed.set(full.name, full.bytes);
    try {
      await full.sync();
    } finally {
      await full.close();
    }
  };

  return {
    prediction: async (record, picture) => {
      const left = room();
      let kept = picture;
      if (kept !== null && left < kept.length + 4096) {
        dropped.pictures += 1;
        kept = null;
      }
      if (left < 4096) {
        dropped.predictions += 1;
        return false;
      }
      return enqueue(record, kept).then(
        () => true,
        () => {
          dropped.predictions += 1;
          return false;
        },
      );
    },
    feedback: (record) => enqueue(record, null),
    nextToShip: async (force = false) => {
      const due =
        current !== null &&
        current.records > 0 &&
        (force || current.bytes >= segmentBytes || clock.now() - current.openedAt >= segmentMs);
      if (closed.size === 0 && due) await rotate();
      return [...closed.keys()].sort()[0] ?? null;
    },
    shipped: async (segment) => {
      closed.delete(segment);
      await rm(recordFile(folder, segment), { force: true });
      await rm(pictureFile(folder, segment), { force: true });
    },
    refused: async (segment) => {
      refused.bytes += closed.get(segment) ?? 0;
      refused.segments += 1;
      closed.delete(segment);
      // The pictures first: left alone by a crash in between, they would be taken for a shipped segment's.
      for (const file of [pictureFile(folder, segment), recordFile(folder, segment)])
        if (existsSync(file)) await rename(file, file + refusedSuffix);
    },
    counts: () => ({
      bytes: bytes(),
      segments: closed.size + (current === null ? 0 : 1),
      droppedPictures: dropped.pictures,
      droppedPredictions: dropped.predictions,
      refusedSegments: refused.segments,
    }),
    close: async () => {
      await rotate().catch((error: unknown) =>
        log.error({ err: error }, 'the last segment could not be synced'),
      );
      if (syncTimer !== null) clearTimeout(syncTimer);
      const rest = current;
      current = null;
      await rest?.close();
    },
  };
}

/** Segments still to be shipped. Pictures without their records are what a crash left of one that was. */
function leftOver(folder: string): string[] {
  const files = readdirSync(folder);
  const named = (suffix: string) =>
    files.filter((file) => file.endsWith(suffix)).map((file) => file.slice(0, -suffix.length));
  const names = named('.jsonl');
  for (const name of named('.pictures'))
    if (!names.includes(name)) rmSync(pictureFile(folder, name), { force: true });
  return names.sort();
}

function refusedBefore(folder: string): { segments: number; bytes: number } {
  const files = readdirSync(folder).filter((file) => file.endsWith(refusedSuffix));
  return {
    segments: files.filter((file) => file.endsWith(`.jsonl${refusedSuffix}`)).length,
    bytes: files.reduce((sum, file) => sum + statSync(path.join(folder, file)).size, 0),
  };
}

function sizeOf(folder: string, name: string): number {
  const size = (file: string): number => {
    try {
      return statSync(file).size;
    } catch {
      return 0;
    }
  };
  return size(recordFile(folder, name)) + size(pictureFile(folder, name));
}

import { lstat, opendir, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../shared/clock.ts';

/** Bytes that a folder takes on the disk (blocks, not lengths). Links are not followed; what vanishes counts nothing. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  const queue = [folder];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    try {
      for await (const entry of await opendir(next)) {
        const file = path.join(next, entry.name);
        if (entry.isDirectory()) queue.push(file);
        else bytes += (await lstat(file)).blocks * 512;
      }
    } catch {
      // Removed while we looked, or closed to us: the next look decides.
    }
  }
  return bytes;
}

/** Least free space on the disk, bytes: below it our own log and end record might not be written any more. */
const reserveBytes = 200_000_000;

/**
 * Looks at the job's folder again and again until the signal, and calls `exceeded` once when it holds more than
 * `limitBytes` or the disk is nearly full. A look takes at most a tenth of the time, since walking a large tree costs.
 */
export async function watchDisk(options: {
  folder: string;
  limitBytes: number;
  clock: Clock;
  signal: AbortSignal;
  exceeded: (found: { bytes: number } | { freeBytes: number }) => void;
}): Promise<void> {
  const { folder, limitBytes, clock, signal } = options;
  let pauseMs = 2000;
  while (!signal.aborted) {
    await clock.sleep(pauseMs, signal);
    if (signal.aborted) return;
    const begun = clock.monotonic();
    const disk = await statfs(folder).catch(() => null);
    const freeBytes = disk === null ? Number.POSITIVE_INFINITY : disk.bavail * disk.bsize;
    if (signal.aborted) return;
    if (freeBytes < reserveBytes) return options.exceeded({ freeBytes });
    const bytes = await folderBytes(folder);
    if (signal.aborted) return;
    if (bytes > limitBytes) return options.exceeded({ bytes });
    pauseMs = Math.min(Math.max(2000, (clock.monotonic() - begun) * 10), 60_000);
  }
}

import { statfs } from 'node:fs/promises';
import { fault } from '../../shared/errors.ts';

/** What must stay free for ledger and leases to go on writing. */
export interface Reserve {
  bytes: number;
  /** Of the whole disk, 0 to 1. */
  share: number;
}

const defaultReserve: Reserve = { bytes: 2e9, share: 0.05 };

/** Throws `core.no_space` where the disk under `folder` is down to its reserve: no push and no job begins then. */
export async function requireRoom(folder: string, reserve: Reserve = defaultReserve): Promise<void> {
  const disk = await statfs(folder);
  const free = disk.bavail * disk.bsize;
  const needed = Math.max(reserve.bytes, reserve.share * disk.blocks * disk.bsize);
  if (free >= needed) return;
  const inGb = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  throw fault('core.no_space', { path: folder, free: inGb(free), needed: inGb(needed) });
}

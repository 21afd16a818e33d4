import { totalmem } from 'node:os';

/** Memory of one job: four fifths of the machine's, so that it fails before the machine swaps; Node needs 1 GB. */
export function jobMemoryMb(totalBytes: number = totalmem()): number {
  return Math.max(1024, Math.floor((totalBytes / 1024 / 1024) * 0.8));
}

/** Processes and threads of one job: fewer stop large builds, more let a fork bomb starve the machine. */
export const jobProcesses = 4096;

/** A job's private /tmp and /dev/shm each; they take memory. */
export const jobTmpBytes = 2 * 1024 ** 3;

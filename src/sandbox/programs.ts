import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** Where the wrappers of util-linux lie; null where they are missing. */
export interface Programs {
  setpriv: string | null;
  prlimit: string | null;
}

/** Absolute path of a program in the usual folders; the caller's PATH is not asked, since jobs may shape it. */
export function findProgram(name: string): string | null {
  for (const folder of ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin']) {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder: look in the next.
    }
  }
  return null;
}

/**
 * RLIMIT_DATA for each process: below 1 GB Node does not start (it reserves its heap), so that is the least;
 * RLIMIT_AS would count reserved address space and end Node and ONNX Runtime at once.
 */
export function limitArguments(programs: Programs, limits: { memoryMb?: number }): string[] {
  if (programs.prlimit === null || limits.memoryMb === undefined) return [];
  const bytes = Math.max(limits.memoryMb, 1024) * 1024 * 1024;
  return [programs.prlimit, `--data=${bytes}:${bytes}`, '--'];
}

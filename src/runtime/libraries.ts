import { existsSync } from 'node:fs';
import path from 'node:path';
import { fault } from '../shared/errors.ts';
import { neededLibraries } from './elf.ts';

/** Where distributions keep the C library and its neighbours (Debian, Red Hat, Arch). */
const folders = [
  '/lib/x86_64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/lib64',
  '/usr/lib64',
  '/lib',
  '/usr/lib',
];

/** Opened by the C library by name at run time, so no DT_NEEDED entry tells of them: name look-up before glibc 2.34. */
const openedByName = ['libnss_dns.so.2', 'libnss_files.so.2', 'libresolv.so.2'];

/** The program interpreter of x86-64 glibc; started by its path with `--library-path`. */
export const loaderName = 'ld-linux-x86-64.so.2';

/**
 * The system's libraries that the given ELF files need, directly or through others, and the loader: name → file.
 * Names that the files bring themselves (`own`, found by $ORIGIN) are left out. Throws `runtime.no_library`.
 */
export function systemLibraries(files: readonly string[], own: ReadonlySet<string>): Map<string, string> {
  const found = new Map<string, string>();
  const waiting = [loaderName, ...openedByName, ...files.flatMap(neededLibraries)];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name) || own.has(name)) continue;
    const file = folders.map((folder) => path.join(folder, name)).find(existsSync);
    if (file === undefined) {
      if (openedByName.includes(name)) continue;
      throw fault('runtime.no_library', { name });
    }
    found.set(name, file);
    waiting.push(...neededLibraries(file));
  }
  return found;
}

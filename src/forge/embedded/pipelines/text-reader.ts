import type { CiReader } from './types.ts';

/** A reader over texts in memory: path → content. */
export function textReader(files: Readonly<Record<string, string>>): CiReader {
  return {
    read: (path) => (Object.hasOwn(files, path) ? (files[path] ?? null) : null),
    list: () => Object.keys(files),
  };
}

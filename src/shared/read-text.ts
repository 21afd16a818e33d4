import { readFileSync } from 'node:fs';

/**
 * The text of a file that the user named. @throws the system's error, which always names the file: of a folder Node
 * leaves the path out, and the reader would see a failure of ours.
 */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw withPath(error, file);
  }
}

/** A system's error with the path of the file that it is about, where it lacks it. */
export function withPath(error: unknown, file: string): unknown {
  if (error instanceof Error && 'syscall' in error && !('path' in error))
    Object.assign(error, { path: file });
  return error;
}

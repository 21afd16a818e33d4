import { copyFile, stat, truncate } from 'node:fs/promises';

/** A log larger than this is set aside (`.1`, over the one before): a server keeps twice this and a little. */
export const logBytes = 16 * 1024 * 1024;

/**
 * Sets a log aside while its server goes on writing: copied and cut, since the server keeps the file open and appends.
 * What it writes between the two is lost.
 */
export async function rotateLog(file: string, limitBytes: number): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size <= limitBytes) return;
  await copyFile(file, `${file}.1`);
  await truncate(file);
}

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** Files up to this size are read in one piece: cheaper than a stream, and still little memory. */
const wholeBelowBytes = 1024 * 1024;

/** SHA-256 and size of a file as it is now; never holds more than about 1 MB of it. */
export async function hashFile(file: string, sizeHint: number): Promise<{ sha256: string; size: number }> {
  const hash = createHash('sha256');
  if (sizeHint <= wholeBelowBytes) {
    const data = await readFile(file);
    return { sha256: hash.update(data).digest('hex'), size: data.length };
  }
  let size = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: wholeBelowBytes })) {
    hash.update(chunk as Buffer);
    size += (chunk as Buffer).length;
  }
  return { sha256: hash.digest('hex'), size };
}

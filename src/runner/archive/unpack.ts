import {
  createWriteStream,
  lstatSync,
  mkdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Entry, open, type ZipFile } from 'yauzl';

export interface UnpackLimits {
  maxEntries: number;
  maxBytes: number;
  /** Unpacked size over packed size, from 10 MB on: deflate itself stays below 1032, entries that overlap do not. */
  maxRatio: number;
}

export const unpackLimits: UnpackLimits = { maxEntries: 200_000, maxBytes: 50_000_000_000, maxRatio: 1100 };

/** Why an archive was refused. Nothing that it names was written outside `root`. */
export class ArchiveRefused extends Error {}

/**
 * Unpacks a zip into `root`. Refused: names that climb out, anything but files, folders and links, links that lead
 * out of `root`, and more than the limits. Links are made last, so nothing is written through one of the archive's;
 * through one that was there before, never (its real folder is checked).
 */
export async function unpackZip(
  file: string,
  root: string,
  limits: UnpackLimits = unpackLimits,
): Promise<number> {
  const zip = await openZip(file);
  const base = realpathSync(root);
  const packed = lstatSync(file).size;
  const links: { at: string; target: string }[] = [];
  let bytes = 0;
  let count = 0;
  const measure = () =>
    new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        bytes += chunk.length;
        if (bytes > limits.maxBytes) return done(new ArchiveRefused(`more than ${limits.maxBytes} bytes`));
        if (bytes > 10_000_000 && bytes > packed * limits.maxRatio)
          return done(new ArchiveRefused(`${limits.maxRatio} times larger than its archive`));
        return done(null, chunk);
      },
    });
  try {
    for (let entry = await next(zip); entry !== null; entry = await next(zip)) {
      count += 1;
      if (count > limits.maxEntries) throw new ArchiveRefused(`more than ${limits.maxEntries} entries`);
      const mode = entry.externalFileAttributes >>> 16;
      const type = mode & 0o170000;
      const isFolder = entry.fileName.endsWith('/');
      const target = safeTarget(base, entry.fileName);
      if (isFolder) {
        makeFolder(base, target);
        continue;
      }
      makeFolder(base, path.dirname(target));
      const source = await read(zip, entry);
      if (type === 0o120000) {
        const chunks: Buffer[] = [];
        for await (const chunk of source) chunks.push(chunk as Buffer);
        links.push({ at: target, target: Buffer.concat(chunks).toString() });
      } else if (type === 0o100000 || type === 0) {
        rmSync(target, { force: true });
        const out = createWriteStream(target, { flags: 'wx', mode: mode & 0o777 || 0o644 });
        await pipeline(source, measure(), out);
        const time = entry.getLastModDate();
        utimesSync(target, time, time);
      } else throw new ArchiveRefused(`${entry.fileName} is neither file, folder nor link`);
    }
    for (const link of links) {
      const goal = path.resolve(path.dirname(link.at), link.target);
      if (path.isAbsolute(link.target) || !isWithin(base, goal))
        throw new ArchiveRefused(`the link ${path.relative(base, link.at)} leads out of the folder`);
      makeFolder(base, path.dirname(link.at));
      rmSync(link.at, { force: true });
      symlinkSync(link.target, link.at);
    }
    return count;
  } finally {
    zip.close();
  }
}

function safeTarget(base: string, name: string): string {
  const parts = name.replace(/\/$/, '').split('/');
  const isSafe =
    !name.includes('\0') && !name.includes('\\') && parts.every((part) => !['', '.', '..'].includes(part));
  if (!isSafe) throw new ArchiveRefused(`the name ${JSON.stringify(name)} leads out of the folder`);
  return path.join(base, ...parts);
}

function makeFolder(base: string, folder: string): void {
  let existing = folder;
  while (lstatSync(existing, { throwIfNoEntry: false }) === undefined) existing = path.dirname(existing);
  if (!isWithin(base, realpathSync(existing))) throw new ArchiveRefused(`${folder} lies behind a link`);
  mkdirSync(folder, { recursive: true });
}

function isWithin(base: string, file: string): boolean {
  return file === base || file.startsWith(`${base}/`);
}

function openZip(file: string): Promise<ZipFile> {
  return new Promise((resolve, reject) =>
    open(file, { lazyEntries: true, autoClose: false, strictFileNames: true }, (error, zip) =>
      error ? reject(new ArchiveRefused(error.message)) : resolve(zip),
    ),
  );
}

function next(zip: ZipFile): Promise<Entry | null> {
  return new Promise((resolve, reject) => {
    const settle = (entry: Entry | null, error?: Error) => {
      zip.removeAllListeners();
      if (error) reject(new ArchiveRefused(error.message));
      else resolve(entry);
    };
    zip.once('entry', (entry: Entry) => settle(entry));
    zip.once('end', () => settle(null));
    zip.once('error', (error: Error) => settle(null, error));
    zip.readEntry();
  });
}

function read(zip: ZipFile, entry: Entry): Promise<NodeJS.ReadableStream> {
  return new Promise((resolve, reject) =>
    zip.openReadStream(entry, (error, stream) =>
      error ? reject(new ArchiveRefused(error.message)) : resolve(stream),
    ),
  );
}

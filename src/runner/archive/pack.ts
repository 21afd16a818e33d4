import { createReadStream, createWriteStream, lstatSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { ZipFile } from 'yazl';
import type { PickedFile } from './pick-files.ts';

/** Zip as GitLab's runner makes it: modes and times kept, links as links. Streams; memory grows with names only. */
export async function packZip(root: string, files: readonly PickedFile[], target: string): Promise<void> {
  const zip = new ZipFile();
  for (const file of files) {
    const real = path.join(root, file.path);
    const { mode, mtime } = lstatSync(real);
    const options = { mode, mtime };
    if (file.kind === 'link')
      zip.addBuffer(Buffer.from(readlinkSync(real)), file.path, { ...options, compress: false });
    else zip.addFile(real, file.path, options);
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(target, { mode: 0o600 }));
}

/** Each file its own gzip member, one after another: the form of reports. */
export async function packGzip(root: string, files: readonly PickedFile[], target: string): Promise<void> {
  const members = async function* () {
    for (const file of files) {
      if (file.kind === 'link') continue;
      yield* createReadStream(path.join(root, file.path)).pipe(createGzip());
    }
  };
  await pipeline(Readable.from(members(), { objectMode: false }), createWriteStream(target, { mode: 0o600 }));
}

/** One file as it is. */
export async function packRaw(root: string, file: PickedFile, target: string): Promise<void> {
  await pipeline(createReadStream(path.join(root, file.path)), createWriteStream(target, { mode: 0o600 }));
}

import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readModelFile, showVersion } from '../api/contract/models.ts';
import type { Client } from '../client/client.ts';
import { fault } from '../shared/errors.ts';
import { modelDigest } from './digest.ts';

/** Writes a registered version into an empty folder and checks its digest. Errors: model.unknown, model.no_version. */
export async function fetchModel(
  client: Client,
  request: { model: string; version: string; dir: string },
): Promise<string> {
  const params = { model: request.model, version: request.version };
  const { digest, files } = await client.call(showVersion, { params });
  for (const file of files) {
    if (path.isAbsolute(file.path) || file.path.split('/').some((part) => part === '..' || part === ''))
      throw fault('model.odd_file', { path: file.path });
    const target = path.join(request.dir, file.path);
    await mkdir(path.dirname(target), { recursive: true });
    const { body } = await client.stream(readModelFile, {
      params: {
        model: request.model,
        version: digest,
        '*': file.path.split('/').map(encodeURIComponent).join('/'),
      },
    });
    await pipeline(body, createWriteStream(target));
  }
  const actual = await modelDigest(request.dir);
  if (actual !== digest) throw fault('model.digest_differs', { expected: digest, actual });
  return digest;
}

import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type * as z from 'zod';
import {
  missingModelBlobs,
  registerModel,
  sendModelBlob,
  type versionSchema,
} from '../api/contract/models.ts';
import type { Client } from '../client/client.ts';
import { checkOnnx } from '../serving/external-data.ts';
import { digestOfFiles, modelFiles } from './digest.ts';

/**
 * Sends a model folder and registers it as a version; what the platform has is not sent again.
 * @throws model.no_folder, model.odd_file, serving.bad_manifest, serving.broken_model, serving.external_data
 */
export async function pushModel(
  client: Client,
  request: { dir: string; project: { group: string; name: string }; commit?: string | undefined },
): Promise<z.infer<typeof versionSchema> & { sentFiles: number }> {
  const { dir, project: params, commit } = request;
  const files = await modelFiles(dir);
  if (files.some(({ path: where }) => where === 'model.onnx'))
    checkOnnx(await readFile(path.join(dir, 'model.onnx')), dir);
  const digests = [...new Set(files.map(({ sha256 }) => sha256))];
  const { missing } = await client.call(missingModelBlobs, { params, body: { digests } });
  for (const sha256 of missing) {
    const file = files.find((each) => each.sha256 === sha256);
    if (file === undefined) continue;
    await client.call(sendModelBlob, {
      params: { ...params, sha256 },
      body: createReadStream(path.join(dir, file.path)),
      silenceMs: 0,
    });
  }
  const body = { digest: digestOfFiles(files), files, ...(commit === undefined ? {} : { commit }) };
  return { ...(await client.call(registerModel, { params, body })), sentFiles: missing.length };
}

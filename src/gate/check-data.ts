import { pullSnapshot, readManifestOf } from '../api/contract/datasets.ts';
import type { Verdict } from '../api/contract/gate.ts';
import type { Client } from '../client/client.ts';
import { readManifest } from '../datasets/manifest.ts';
import { readPullIndex } from '../datasets/pull-index.ts';
import { isPicturePath, splitOf } from '../shared/data-folder.ts';
import type { Judged } from './evaluation.ts';

/**
 * Whether the pictures that were judged are exactly the test side of the snapshot that was pulled into the folder:
 * none left out, none added, none changed. The server checks further that it is the pipeline's own snapshot.
 */
export async function checkData(
  client: Client | null,
  dir: string,
  pictures: readonly Judged[],
): Promise<Verdict['data']> {
  const index = await readPullIndex(dir);
  if (index === null || client === null) return { state: 'unverified', name: null, snapshot: null };
  const { name, snapshot } = index;
  const params = { dataset: name };
  await client.call(pullSnapshot, { params, body: { snapshot, split: 'test' } });
  const judged = new Map(pictures.map((picture) => [picture.path, picture]));
  let same = true;
  const { body } = await client.stream(readManifestOf, { params: { ...params, snapshot } });
  for await (const batch of readManifest(body))
    for (const { path, sha256, group } of batch) {
      if (!isPicturePath(path) || splitOf(group) !== 'test') continue;
      const found = judged.get(path);
      if (found?.sha256 !== sha256 || found.group !== group) same = false;
      judged.delete(path);
    }
  return { state: same && judged.size === 0 ? 'verified' : 'unverified', name, snapshot };
}

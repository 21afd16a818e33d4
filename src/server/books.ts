import type { Datasets } from '../datasets/datasets.ts';
import type { ImageBook } from '../deployments/ports.ts';
import type { Identity } from '../identity/identity.ts';
import { modelLabel, modelNameLabel } from '../images/assemble.ts';
import type { ImageRecord, Images } from '../images/images.ts';
import type { DataBook } from '../monitoring/ports.ts';
import type { ProjectBlobs } from '../storage/project-blobs.ts';
import type { Urls } from './urls.ts';

/** Images as deployments ask for them: by reference, by digest, or what a pipeline built. */
export function imageBook(images: Images, urls: Urls, identity: Pick<Identity, 'project'>): ImageBook {
  const host = () => new URL(urls.main()).host;
  const reference = (record: ImageRecord) => `${host()}/${record.repository}@${record.digest}`;
  return {
    imageOfPipeline: (pipelineId) => {
      const [newest] = images.imagesOfPipeline(pipelineId);
      return newest ? reference(newest) : null;
    },
    describe: async (asked, projectId) => {
      const found = images.resolve(projectId, withoutHost(asked, identity.project(projectId)?.path ?? ''));
      if (found === null) return null;
      const [record] = images.byDigest(projectId, found.digest);
      const { labels } = await images.detail(found.repository, found.digest);
      return {
        reference: `${host()}/${found.repository}@${found.digest}`,
        digest: found.digest,
        pipelineId: record?.pipelineId ?? null,
        modelDigest: record?.modelDigest ?? labels[modelLabel] ?? null,
        modelName: labels[modelNameLabel] ?? null,
      };
    },
  };
}

/** `HOST/GROUP/PROJECT@sha256:…` or `…:TAG` as the digest or tag that the registry knows within the project. */
function withoutHost(reference: string, projectPath: string): string {
  const at = reference.lastIndexOf('@');
  if (at >= 0) return reference.slice(at + 1);
  const inside = reference.indexOf(`${projectPath}:`);
  return inside >= 0 ? reference.slice(inside + projectPath.length + 1) : reference;
}

/** Data sets as retraining grows them; the pictures' bytes are in the object store already. */
export function dataBook(datasets: Datasets, blobs: ProjectBlobs): DataBook {
  return {
    newest: (name, projectId) => {
      const dataset = datasets.byName(name);
      return dataset?.projectId === projectId ? (datasets.latest(dataset)?.id ?? null) : null;
    },
    append: async ({ name, base, additions, actor }) => {
      const { projectId } = datasets.find(name);
      for (const { sha256 } of additions) await blobs.adopt(projectId, sha256);
      return datasets.append({ name, base, additions, actor });
    },
  };
}

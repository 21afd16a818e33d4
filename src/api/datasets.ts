import { Readable } from 'node:stream';
import type { Dataset, Snapshot } from '../datasets/dataset-rows.ts';
import type { Datasets } from '../datasets/datasets.ts';
import type { Identity } from '../identity/identity.ts';
import { actorOf } from '../identity/principal.ts';
import { fault, missing } from '../shared/errors.ts';
import { frameHeader } from '../storage/framed-blobs.ts';
import type { ProjectBlobs } from '../storage/project-blobs.ts';
import { withoutStall } from '../storage/steady-body.ts';
import {
  collectGarbage,
  commitSnapshot,
  ensureDataset,
  listDatasets,
  missingBlobs,
  pullSnapshot,
  readBlob,
  readBlobs,
  readManifestOf,
  removeDataset,
  removeSnapshot,
  sendBlob,
  sendBlobs,
  showDataset,
} from './contract/datasets.ts';
import { type Handler, handle, type Subject } from './handle.ts';

export interface DatasetHandlerDeps {
  datasets: Datasets;
  blobs: ProjectBlobs;
  identity: Pick<Identity, 'projectByPath' | 'project' | 'users' | 'canSee'>;
}

/** A body from a client that sends nothing for so long is ended. */
const stallMs = 60_000;

/** Data sets: push, pull, and what there is. */
export function datasetHandlers({ datasets, blobs, identity }: DatasetHandlerDeps): Handler[] {
  const nameOf = (actor: string): string => {
    const userId = /^user:(\d+)$/.exec(actor)?.[1];
    return (userId === undefined ? null : identity.users.byId(Number(userId))?.name) ?? actor;
  };
  const snapshotView = ({ datasetId: _, ...header }: Snapshot) => ({
    ...header,
    actorName: nameOf(header.actor),
  });
  const view = (dataset: Dataset) => {
    const latest = datasets.latest(dataset);
    return {
      name: dataset.name,
      project: identity.project(dataset.projectId)?.path ?? '',
      shared: dataset.shared,
      groupPattern: dataset.groupPattern,
      createdAt: dataset.createdAt,
      snapshots: datasets.count(dataset),
      latest: latest && snapshotView(latest),
    };
  };
  const subject = ({ params }: { params: { dataset: string } }): Subject => {
    const { projectId, shared } = datasets.find(params.dataset);
    return { projectId, shared };
  };
  const ownerOf = (project: string): number => {
    const found = identity.projectByPath(project);
    if (found === null) throw missing('project', project);
    return found.id;
  };
  return [
    handle(listDatasets, ({ principal }) =>
      datasets
        .list()
        .filter(({ shared, projectId }) => shared || identity.canSee(principal, projectId))
        .map(view),
    ),
    handle(
      showDataset,
      ({ params }) => {
        const dataset = datasets.find(params.dataset);
        return { ...view(dataset), all: datasets.snapshots(dataset).map(snapshotView) };
      },
      { subject },
    ),
    handle(
      ensureDataset,
      ({ params, body, principal }) => {
        const { project, ...wish } = body;
        const made = { name: params.dataset, projectId: ownerOf(project), ...wish };
        return view(datasets.ensure(made, actorOf(principal)));
      },
      {
        subject: ({ params, body }) => ({
          projectId: datasets.byName(params.dataset)?.projectId ?? ownerOf(body.project),
        }),
      },
    ),
    handle(
      missingBlobs,
      ({ params, body }) => ({
        missing: blobs.missing(datasets.find(params.dataset).projectId, body.digests),
      }),
      { subject },
    ),
    handle(
      sendBlobs,
      ({ params, stream }) =>
        blobs.addFramed(datasets.find(params.dataset).projectId, withoutStall(stream, stallMs)),
      { subject },
    ),
    handle(
      sendBlob,
      async ({ params, stream }) => {
        await blobs.add(datasets.find(params.dataset).projectId, stream, { sha256: params.sha256 });
        return undefined;
      },
      { subject },
    ),
    handle(
      commitSnapshot,
      async ({ params, stream, principal, lang }) =>
        snapshotView(
          await datasets.commit(
            datasets.find(params.dataset),
            params.snapshot,
            stream,
            actorOf(principal),
            lang,
          ),
        ),
      { subject },
    ),
    handle(
      pullSnapshot,
      ({ params, body, principal }) => {
        const dataset = datasets.find(params.dataset);
        const { snapshot, pinned } = datasets.pull(dataset, body.snapshot, body.split, principal);
        const { name, groupPattern } = dataset;
        return { ...snapshotView(snapshot), name, groupPattern, pinned };
      },
      { subject },
    ),
    handle(
      readManifestOf,
      ({ params, reply }) => {
        const dataset = datasets.find(params.dataset);
        const snapshot = datasets.snapshot(dataset, params.snapshot);
        reply.headers({
          'content-type': 'text/plain; charset=utf-8',
          'content-length': snapshot.manifestBytes,
        });
        return datasets.manifest(dataset, snapshot);
      },
      { subject },
    ),
    handle(
      readBlobs,
      ({ params, body, reply }) => {
        reply.header('content-type', 'application/octet-stream');
        return Readable.from(framed(blobs, datasets.find(params.dataset).projectId, body.digests), {
          objectMode: false,
          highWaterMark: 256 * 1024,
        });
      },
      { subject },
    ),
    handle(
      readBlob,
      ({ params, reply }) => {
        const { projectId } = datasets.find(params.dataset);
        const size = blobs.sizeOf(projectId, params.sha256);
        reply.headers({
          'content-type': 'application/octet-stream',
          'content-disposition': 'attachment',
          'content-security-policy': 'sandbox',
          ...(size === null ? {} : { 'content-length': size }),
        });
        return blobs.open(projectId, params.sha256);
      },
      { subject },
    ),
    handle(
      removeDataset,
      ({ params, principal }) => {
        datasets.remove(datasets.find(params.dataset), actorOf(principal));
        return undefined;
      },
      { subject },
    ),
    handle(
      removeSnapshot,
      ({ params, principal }) =>
        snapshotView(
          datasets.removeSnapshot(datasets.find(params.dataset), params.snapshot, actorOf(principal)),
        ),
      { subject },
    ),
    handle(collectGarbage, () => blobs.collect()),
  ];
}

/** Contents opened ahead of the one being sent: the disk works while the line does. */
const openAhead = 8;

/** Contents one after the other; the sizes come from the database, so each head can go before its bytes. */
async function* framed(
  blobs: ProjectBlobs,
  projectId: number,
  digests: readonly string[],
): AsyncGenerator<Buffer> {
  const opened: Promise<Readable>[] = [];
  const openNext = () => {
    const sha256 = digests[opened.length];
    if (sha256 === undefined) return;
    const body = blobs.open(projectId, sha256);
    // Awaited in its turn; until then a failure must not count as unhandled.
    body.catch(() => undefined);
    opened.push(body);
  };
  let sent = 0;
  try {
    for (let i = 0; i < openAhead; i++) openNext();
    for (const sha256 of digests) {
      const size = blobs.sizeOf(projectId, sha256);
      const body = await opened[sent++];
      if (size === null || body === undefined) throw fault('data.blob_missing', { sha256 });
      openNext();
      yield frameHeader(sha256, size);
      for await (const chunk of body) yield chunk as Buffer;
    }
  } finally {
    for (const body of opened.slice(sent)) void body.then((each) => each.destroy()).catch(() => undefined);
  }
}

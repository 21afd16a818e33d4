import { Readable } from 'node:stream';
import type { Audit } from '../identity/audit.ts';
import type { Principal } from '../identity/principal.ts';
import type { Lineage } from '../lineage/lineage.ts';
import type { Clock } from '../shared/clock.ts';
import { fault } from '../shared/errors.ts';
import type { Lang } from '../shared/text/format.ts';
import type { ProjectBlobs } from '../storage/project-blobs.ts';
import { withoutStall } from '../storage/steady-body.ts';
import type { Store } from '../store/store.ts';
import { type Append, appendedManifest } from './append.ts';
import { checkEntries, checkName } from './check-entries.ts';
import { createDatasetRows, type Dataset, type Snapshot } from './dataset-rows.ts';
import { compileGroupPattern } from './groups.ts';
import { digestManifest, type ManifestEntry, readManifest, writeManifest } from './manifest.ts';

export interface DatasetDeps {
  store: Store;
  clock: Clock;
  blobs: ProjectBlobs;
  lineage: Lineage;
  audit: Audit;
}

/** Data sets and their immutable snapshots. */
export interface Datasets {
  list(): Dataset[];
  /** @throws data.unknown */
  find(name: string): Dataset;
  byName(name: string): Dataset | null;
  /** Creates it, or changes what is given. A name belongs to one project. @throws core.conflict, data.bad_name */
  ensure(
    wish: {
      name: string;
      projectId: number;
      shared?: boolean | undefined;
      groupPattern?: string | null | undefined;
    },
    actor: string,
  ): Dataset;
  snapshots(dataset: Dataset): Snapshot[];
  count(dataset: Dataset): number;
  latest(dataset: Dataset): Snapshot | null;
  /** @throws data.no_snapshot, data.ambiguous */
  snapshot(dataset: Dataset, id: string): Snapshot;
  /**
   * Makes a snapshot of a manifest as it arrives. Durable when it returns; repeating it gives the same snapshot.
   * @throws data.refused, data.bad_manifest, data.blob_missing, storage.mismatch where `id` is not its digest
   */
  commit(dataset: Dataset, id: string, manifest: Readable, actor: string, lang: Lang): Promise<Snapshot>;
  entries(dataset: Dataset, id: string): AsyncGenerator<ManifestEntry[]>;
  manifest(dataset: Dataset, snapshot: Snapshot): Promise<Readable>;
  /**
   * The snapshot to read: `asked`, else the pipeline's pin, else the newest. A job's first pull pins it for the
   * pipeline, and what it read goes into the lineage.
   */
  pull(
    dataset: Dataset,
    asked: string | undefined,
    split: string,
    principal: Principal,
  ): { snapshot: Snapshot; pinned: boolean };
  /** Sets what a pipeline reads under this name; for pipelines started on a snapshot (retraining). */
  pinSnapshot(pipelineId: number, name: string, snapshotId: string): void;
  /** What the pipeline reads under this name; null where it has not pulled yet. */
  pinned(pipelineId: number, name: string): string | null;
  /** A new snapshot: `base` (null: the newest) with pictures added, or moved to another label. */
  append(request: Append): Promise<string>;
  removeSnapshot(dataset: Dataset, id: string, actor: string): Snapshot;
  remove(dataset: Dataset, actor: string): void;
}

export function createDatasets({ store, clock, blobs, lineage, audit }: DatasetDeps): Datasets {
  const rows = createDatasetRows(store);
  const find = (name: string): Dataset => {
    const dataset = rows.byName(name);
    if (dataset === null) throw fault('data.unknown', { name });
    return dataset;
  };
  const snapshot = (dataset: Dataset, id: string): Snapshot => {
    const found = rows.snapshot(dataset, id);
    if (found === null) throw fault('data.no_snapshot', { name: dataset.name, id });
    return found;
  };
  const latestOf = (dataset: Dataset): Snapshot => {
    const found = rows.latest(dataset.id);
    if (found === null) throw fault('data.no_snapshot', { name: dataset.name, id: 'latest' });
    return found;
  };
  async function* entries(dataset: Dataset, id: string): AsyncGenerator<ManifestEntry[]> {
    yield* readManifest(await blobs.open(dataset.projectId, id));
  }
  const record = (snapshot: Snapshot, dataset: Dataset, actor: string): Snapshot =>
    store.transaction(() => {
      const known = rows.snapshot(dataset, snapshot.id);
      if (known === null) rows.insertSnapshot(snapshot);
      else rows.renew(known, snapshot.createdAt);
      lineage.record(`snapshot:${snapshot.id}`, 'snapshot of', `data:${dataset.name}`);
      if (snapshot.base !== null && snapshot.base !== snapshot.id)
        lineage.record(`snapshot:${snapshot.id}`, 'grown from', `snapshot:${snapshot.base}`);
      audit(actor, 'data.commit', `data:${dataset.name}`, { snapshot: snapshot.id, files: snapshot.files });
      return known === null ? snapshot : { ...known, createdAt: snapshot.createdAt };
    });
  const commit: Datasets['commit'] = async (dataset, id, manifest, actor, lang) => {
    const check = checkEntries();
    let manifestBytes = 0;
    async function* checked(): AsyncGenerator<Buffer> {
      // Parsed beside being passed on: what is stored is what was checked, byte for byte.
      const pieces: Buffer[] = [];
      async function* tee(): AsyncGenerator<Buffer> {
        for await (const piece of withoutStall(manifest, 60_000)) {
          manifestBytes += piece.length;
          pieces.push(piece);
          yield piece;
        }
      }
      for await (const batch of readManifest(tee())) {
        checkContents(blobs, dataset.projectId, batch);
        for (const entry of batch) check.add(entry);
        yield* pieces.splice(0);
      }
      check.finish(lang);
      yield* pieces.splice(0);
    }
    await blobs.add(dataset.projectId, Readable.from(checked()), { sha256: id });
    const base = rows.latest(dataset.id)?.id ?? null;
    const { files, bytes, labels } = check;
    return record(
      { id, datasetId: dataset.id, files, bytes, manifestBytes, labels, base, actor, createdAt: clock.now() },
      dataset,
      actor,
    );
  };
  blobs.addUses(async function* () {
    for (const dataset of rows.all())
      for (const { id } of rows.snapshots(dataset.id)) {
        yield { projectId: dataset.projectId, sha256: id };
        for await (const batch of entries(dataset, id))
          for (const { sha256 } of batch) yield { projectId: dataset.projectId, sha256 };
      }
  });

  return {
    list: rows.all,
    find,
    byName: rows.byName,
    ensure: ({ name, projectId, shared, groupPattern }, actor) => {
      checkName(name);
      if (groupPattern) compileGroupPattern(groupPattern);
      return store.transaction(() => {
        const known = rows.byName(name);
        if (known === null) {
          const wish = { name, projectId, shared: shared ?? false, groupPattern: groupPattern ?? null };
          rows.insert({ ...wish, createdAt: clock.now() });
          audit(actor, 'data.create', `data:${name}`, wish);
          return find(name);
        }
        if (known.projectId !== projectId) throw fault('core.conflict', { what: `data set ${name}` });
        const wanted = {
          shared: shared ?? known.shared,
          groupPattern: groupPattern === undefined ? known.groupPattern : groupPattern,
        };
        if (wanted.shared !== known.shared || wanted.groupPattern !== known.groupPattern) {
          rows.set(known.id, wanted.shared, wanted.groupPattern);
          audit(actor, 'data.change', `data:${name}`, wanted);
        }
        return { ...known, ...wanted };
      });
    },
    snapshots: (dataset) => rows.snapshots(dataset.id),
    count: (dataset) => rows.count(dataset.id),
    latest: (dataset) => rows.latest(dataset.id),
    snapshot,
    commit,
    entries,
    manifest: (dataset, { id }) => blobs.open(dataset.projectId, id),
    pull: (dataset, asked, split, principal) =>
      store.transaction(() => {
        const job = principal.kind === 'job' ? principal : null;
        const pin = job ? rows.pin(job.pipelineId, dataset.id) : null;
        const wanted = asked ?? pin;
        const chosen = wanted === null ? latestOf(dataset) : snapshot(dataset, wanted);
        if (job !== null) {
          rows.setPin(job.pipelineId, dataset.id, chosen.id, clock.now());
          const { jobId, pipelineId } = job;
          const pulled = { jobId, pipelineId, datasetId: dataset.id, snapshotId: chosen.id, split };
          rows.recordPull(pulled, clock.now());
          lineage.record(`job:${jobId}`, `read ${split} of`, `snapshot:${chosen.id}`);
          lineage.record(`job:${jobId}`, 'part of', `pipeline:${pipelineId}`);
          if (job.nodeId !== null) lineage.record(`job:${jobId}`, 'ran on', `node:${job.nodeId}`);
          // From a model one goes to its pipeline, and from there to what was read.
          lineage.record(`pipeline:${pipelineId}`, 'read', `snapshot:${chosen.id}`);
        }
        return { snapshot: chosen, pinned: pin !== null && pin === chosen.id };
      }),
    pinSnapshot: (pipelineId, name, snapshotId) =>
      store.transaction(() => {
        const dataset = find(name);
        rows.setPin(pipelineId, dataset.id, snapshot(dataset, snapshotId).id, clock.now());
      }),
    pinned: (pipelineId, name) => {
      const dataset = rows.byName(name);
      return dataset === null ? null : rows.pin(pipelineId, dataset.id);
    },
    append: async (request) => {
      const dataset = find(request.name);
      const base = request.base === null ? latestOf(dataset) : snapshot(dataset, request.base);
      for (const { sha256 } of request.additions) await blobs.adopt(dataset.projectId, sha256);
      const grown = await appendedManifest(() => entries(dataset, base.id), request.additions);
      const { id } = await digestManifest(grown());
      if (id === base.id) return id;
      const stored = await commit(dataset, id, Readable.from(writeManifest(grown())), request.actor, 'en');
      return stored.id;
    },
    removeSnapshot: (dataset, id, actor) =>
      store.transaction(() => {
        const found = snapshot(dataset, id);
        rows.removeSnapshot(dataset.id, found.id);
        audit(actor, 'data.remove', `data:${dataset.name}`, { snapshot: found.id });
        return found;
      }),
    remove: (dataset, actor) =>
      store.transaction(() => {
        rows.remove(dataset.id);
        audit(actor, 'data.remove', `data:${dataset.name}`);
      }),
  };
}

/** Every content of the batch is there, of the size the manifest says, and stays for the next 12 hours at least. */
function checkContents(blobs: ProjectBlobs, projectId: number, batch: readonly ManifestEntry[]): void {
  const [absent] = blobs.missing(projectId, [...new Set(batch.map(({ sha256 }) => sha256))]);
  if (absent !== undefined) throw fault('data.blob_missing', { sha256: absent });
  for (const { sha256, size, path } of batch) {
    const actual = blobs.sizeOf(projectId, sha256);
    if (actual !== null && actual !== size)
      throw fault('storage.mismatch', { what: path, expected: `${size} bytes`, actual: `${actual} bytes` });
  }
}

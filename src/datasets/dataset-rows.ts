import { fault } from '../shared/errors.ts';
import type { Store } from '../store/store.ts';
import type { LabelCount } from './check-entries.ts';

export interface Dataset {
  id: number;
  name: string;
  projectId: number;
  shared: boolean;
  /** RE2; first capture of a path is its group. */
  groupPattern: string | null;
  createdAt: number;
}

/** The header of a snapshot; its manifest is a blob of the same digest. */
export interface Snapshot {
  id: string;
  datasetId: number;
  files: number;
  bytes: number;
  manifestBytes: number;
  labels: Readonly<Record<string, LabelCount>>;
  /** The snapshot it grew from. */
  base: string | null;
  actor: string;
  createdAt: number;
}

interface DatasetRow {
  id: number;
  name: string;
  project_id: number;
  shared: number;
  group_pattern: string | null;
  created_at: number;
}

interface SnapshotRow {
  dataset_id: number;
  id: string;
  files: number;
  bytes: number;
  manifest_bytes: number;
  labels: string;
  base: string | null;
  actor: string;
  created_at: number;
}

const toDataset = (row: DatasetRow): Dataset => ({
  id: row.id,
  name: row.name,
  projectId: row.project_id,
  shared: row.shared === 1,
  groupPattern: row.group_pattern,
  createdAt: row.created_at,
});

const toSnapshot = (row: SnapshotRow): Snapshot => ({
  id: row.id,
  datasetId: row.dataset_id,
  files: row.files,
  bytes: row.bytes,
  manifestBytes: row.manifest_bytes,
  labels: JSON.parse(row.labels) as Record<string, LabelCount>,
  base: row.base,
  actor: row.actor,
  createdAt: row.created_at,
});

/** Queries on data sets. Changes are called inside the caller's transaction. */
export interface DatasetRows {
  all(): Dataset[];
  byName(name: string): Dataset | null;
  insert(dataset: Omit<Dataset, 'id'>): void;
  set(id: number, shared: boolean, groupPattern: string | null): void;
  remove(id: number): void;
  snapshots(datasetId: number): Snapshot[];
  count(datasetId: number): number;
  latest(datasetId: number): Snapshot | null;
  /** By id or a prefix of it. @throws data.ambiguous */
  snapshot(dataset: Dataset, id: string): Snapshot | null;
  insertSnapshot(snapshot: Snapshot): void;
  /** Makes it the newest again: the same content was pushed once more. */
  renew(snapshot: Snapshot, now: number): void;
  removeSnapshot(datasetId: number, id: string): void;
  pin(pipelineId: number, datasetId: number): string | null;
  setPin(pipelineId: number, datasetId: number, snapshotId: string, now: number): void;
  recordPull(
    pull: { jobId: number; pipelineId: number; datasetId: number; snapshotId: string; split: string },
    now: number,
  ): void;
}

export function createDatasetRows(store: Store): DatasetRows {
  const rows: DatasetRows = {
    all: () => store.all<DatasetRow>('SELECT * FROM datasets ORDER BY name').map(toDataset),
    byName: (name) => {
      const row = store.get<DatasetRow>('SELECT * FROM datasets WHERE name = ?', name);
      return row ? toDataset(row) : null;
    },
    insert: ({ name, projectId, shared, groupPattern, createdAt }) => {
      store.run(
        'INSERT INTO datasets (name, project_id, shared, group_pattern, created_at) VALUES (?, ?, ?, ?, ?)',
        name,
        projectId,
        shared ? 1 : 0,
        groupPattern,
        createdAt,
      );
    },
    set: (id, shared, groupPattern) => {
      store.run(
        'UPDATE datasets SET shared = ?, group_pattern = ? WHERE id = ?',
        shared ? 1 : 0,
        groupPattern,
        id,
      );
    },
    remove: (id) => {
      store.run('DELETE FROM data_pins WHERE dataset_id = ?', id);
      store.run('DELETE FROM snapshots WHERE dataset_id = ?', id);
      store.run('DELETE FROM datasets WHERE id = ?', id);
    },
    snapshots: (datasetId) =>
      store
        .all<SnapshotRow>('SELECT * FROM snapshots WHERE dataset_id = ? ORDER BY number DESC', datasetId)
        .map(toSnapshot),
    count: (datasetId) =>
      store.get<{ n: number }>('SELECT count(*) AS n FROM snapshots WHERE dataset_id = ?', datasetId)?.n ?? 0,
    latest: (datasetId) => {
      const row = store.get<SnapshotRow>(
        'SELECT * FROM snapshots WHERE dataset_id = ? ORDER BY number DESC LIMIT 1',
        datasetId,
      );
      return row ? toSnapshot(row) : null;
    },
    snapshot: (dataset, id) => {
      if (!/^[0-9a-f]{1,64}$/.test(id)) return null;
      const found = store.all<SnapshotRow>(
        'SELECT * FROM snapshots WHERE dataset_id = ? AND id >= ? AND id <= ? LIMIT 2',
        dataset.id,
        id,
        `${id}g`,
      );
      if (found.length > 1) throw fault('data.ambiguous', { id, name: dataset.name });
      return found[0] ? toSnapshot(found[0]) : null;
    },
    insertSnapshot: (snapshot) => {
      store.run(
        'INSERT INTO snapshots (dataset_id, id, files, bytes, manifest_bytes, labels, base, actor, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        snapshot.datasetId,
        snapshot.id,
        snapshot.files,
        snapshot.bytes,
        snapshot.manifestBytes,
        JSON.stringify(snapshot.labels),
        snapshot.base,
        snapshot.actor,
        snapshot.createdAt,
      );
    },
    renew: (snapshot, now) => {
      rows.removeSnapshot(snapshot.datasetId, snapshot.id);
      rows.insertSnapshot({ ...snapshot, createdAt: now });
    },
    removeSnapshot: (datasetId, id) => {
      store.run('DELETE FROM snapshots WHERE dataset_id = ? AND id = ?', datasetId, id);
    },
    pin: (pipelineId, datasetId) =>
      store.get<{ id: string }>(
        'SELECT snapshot_id AS id FROM data_pins WHERE pipeline_id = ? AND dataset_id = ?',
        pipelineId,
        datasetId,
      )?.id ?? null,
    setPin: (pipelineId, datasetId, snapshotId, now) => {
      store.run(
        'INSERT OR IGNORE INTO data_pins (pipeline_id, dataset_id, snapshot_id, created_at) VALUES (?, ?, ?, ?)',
        pipelineId,
        datasetId,
        snapshotId,
        now,
      );
    },
    recordPull: ({ jobId, pipelineId, datasetId, snapshotId, split }, now) => {
      store.run(
        'INSERT OR IGNORE INTO data_pulls (job_id, pipeline_id, dataset_id, snapshot_id, split, at) VALUES (?, ?, ?, ?, ?, ?)',
        jobId,
        pipelineId,
        datasetId,
        snapshotId,
        split,
        now,
      );
    },
  };
  return rows;
}

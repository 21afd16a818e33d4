import type { Store } from '../store/store.ts';
import type { ModelFile } from './digest.ts';

export interface Model {
  id: number;
  name: string;
  projectId: number;
  shared: boolean;
  createdAt: number;
}

/** A model folder as it was; named by its digest. */
export interface ModelVersion {
  number: number;
  modelId: number;
  digest: string;
  files: readonly ModelFile[];
  bytes: number;
  /** Text of model.json. */
  manifest: string;
  pipelineId: number | null;
  jobId: number | null;
  actor: string;
  createdAt: number;
}

export interface Metric {
  name: string;
  value: number;
  step: number;
  at: number;
  jobId: number | null;
}

/** What a gate decided; `detail` is the verdict as it was posted. */
export interface VerdictRecord {
  id: number;
  projectId: number;
  modelDigest: string;
  modelName: string;
  passed: boolean;
  detail: unknown;
  snapshotId: string | null;
  pipelineId: number;
  jobId: number;
  createdAt: number;
}

interface ModelRow {
  id: number;
  name: string;
  project_id: number;
  shared: number;
  created_at: number;
}

interface VersionRow {
  number: number;
  model_id: number;
  digest: string;
  files: string;
  bytes: number;
  manifest: string;
  pipeline_id: number | null;
  job_id: number | null;
  actor: string;
  created_at: number;
}

interface VerdictRow {
  id: number;
  project_id: number;
  model_digest: string;
  model_name: string;
  passed: number;
  verdict: string;
  snapshot_id: string | null;
  pipeline_id: number;
  job_id: number;
  created_at: number;
}

const toModel = (row: ModelRow): Model => ({
  id: row.id,
  name: row.name,
  projectId: row.project_id,
  shared: row.shared === 1,
  createdAt: row.created_at,
});

const toVersion = (row: VersionRow): ModelVersion => ({
  number: row.number,
  modelId: row.model_id,
  digest: row.digest,
  files: JSON.parse(row.files) as ModelFile[],
  bytes: row.bytes,
  manifest: row.manifest,
  pipelineId: row.pipeline_id,
  jobId: row.job_id,
  actor: row.actor,
  createdAt: row.created_at,
});

const toVerdict = (row: VerdictRow): VerdictRecord => ({
  id: row.id,
  projectId: row.project_id,
  modelDigest: row.model_digest,
  modelName: row.model_name,
  passed: row.passed === 1,
  detail: JSON.parse(row.verdict) as unknown,
  snapshotId: row.snapshot_id,
  pipelineId: row.pipeline_id,
  jobId: row.job_id,
  createdAt: row.created_at,
});

/** Queries on models. Changes are called inside the caller's transaction. */
export interface ModelRows {
  all(): Model[];
  byName(name: string): Model | null;
  insert(name: string, projectId: number, now: number): void;
  versions(modelId: number): ModelVersion[];
  latest(modelId: number): ModelVersion | null;
  count(modelId: number): number;
  /** By digest or a prefix of it; the newest where a short prefix fits several. */
  version(modelId: number, digest: string): ModelVersion | null;
  /** Whatever model it belongs to. */
  byDigest(digest: string): ModelVersion | null;
  insertVersion(version: Omit<ModelVersion, 'number'>): void;
  addMetric(
    metric: Omit<Metric, 'at'> & { projectId: number; modelDigest: string | null; pipelineId: number | null },
    now: number,
  ): void;
  /** Of the model itself, and of the pipelines that registered it before it had a digest. */
  metrics(projectId: number, digest: string, pipelineId: number | null): Metric[];
  insertVerdict(verdict: Omit<VerdictRecord, 'id'>): number;
  verdicts(projectId: number, digest: string): VerdictRecord[];
  hasPassed(projectId: number, digest: string): boolean;
}

export function createModelRows(store: Store): ModelRows {
  const version = (row: VersionRow | undefined) => (row ? toVersion(row) : null);
  return {
    all: () => store.all<ModelRow>('SELECT * FROM models ORDER BY name').map(toModel),
    byName: (name) => {
      const row = store.get<ModelRow>('SELECT * FROM models WHERE name = ?', name);
      return row ? toModel(row) : null;
    },
    insert: (name, projectId, now) => {
      store.run('INSERT INTO models (name, project_id, created_at) VALUES (?, ?, ?)', name, projectId, now);
    },
    versions: (modelId) =>
      store
        .all<VersionRow>('SELECT * FROM model_versions WHERE model_id = ? ORDER BY number DESC', modelId)
        .map(toVersion),
    latest: (modelId) =>
      version(
        store.get('SELECT * FROM model_versions WHERE model_id = ? ORDER BY number DESC LIMIT 1', modelId),
      ),
    count: (modelId) =>
      store.get<{ n: number }>('SELECT count(*) AS n FROM model_versions WHERE model_id = ?', modelId)?.n ??
      0,
    version: (modelId, digest) =>
      version(
        store.get(
          'SELECT * FROM model_versions WHERE model_id = ? AND digest >= ? AND digest <= ? ORDER BY number DESC LIMIT 1',
          modelId,
          digest,
          `${digest}g`,
        ),
      ),
    byDigest: (digest) => version(store.get('SELECT * FROM model_versions WHERE digest = ? LIMIT 1', digest)),
    insertVersion: (each) => {
      store.run(
        'INSERT INTO model_versions (model_id, digest, files, bytes, manifest, pipeline_id, job_id, actor, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        each.modelId,
        each.digest,
        JSON.stringify(each.files),
        each.bytes,
        each.manifest,
        each.pipelineId,
        each.jobId,
        each.actor,
        each.createdAt,
      );
    },
    addMetric: (each, now) => {
      store.run(
        'INSERT INTO metrics (project_id, model_digest, pipeline_id, job_id, name, value, step, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        each.projectId,
        each.modelDigest,
        each.pipelineId,
        each.jobId,
        each.name,
        each.value,
        each.step,
        now,
      );
    },
    metrics: (projectId, digest, pipelineId) =>
      store.all<Metric>(
        'SELECT name, value, step, at, job_id AS jobId FROM metrics WHERE project_id = ? AND (model_digest = ? OR (model_digest IS NULL AND pipeline_id = ?)) ORDER BY number LIMIT 2000',
        projectId,
        digest,
        pipelineId,
      ),
    insertVerdict: (each) =>
      store.run(
        'INSERT INTO verdicts (project_id, model_digest, model_name, passed, verdict, snapshot_id, pipeline_id, job_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        each.projectId,
        each.modelDigest,
        each.modelName,
        each.passed ? 1 : 0,
        JSON.stringify(each.detail),
        each.snapshotId,
        each.pipelineId,
        each.jobId,
        each.createdAt,
      ).lastInsertRowid,
    verdicts: (projectId, digest) =>
      store
        .all<VerdictRow>(
          'SELECT * FROM verdicts WHERE project_id = ? AND model_digest = ? ORDER BY id DESC LIMIT 100',
          projectId,
          digest,
        )
        .map(toVerdict),
    hasPassed: (projectId, digest) =>
      store.get(
        'SELECT 1 FROM verdicts WHERE project_id = ? AND model_digest = ? AND passed = 1 LIMIT 1',
        projectId,
        digest,
      ) !== undefined,
  };
}

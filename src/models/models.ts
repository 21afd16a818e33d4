import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Audit } from '../identity/audit.ts';
import { actorOf, type JobPrincipal, type Principal } from '../identity/principal.ts';
import type { Lineage } from '../lineage/lineage.ts';
import { type ModelManifest, parseModelManifest } from '../serving/model-manifest.ts';
import type { Clock } from '../shared/clock.ts';
import { fault } from '../shared/errors.ts';
import type { ProjectBlobs } from '../storage/project-blobs.ts';
import type { Store } from '../store/store.ts';
import { digestOfFiles, type ModelFile, sortFiles } from './digest.ts';
import {
  createModelRows,
  type Metric,
  type Model,
  type ModelVersion,
  type VerdictRecord,
} from './model-rows.ts';

export interface ModelDeps {
  store: Store;
  clock: Clock;
  blobs: ProjectBlobs;
  lineage: Lineage;
  audit: Audit;
}

/** A model folder to register; its contents must have been sent. */
export interface ModelToRegister {
  projectId: number;
  digest: string;
  files: readonly ModelFile[];
  /** Commit that the pipeline runs on. */
  commit?: string | undefined;
}

/** A verdict to record; `detail` is kept as it is. */
export interface VerdictToRecord {
  modelDigest: string;
  passed: boolean;
  detail: unknown;
  snapshotId: string | null;
}

/** Models, their versions by digest, metrics, and what gates decided. */
export interface Models {
  list(): Model[];
  /** @throws model.unknown */
  find(name: string): Model;
  byName(name: string): Model | null;
  versions(model: Model): ModelVersion[];
  latest(model: Model): ModelVersion | null;
  count(model: Model): number;
  /** By digest or a prefix. @throws model.no_version */
  version(model: Model, digest: string): ModelVersion;
  /**
   * Registers a folder under the name of its model.json; repeating it changes nothing.
   * @throws model.digest_differs, model.elsewhere, data.blob_missing, serving.bad_manifest
   */
  register(folder: ModelToRegister, principal: Principal): Promise<{ model: Model; version: ModelVersion }>;
  openFile(model: Model, version: ModelVersion, path: string): Promise<Readable>;
  postMetrics(
    post: {
      projectId: number;
      modelDigest: string | null;
      values: Readonly<Record<string, number>>;
      step: number;
    },
    principal: Principal,
  ): void;
  metrics(model: Model, version: ModelVersion): Metric[];
  verdicts(projectId: number, modelDigest: string): VerdictRecord[];
  /** Records what a gate decided in an on-premises job (the access table lets no other in). */
  recordVerdict(verdict: VerdictToRecord, job: JobPrincipal): VerdictRecord;
  /** Whether a gate of this project has passed the model. */
  hasPassedGate(modelDigest: string, projectId: number): boolean;
  /** model.json of a registered model; null for an unknown digest. */
  manifest(modelDigest: string): Promise<ModelManifest | null>;
  /** What a registered model tells apart; null for an unknown digest. */
  labels(modelDigest: string): readonly string[] | null;
}

/** model.json with its training reference; more is no manifest. */
const manifestLimitBytes = 8 * 1024 * 1024;

export function createModels({ store, clock, blobs, lineage, audit }: ModelDeps): Models {
  const rows = createModelRows(store);
  /** A digest's labels never change, and the routes are written from them again and again. */
  const labels = new Map<string, readonly string[]>();
  const find = (name: string): Model => {
    const model = rows.byName(name);
    if (model === null) throw fault('model.unknown', { name });
    return model;
  };
  blobs.addUses(async function* () {
    for (const { id, projectId } of rows.all())
      for (const { files } of rows.versions(id)) for (const { sha256 } of files) yield { projectId, sha256 };
  });
  const own = (principal: Principal) =>
    principal.kind === 'job'
      ? { jobId: principal.jobId, pipelineId: principal.pipelineId }
      : { jobId: null, pipelineId: null };

  return {
    list: rows.all,
    find,
    byName: rows.byName,
    versions: (model) => rows.versions(model.id),
    latest: (model) => rows.latest(model.id),
    count: (model) => rows.count(model.id),
    version: (model, digest) => {
      const found = /^[0-9a-f]{1,64}$/.test(digest) ? rows.version(model.id, digest) : null;
      if (found === null) throw fault('model.no_version', { name: model.name, version: digest });
      return found;
    },
    register: async ({ projectId, digest, files, commit }, principal) => {
      const actual = digestOfFiles(files);
      if (actual !== digest) throw fault('model.digest_differs', { expected: digest, actual });
      const [absent] = blobs.missing(
        projectId,
        files.map(({ sha256 }) => sha256),
      );
      if (absent !== undefined) throw fault('data.blob_missing', { sha256: absent });
      const manifest = await readManifestText(blobs, projectId, files);
      const { name } = parseModelManifest(manifest);
      return store.transaction(() => {
        const known = rows.byName(name);
        if (known !== null && known.projectId !== projectId)
          throw fault('model.elsewhere', { name, project: `project ${known.projectId}` });
        if (known === null) rows.insert(name, projectId, clock.now());
        const model = find(name);
        const before = rows.version(model.id, digest);
        if (before !== null) return { model, version: before };
        rows.insertVersion({
          modelId: model.id,
          digest,
          files: sortFiles(files),
          bytes: files.reduce((sum, { size }) => sum + size, 0),
          manifest,
          ...own(principal),
          actor: actorOf(principal),
          createdAt: clock.now(),
        });
        lineage.record(`model:${digest}`, 'version of', `model:${name}`);
        if (principal.kind === 'job') {
          lineage.record(`model:${digest}`, 'made in', `pipeline:${principal.pipelineId}`);
          lineage.record(`model:${digest}`, 'registered by', `job:${principal.jobId}`);
          if (commit) lineage.record(`pipeline:${principal.pipelineId}`, 'ran on', `commit:${commit}`);
        }
        audit(actorOf(principal), 'model.register', `model:${digest}`, { name });
        const version = rows.version(model.id, digest);
        if (version === null) throw fault('model.no_version', { name, version: digest });
        return { model, version };
      });
    },
    openFile: (model, version, path) => {
      const file = version.files.find((each) => each.path === path);
      if (file === undefined) throw fault('core.not_found', { what: `${path} in ${model.name}` });
      return blobs.open(model.projectId, file.sha256);
    },
    postMetrics: ({ projectId, modelDigest, values, step }, principal) =>
      store.transaction(() => {
        for (const [name, value] of Object.entries(values))
          rows.addMetric({ projectId, modelDigest, ...own(principal), name, value, step }, clock.now());
      }),
    metrics: (model, version) => rows.metrics(model.projectId, version.digest, version.pipelineId),
    verdicts: rows.verdicts,
    recordVerdict: ({ modelDigest, passed, detail, snapshotId }, job) =>
      store.transaction(() => {
        const version = rows.byDigest(modelDigest);
        const model = version && rows.all().find(({ id }) => id === version.modelId);
        if (!version || model?.projectId !== job.projectId)
          throw fault('model.no_version', { name: '?', version: modelDigest });
        const verdict = {
          projectId: job.projectId,
          modelDigest,
          modelName: model.name,
          passed,
          detail,
          snapshotId,
          pipelineId: job.pipelineId,
          jobId: job.jobId,
          createdAt: clock.now(),
        };
        const id = rows.insertVerdict(verdict);
        lineage.record(`verdict:${id}`, passed ? 'passed' : 'refused', `model:${modelDigest}`);
        lineage.record(`verdict:${id}`, 'given by', `job:${job.jobId}`);
        if (snapshotId !== null) lineage.record(`verdict:${id}`, 'tested on', `snapshot:${snapshotId}`);
        audit(actorOf(job), 'gate.verdict', `model:${modelDigest}`, { passed, verdict: id });
        return { id, ...verdict };
      }),
    hasPassedGate: (modelDigest, projectId) => rows.hasPassed(projectId, modelDigest),
    manifest: async (modelDigest) => {
      const version = rows.byDigest(modelDigest);
      return version === null ? null : parseModelManifest(version.manifest);
    },
    labels: (modelDigest) => {
      const known = labels.get(modelDigest);
      if (known !== undefined) return known;
      const version = rows.byDigest(modelDigest);
      if (version === null) return null;
      const parsed = parseModelManifest(version.manifest).labels;
      labels.set(modelDigest, parsed);
      return parsed;
    },
  };
}

/** The text of a folder's model.json, read from its blob. */
async function readManifestText(
  blobs: ProjectBlobs,
  projectId: number,
  files: readonly ModelFile[],
): Promise<string> {
  const file = files.find(({ path }) => path === 'model.json');
  if (file === undefined) throw fault('serving.bad_manifest', { problems: 'there is no model.json' });
  if (file.size > manifestLimitBytes) throw fault('core.too_large', { what: 'model.json', limit: '8 MB' });
  return (await buffer(await blobs.open(projectId, file.sha256))).toString();
}

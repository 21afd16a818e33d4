import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Audit } from '../identity/audit.ts';
import type { Clock } from '../shared/clock.ts';
import { dataVariable } from '../shared/data-folder.ts';
import { SetoError } from '../shared/errors.ts';
import { newId } from '../shared/ids.ts';
import type { Log } from '../shared/log.ts';
import { blobKey, type ObjectStore } from '../storage/object-store.ts';
import type { Store } from '../store/store.ts';
import { segmentKey } from './ingest.ts';
import type { Addition, DataBook, PipelineStarter } from './ports.ts';
import type { LabelledPicture, PredictionRows } from './prediction-rows.ts';

export interface Retraining {
  id: string;
  endpointId: number;
  projectId: number;
  data: string;
  ref: string;
  reason: string;
  state: 'planned' | 'snapshot' | 'started' | 'failed';
  snapshotId: string | null;
  pipelineId: number | null;
  problem: string | null;
  createdAt: number;
}

export interface RetrainingDeps {
  store: Store;
  clock: Clock;
  log: Log;
  audit: Audit;
  objects: ObjectStore;
  predictions: PredictionRows;
  data: DataBook;
  pipelines: PipelineStarter;
  /** Who owns the project: the pipeline runs as them. */
  ownerOf(projectId: number): number | null;
}

/** Labelled pictures that one retraining takes in; the rest waits for the next. */
const picturesAtOnce = 20_000;

/**
 * Retrainings as intents: planned (committed), snapshot made (committed), pipeline started. Each step may be repeated
 * after a kill: pictures are content-addressed, the snapshot's id is its content, the pipeline starts once per key.
 */
export interface RetrainingBook {
  plan(intent: {
    endpointId: number;
    projectId: number;
    data: string;
    ref: string;
    reason: string;
  }): Retraining;
  newest(endpointId: number, limit: number): Retraining[];
  /** Finishes whatever is planned or has its snapshot. */
  advance(): Promise<void>;
}

const columns =
  'id, endpoint_id AS endpointId, project_id AS projectId, data, ref, reason, state, snapshot_id AS snapshotId, pipeline_id AS pipelineId, problem, created_at AS createdAt';

export function createRetrainingBook(deps: RetrainingDeps): RetrainingBook {
  const { store, clock, log, predictions, data, pipelines } = deps;
  const open = (): Retraining[] =>
    store.all<Retraining>(
      `SELECT ${columns} FROM retrainings WHERE state IN ('planned', 'snapshot') ORDER BY created_at`,
    );

  /** Puts the labelled pictures where data sets find them, and makes the snapshot. */
  const makeSnapshot = async (retraining: Retraining): Promise<void> => {
    const base = data.newest(retraining.data, retraining.projectId);
    if (base === null) throw new SetoError('core.not_found', { what: `data set ${retraining.data}` });
    const labelled = predictions.labelledPictures(retraining.endpointId, picturesAtOnce);
    const additions: Addition[] = [];
    for (const picture of labelled) {
      const extension = await copyPicture(deps.objects, picture);
      if (extension !== null) additions.push(additionOf(picture, extension));
    }
    const snapshotId =
      additions.length === 0
        ? base
        : await data.append({
            name: retraining.data,
            base,
            additions: withoutRepeats(additions),
            actor: 'system',
          });
    store.transaction(() => {
      predictions.inDataset(labelled, clock.now());
      store.run(
        "UPDATE retrainings SET state = 'snapshot', snapshot_id = ? WHERE id = ?",
        snapshotId,
        retraining.id,
      );
      deps.audit('system', 'retraining.snapshot', `retraining:${retraining.id}`, {
        snapshotId,
        pictures: additions.length,
      });
    });
  };

  const startPipeline = async (retraining: Retraining & { snapshotId: string }): Promise<void> => {
    const owner = deps.ownerOf(retraining.projectId);
    if (owner === null) throw new SetoError('core.not_found', { what: `project ${retraining.projectId}` });
    const { pipelineId } = await pipelines.startPipeline({
      projectId: retraining.projectId,
      ref: retraining.ref,
      source: 'trigger',
      userId: owner,
      variables: {
        SETO_RETRAIN_REASON: retraining.reason,
        [dataVariable(retraining.data)]: retraining.snapshotId,
      },
      idempotencyKey: retraining.id,
    });
    store.transaction(() => {
      store.run(
        "UPDATE retrainings SET state = 'started', pipeline_id = ? WHERE id = ?",
        pipelineId,
        retraining.id,
      );
      deps.audit('system', 'retraining.start', `retraining:${retraining.id}`, {
        pipelineId,
        reason: retraining.reason,
      });
    });
  };

  const advanceOne = async (retraining: Retraining): Promise<void> => {
    try {
      if (retraining.state === 'planned') await makeSnapshot(retraining);
      const row = store.get<Retraining>(`SELECT ${columns} FROM retrainings WHERE id = ?`, retraining.id);
      if (row?.snapshotId) await startPipeline({ ...row, snapshotId: row.snapshotId });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      log.error({ err: error, retraining: retraining.id }, 'a retraining could not be started');
      const final = error instanceof SetoError && !error.toBody('en').error.retryable;
      store.run(
        'UPDATE retrainings SET problem = ?, state = CASE WHEN ? THEN ? ELSE state END WHERE id = ?',
        problem,
        final ? 1 : 0,
        'failed',
        retraining.id,
      );
    }
  };

  return {
    plan: (intent) =>
      store.transaction(() => {
        const id = newId('retrain');
        const now = clock.now();
        store.run(
          "INSERT INTO retrainings (id, endpoint_id, project_id, data, ref, reason, state, created_at) VALUES (?, ?, ?, ?, ?, ?, 'planned', ?)",
          id,
          intent.endpointId,
          intent.projectId,
          intent.data,
          intent.ref,
          intent.reason,
          now,
        );
        deps.audit('system', 'retraining.plan', `retraining:${id}`, intent);
        return {
          id,
          ...intent,
          state: 'planned',
          snapshotId: null,
          pipelineId: null,
          problem: null,
          createdAt: now,
        };
      }),
    newest: (endpointId, limit) =>
      store.all<Retraining>(
        `SELECT ${columns} FROM retrainings WHERE endpoint_id = ? ORDER BY created_at DESC LIMIT ?`,
        endpointId,
        limit,
      ),
    advance: async () => {
      for (const retraining of open()) await advanceOne(retraining);
    },
  };
}

function additionOf(picture: LabelledPicture, extension: string): Addition {
  const { sha256, size, group, label } = picture;
  return { sha256, size, group, label, path: `feedback-${sha256.slice(0, 16)}.${extension}` };
}

/** One content has one label: of pictures sent twice, the newest label counts. */
function withoutRepeats(additions: readonly Addition[]): Addition[] {
  return [...new Map(additions.map((each) => [each.sha256, each])).values()];
}

/** Copies a picture out of its segment under its digest; its file extension, or null where it is not whole any more. */
async function copyPicture(objects: ObjectStore, picture: LabelledPicture): Promise<string | null> {
  const range = { first: picture.offset, last: picture.offset + picture.size - 1 };
  const source = await objects.get(segmentKey(picture.segment), range);
  if (source === null) return null;
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  // Bytes that a power cut took are gone; one such picture must not keep the others from being learnt.
  if (createHash('sha256').update(bytes).digest('hex') !== picture.sha256) return null;
  const key = blobKey(picture.sha256);
  if ((await objects.head(key)) === null)
    await objects.put(key, Readable.from([bytes]), { size: picture.size, sha256: picture.sha256 });
  return extensionOf(bytes);
}

/** By the first bytes, as pictures are told apart everywhere in Seto. */
function extensionOf(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return 'jpg';
  if (bytes.subarray(0, 4).toString('latin1') === '\x89PNG') return 'png';
  if (bytes.subarray(0, 2).toString('latin1') === 'BM') return 'bmp';
  return 'tiff';
}

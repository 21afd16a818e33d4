import type { Store } from '../store/store.ts';

export interface PredictionRow {
  id: string;
  endpointId: number;
  releaseId: string;
  modelDigest: string | null;
  at: number;
  reference: string | null;
  /** The part the picture shows, where it was given. */
  group: string | null;
  label: string;
  score: number;
  decision: string | null;
  /** JSON of picture statistics and scores, as the model server sent it. */
  statistics: string | null;
  picture: { sha256: string; size: number } | null;
  /** The stored segment that holds the picture, and where in it. */
  place: { segment: string; offset: number } | null;
}

/** A labelled picture on its way into a data set. */
export interface LabelledPicture {
  id: string;
  label: string;
  group: string | null;
  sha256: string;
  size: number;
  segment: string;
  offset: number;
}

/** Queries on predictions. Changes are called inside the caller's transaction. */
export interface PredictionRows {
  /** False where the id is known already. */
  insert(row: PredictionRow): boolean;
  exists(id: string, endpointId: number): boolean;
  /** The newest prediction with the caller's reference, made at or before `at`. */
  newestByReference(endpointId: number, reference: string, at: number): string | null;
  /** The newest label wins. */
  setFeedback(id: string, label: string, at: number): void;
  /** Whether the newest labelled predictions of a model were right, newest first. */
  outcomes(endpointId: number, modelDigest: string, limit: number): boolean[];
  /** Statistics of the newest predictions of a model. */
  statistics(endpointId: number, modelDigest: string, limit: number): string[];
  newLabels(endpointId: number): number;
  labelledPictures(endpointId: number, limit: number): LabelledPicture[];
  /** Marks those that still have the label they were taken in with; one labelled anew meanwhile waits for the next. */
  inDataset(taken: readonly { id: string; label: string }[], at: number): void;
  /** All predictions; those since a time, and how many of these were unsure. */
  counts(endpointId: number, since: number): { total: number; lastDay: number; unsure: number };
  newest(endpointId: number, limit: number): NewestRow[];
}

export interface NewestRow {
  id: string;
  at: number;
  releaseId: string;
  reference: string | null;
  label: string;
  score: number;
  decision: string | null;
  feedback: string | null;
}

export function createPredictionRows(store: Store): PredictionRows {
  return {
    insert: (row) =>
      store.run(
        'INSERT OR IGNORE INTO predictions (id, endpoint_id, release_id, model_digest, at, reference, part, label, score, decision, statistics, picture_sha256, picture_size, segment, picture_offset) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        row.id,
        row.endpointId,
        row.releaseId,
        row.modelDigest,
        row.at,
        row.reference,
        row.group,
        row.label,
        row.score,
        row.decision,
        row.statistics,
        row.picture?.sha256 ?? null,
        row.picture?.size ?? null,
        row.place?.segment ?? null,
        row.place?.offset ?? null,
      ).changes > 0,
    exists: (id, endpointId) =>
      store.get('SELECT id FROM predictions WHERE id = ? AND endpoint_id = ?', id, endpointId) !== undefined,
    newestByReference: (endpointId, reference, at) =>
      store.get<{ id: string }>(
        'SELECT id FROM predictions WHERE endpoint_id = ? AND reference = ? AND at <= ? ORDER BY at DESC LIMIT 1',
        endpointId,
        reference,
        at,
      )?.id ?? null,
    setFeedback: (id, label, at) => {
      store.run(
        'UPDATE predictions SET feedback = ?, feedback_at = ?, dataset_at = CASE WHEN feedback IS ? THEN dataset_at END WHERE id = ? AND (feedback_at IS NULL OR feedback_at <= ?)',
        label,
        at,
        label,
        id,
        at,
      );
    },
    outcomes: (endpointId, modelDigest, limit) =>
      store
        .all<{ hit: number }>(
          'SELECT label = feedback AS hit FROM predictions WHERE endpoint_id = ? AND feedback IS NOT NULL AND model_digest = ? ORDER BY feedback_at DESC LIMIT ?',
          endpointId,
          modelDigest,
          limit,
        )
        .map(({ hit }) => hit === 1),
    statistics: (endpointId, modelDigest, limit) =>
      store
        .all<{ statistics: string }>(
          'SELECT statistics FROM predictions WHERE endpoint_id = ? AND model_digest = ? AND statistics IS NOT NULL ORDER BY at DESC LIMIT ?',
          endpointId,
          modelDigest,
          limit,
        )
        .map(({ statistics }) => statistics),
    newLabels: (endpointId) =>
      store.get<{ n: number }>(
        'SELECT count(*) AS n FROM predictions WHERE endpoint_id = ? AND feedback IS NOT NULL AND dataset_at IS NULL AND segment IS NOT NULL',
        endpointId,
      )?.n ?? 0,
    labelledPictures: (endpointId, limit) =>
      store.all<LabelledPicture>(
        'SELECT id, feedback AS label, part AS "group", picture_sha256 AS sha256, picture_size AS size, segment, picture_offset AS offset FROM predictions WHERE endpoint_id = ? AND feedback IS NOT NULL AND dataset_at IS NULL AND segment IS NOT NULL ORDER BY feedback_at, id LIMIT ?',
        endpointId,
        limit,
      ),
    inDataset: (taken, at) => {
      for (const { id, label } of taken)
        store.run('UPDATE predictions SET dataset_at = ? WHERE id = ? AND feedback = ?', at, id, label);
    },
    counts: (endpointId, since) => {
      const all = store.get<{ total: number }>(
        'SELECT count(*) AS total FROM predictions WHERE endpoint_id = ?',
        endpointId,
      );
      const recent = store.get<{ lastDay: number; unsure: number }>(
        "SELECT count(*) AS lastDay, coalesce(sum(decision = 'unsure'), 0) AS unsure FROM predictions WHERE endpoint_id = ? AND at >= ?",
        endpointId,
        since,
      );
      return { total: all?.total ?? 0, lastDay: recent?.lastDay ?? 0, unsure: recent?.unsure ?? 0 };
    },
    newest: (endpointId, limit) =>
      store.all<NewestRow>(
        'SELECT id, at, release_id AS releaseId, reference, label, score, decision, feedback FROM predictions WHERE endpoint_id = ? ORDER BY at DESC LIMIT ?',
        endpointId,
        limit,
      ),
  };
}

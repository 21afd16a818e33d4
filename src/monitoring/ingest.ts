import type { Readable } from 'node:stream';
import * as z from 'zod';
import type { SpoolRecord } from '../api/contract/gateway.ts';
import type { Clock } from '../shared/clock.ts';
import type { Log } from '../shared/log.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Store } from '../store/store.ts';
import type { FeedbackBook } from './feedback.ts';
import type { PredictionRows } from './prediction-rows.ts';
import { readSegment } from './segment-reader.ts';

/** Whose a release is; deployments answer it. */
export interface ReleaseBook {
  release(id: string): { endpointId: number; modelDigest: string | null } | null;
  endpointByName(name: string): { id: number } | null;
}

export interface IngestDeps {
  store: Store;
  objects: ObjectStore;
  clock: Clock;
  log: Log;
  predictions: PredictionRows;
  feedback: FeedbackBook;
  releases: ReleaseBook;
}

const answerSchema = z.object({
  label: z.string(),
  score: z.number(),
  decision: z.string().nullish(),
});

/** Rows of one transaction: more would hold the database for longer than a hand-out may wait. */
const batchRows = 500;

export const segmentKey = (segment: string): string => `predictions/${segment}`;

/**
 * Takes one segment of the gateway's spool. Pictures are stored first, as one object, then rows; sent again it
 * changes nothing, so the gateway may repeat it until it hears that all is kept.
 */
export async function ingestSegment(
  deps: IngestDeps,
  body: Readable,
): Promise<{ predictions: number; feedback: number; endpoints: Set<number> }> {
  const { header, records, skipped, pictures } = await readSegment(body);
  const { segment, pictureBytes } = header;
  if (skipped > 0) deps.log.warn({ segment, skipped }, 'lines of a spool segment were not readable');
  if (pictureBytes > 0) await deps.objects.put(segmentKey(segment), pictures, { size: pictureBytes });
  else pictures.resume();
  const counts = { predictions: 0, feedback: 0, endpoints: new Set<number>() };
  for (let at = 0; at < records.length; at += batchRows) {
    const batch = records.slice(at, at + batchRows);
    deps.store.transaction(() => {
      if (at === 0 && pictureBytes > 0)
        deps.store.run(
          'INSERT OR IGNORE INTO prediction_segments (name, bytes, newest_at) VALUES (?, ?, ?)',
          segment,
          pictureBytes,
          deps.clock.now(),
        );
      for (const record of batch) {
        const endpointId = keep(deps, segment, pictureBytes, record);
        if (endpointId === null) continue;
        counts[record.kind === 'prediction' ? 'predictions' : 'feedback'] += 1;
        counts.endpoints.add(endpointId);
      }
    });
  }
  return counts;
}

/** Keeps one record; the endpoint it belongs to, or null where that is gone or the answer is not a classification. */
function keep(deps: IngestDeps, segment: string, pictureBytes: number, record: SpoolRecord): number | null {
  if (record.kind === 'feedback') {
    const endpoint = deps.releases.endpointByName(record.endpoint);
    if (endpoint === null) return null;
    const { id, predictionId, reference, label, by, at } = record;
    deps.feedback.add({ id, endpointId: endpoint.id, predictionId, reference, label, by, at });
    return endpoint.id;
  }
  const release = deps.releases.release(record.releaseId);
  const answer = answerSchema.safeParse(record.answer);
  if (release === null || !answer.success) return null;
  const { endpointId, modelDigest } = release;
  const { picture } = record;
  const whole = picture !== null && picture.offset !== null && picture.offset + picture.size <= pictureBytes;
  const isNew = deps.predictions.insert({
    id: record.id,
    endpointId,
    releaseId: record.releaseId,
    modelDigest,
    at: record.at,
    reference: record.reference,
    group: record.group,
    label: answer.data.label,
    score: answer.data.score,
    decision: answer.data.decision ?? null,
    statistics: decodeStatistics(record.statistics),
    picture: picture === null ? null : { sha256: picture.sha256, size: picture.size },
    place: whole && picture.offset !== null ? { segment, offset: picture.offset } : null,
  });
  if (isNew)
    deps.feedback.predictionArrived({
      id: record.id,
      endpointId,
      reference: record.reference,
      at: record.at,
    });
  return endpointId;
}

/** The header is base64url of JSON; kept as JSON, checked when drift reads it. */
function decodeStatistics(header: string | null): string | null {
  if (header === null) return null;
  const text = Buffer.from(header, 'base64url').toString('utf8');
  return text.startsWith('{') ? text : null;
}

import type { Clock } from '../shared/clock.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Store } from '../store/store.ts';
import { segmentKey } from './ingest.ts';

export interface RetentionRules {
  days: number;
  /** Gigabytes (10^9 bytes) of pictures. */
  maxGb: number;
}

/** Rows removed at once: more would hold the database for longer than a hand-out may wait. */
const rowsAtOnce = 2000;

/**
 * Forgets what `predictions: { days, maxGb }` says: whole segments of pictures, the oldest first, and unlabelled rows
 * that are older than `days`. A segment with a labelled picture that no data set has yet stays; feedback stays.
 */
export async function forgetOld(
  store: Store,
  objects: ObjectStore,
  clock: Clock,
  rules: RetentionRules,
): Promise<{ segments: number; rows: number }> {
  const before = clock.now() - rules.days * 86_400_000;
  const all = store.all<{ name: string; bytes: number; newest_at: number }>(
    'SELECT name, bytes, newest_at FROM prediction_segments ORDER BY newest_at',
  );
  let bytes = all.reduce((sum, each) => sum + each.bytes, 0);
  let segments = 0;
  for (const segment of all) {
    if (segment.newest_at >= before && bytes <= rules.maxGb * 1e9) break;
    const needed = store.get(
      'SELECT 1 FROM predictions WHERE segment = ? AND feedback IS NOT NULL AND dataset_at IS NULL LIMIT 1',
      segment.name,
    );
    if (needed !== undefined) continue;
    store.transaction(() => {
      store.run(
        'UPDATE predictions SET segment = NULL, picture_offset = NULL WHERE segment = ?',
        segment.name,
      );
      store.run('DELETE FROM prediction_segments WHERE name = ?', segment.name);
    });
    await objects.delete(segmentKey(segment.name));
    bytes -= segment.bytes;
    segments += 1;
  }
  let rows = 0;
  for (;;) {
    const { changes } = store.run(
      'DELETE FROM predictions WHERE id IN (SELECT id FROM predictions WHERE endpoint_id IN (SELECT id FROM endpoints) AND at < ? AND feedback IS NULL AND segment IS NULL LIMIT ?)',
      before,
      rowsAtOnce,
    );
    rows += changes;
    if (changes < rowsAtOnce) return { segments, rows };
    await clock.sleep(10);
  }
}

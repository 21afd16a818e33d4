import type { NodeRow } from './node-rows.ts';

/** A node that ends sooner after enrolling has done nothing but fail. */
const stillbornMs = 60_000;
/** The first wait, doubled with each further failure. Smaller, and a broken pool burns the budget on boots. */
const firstMs = 5000;
/** Larger, and a pool that was mended stays idle for no reason. */
const longestMs = 600_000;

/**
 * How long a pool must wait before it starts another node: it grows while its nodes keep failing. `ended` holds the
 * latest ended nodes, newest first.
 */
export function startDelayMs(ended: readonly NodeRow[], now: number): number {
  const good = ended.findIndex((node) => !failed(node));
  const failures = good < 0 ? ended.length : good;
  const [latest] = ended;
  if (failures === 0 || latest === undefined) return 0;
  const wait = Math.min(longestMs, firstMs * 2 ** (failures - 1));
  const since = now - (latest.endedAt ?? now);
  // A clock that was set back must not stretch the wait.
  return since < 0 ? 0 : Math.max(0, wait - since);
}

function failed({ endReason, enrolledAt, endedAt }: NodeRow): boolean {
  if (endReason === 'boot_timeout') return true;
  if (endReason !== 'failed' && endReason !== 'lost') return false;
  return enrolledAt === null || (endedAt ?? enrolledAt) - enrolledAt < stillbornMs;
}

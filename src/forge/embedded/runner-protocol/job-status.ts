import type { JobRow } from '../job-rows.ts';

/** What a runner is told about its job with every reply (`Job-Status`): a cancel in the form it understands. */
export function jobStatusHeader(row: JobRow): string {
  if (row.status !== 'canceling') return row.status;
  return row.graceful === 1 ? 'canceling' : 'canceled';
}

import type { CostBreakdown, CostInterval } from '../../api/contract/costs.ts';
import { csvText } from './csv-text.ts';

/** One row an interval; times in ISO 8601, the price unrounded. */
export function intervalsCsv(intervals: readonly CostInterval[]): string {
  return csvText(
    ['node', 'pool', 'vm', 'simulated', 'from', 'to', 'ms', 'yenPerHour', 'source', 'kind', 'corrected'],
    intervals.map((each) => [
      each.nodeId,
      each.pool,
      each.vm,
      each.simulated,
      new Date(each.from).toISOString(),
      new Date(each.to).toISOString(),
      each.to - each.from,
      each.unitPrice,
      each.source,
      each.kind,
      each.corrected,
    ]),
  );
}

/** One row a part of the bill; amounts unrounded, and exact beside it (divide by 3.6·10¹⁵). */
export function breakdownCsv({ rows }: CostBreakdown): string {
  return csvText(
    [
      'kind',
      'id',
      'name',
      'project',
      'simulated',
      'workMs',
      'waitMs',
      'hours',
      'yenPerHour',
      'yen',
      'exact',
      'expectedYen',
      'mostYen',
      'differenceYen',
    ],
    rows.map((row) => [
      row.kind,
      row.id,
      row.name,
      row.project,
      row.simulated,
      row.workMs,
      row.waitMs,
      row.quantity,
      row.unitPrice,
      row.amount.yen,
      row.amount.exact,
      row.expected?.yen ?? null,
      row.most?.yen ?? null,
      row.difference?.yen ?? null,
    ]),
  );
}

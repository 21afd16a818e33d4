import type { CostBreakdown, CostInterval, CostReport } from '../../api/contract/costs.ts';
import { monthSpan } from '../../cost/calendar.ts';
import type { ComparedItem, CostItem } from '../../cost/compare-items.ts';
import { isPhraseKey, say } from '../../shared/text.ts';
import { type Cli, table } from '../cli.ts';
import { factor, printKinds, round } from './money-text.ts';
import type { Comparison } from './report.ts';

const seconds = (ms: number): string => (ms / 1000).toFixed(1);
const hours = (ms: number | null): string => (ms === null ? '' : (ms / 3_600_000).toFixed(4));

const priced = (value: number | null, least: number): string => (value === null ? '' : factor(value, least));

/** Corrections listed one by one; a provider that rounds every node would fill the screen. */
const correctionsListed = 10;

function wallClock(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
}

/** The bill as text; `intervals` null where they are counted instead of listed. */
export function printReport(cli: Cli, report: CostReport, intervals: CostInterval[] | null): void {
  const { lang } = cli;
  cli.print(say(lang, 'cost.month', { month: report.month, timeZone: report.timeZone }));
  if (report.items.length === 0) cli.print(say(lang, 'cost.nothing'));
  if (intervals === null)
    for (const item of report.items.filter((each) => each.nodes > 0))
      cli.print(
        `  ${say(lang, 'cost.intervals.many', { pool: item.name, price: factor(item.unitPrice, 2), count: item.nodes, running: item.running })}`,
      );
  else if (intervals.length > 0) printIntervals(cli, report.timeZone, intervals);
  for (const item of report.items) {
    const kind = item.simulated ? ` (${say(lang, 'pool.simulated')})` : '';
    const values = {
      formula: item.formula,
      quantity: factor(item.quantity, 4),
      unit: say(lang, `cost.unit.${item.unit}`),
      price: factor(item.unitPrice, 2),
    };
    cli.print(`${item.name}${kind}  ${say(lang, 'cost.item', values)} = ${item.amount.yen.toFixed(2)}`);
    for (const [n, time] of Object.entries(item.nodeHours))
      cli.print(`  ${say(lang, 'cost.times', { n, hours: factor(time, 4) })}`);
    if (item.allMonth) cli.print(`  ${say(lang, 'cost.all_month', { yen: round(item.allMonth.yen) })}`);
  }
  printCorrections(cli, report);
  printKinds(cli, report.kinds, report.until >= monthSpan(report.month, report.timeZone).to);
}

function printIntervals({ lang, print }: Cli, timeZone: string, intervals: readonly CostInterval[]): void {
  print(say(lang, 'cost.intervals'));
  const clock = wallClock(timeZone);
  for (const line of table(
    intervals.map((each) => [
      `  ${each.nodeId}`,
      each.pool,
      `${clock.format(each.from)} – ${clock.format(each.to)}`,
      `${seconds(each.to - each.from)} s`,
      each.source === 'running' ? say(lang, 'cost.running') : say(lang, `cost.source.${each.source}`),
      each.simulated ? say(lang, 'pool.simulated') : '',
      each.kind === null || each.kind === 'paid' ? '' : say(lang, `cost.kind_of.${each.kind}`),
    ]),
  ))
    print(line);
}

function printCorrections({ lang, print }: Cli, { corrections }: CostReport): void {
  if (corrections.count === 0) return;
  print(say(lang, 'cost.corrections', { count: corrections.count }));
  for (const each of corrections.latest.slice(0, correctionsListed))
    print(
      `  ${say(lang, 'cost.correction', {
        node: each.nodeId,
        before: seconds(each.was.to - each.was.from),
        after: seconds(each.is.to - each.is.from),
        yen: signed(each.difference.yen),
        reason: each.reason,
      })}`,
    );
}

const signed = (yen: number): string => `${yen > 0 ? '+' : ''}${yen.toFixed(2)}`;

/** Whose money the month's is. */
export function printBreakdown({ lang, print }: Cli, breakdown: CostBreakdown): void {
  print(say(lang, 'cost.by.title', { by: say(lang, `cost.by.${breakdown.by}`) }));
  const items = breakdown.by === 'item';
  const shares = breakdown.rows.some(({ workMs }) => workMs !== null);
  const expected = breakdown.rows.some((row) => row.expected !== null);
  const head = [
    '',
    '',
    ...(items ? [say(lang, 'cost.column.hours'), say(lang, 'cost.column.price')] : []),
    say(lang, 'cost.column.yen'),
    ...(shares ? [say(lang, 'cost.column.work'), say(lang, 'cost.column.wait')] : []),
    ...(expected
      ? [
          say(lang, 'cost.column.expected'),
          say(lang, 'cost.column.most'),
          say(lang, 'cost.column.difference'),
        ]
      : []),
  ];
  const rows = breakdown.rows.map((row) => [
    `  ${rowName(lang, row)}`,
    row.simulated ? say(lang, 'pool.simulated') : '',
    ...(items ? [priced(row.quantity, 4), priced(row.unitPrice, 2)] : []),
    row.amount.yen.toFixed(2),
    ...(shares ? [hours(row.workMs), hours(row.waitMs)] : []),
    ...(expected
      ? [
          row.expected?.yen.toFixed(2) ?? '',
          row.most?.yen.toFixed(2) ?? '',
          row.difference ? signed(row.difference.yen) : '',
        ]
      : []),
  ]);
  for (const line of table([head, ...rows])) print(line);
}

function rowName(lang: Cli['lang'], row: CostBreakdown['rows'][number]): string {
  if (row.kind === 'rest') return say(lang, 'cost.row.rest', { count: row.name });
  if (row.kind === 'none' || row.kind === 'fixed' || row.kind === 'others')
    return say(lang, `cost.row.${row.kind}`);
  return row.kind === 'job' ? `${row.id} ${row.name} (${row.project ?? '?'})` : row.name;
}

/** Estimate and bill side by side: T_n, unit price, yen. */
export function printComparison(cli: Cli, report: CostReport, comparisons: readonly Comparison[]): void {
  const { lang, print } = cli;
  for (const { simulated, items, estimatedYen, billedYen } of comparisons) {
    const kind = say(lang, simulated ? 'cost.kind.simulated' : 'cost.kind.real');
    print(say(lang, 'cost.compare.title', { kind }));
    for (const line of table([
      [
        '',
        say(lang, 'cost.compare.estimated'),
        say(lang, 'cost.compare.billed'),
        say(lang, 'cost.column.difference'),
      ],
      ...items.map((item) => [
        `  ${item.name}`,
        sideText(cli, item.estimated),
        sideText(cli, item.billed),
        `${signed(item.difference.yen)}${onlyText(cli, item)}`,
      ]),
      [
        `  ${say(lang, 'cost.compare.total')}`,
        round(estimatedYen),
        round(billedYen),
        signed(billedYen - estimatedYen),
      ],
    ]))
      print(line);
    for (const { name, estimated, billed } of items) {
      const times = [...new Set([...keysOf(estimated), ...keysOf(billed)])].sort(
        (a, b) => Number(a) - Number(b),
      );
      for (const n of times)
        print(
          `  ${name}  T_${n}: ${(estimated?.nodeHours?.[n] ?? 0).toFixed(4)} h → ${(billed?.nodeHours?.[n] ?? 0).toFixed(4)} h`,
        );
    }
  }
  if (report.until < monthSpan(report.month, report.timeZone).to)
    print(say(lang, 'cost.compare.open', { until: wallClock(report.timeZone).format(report.until) }));
}

const keysOf = (item: CostItem | null): string[] => Object.keys(item?.nodeHours ?? {});

function sideText({ lang }: Cli, item: CostItem | null): string {
  if (item === null) return '–';
  const key = `cost.unit.${item.unit}`;
  const unit = isPhraseKey(key) ? say(lang, key) : item.unit;
  return `${factor(item.quantity)} ${unit} × ${factor(item.unitPrice)} = ${round(item.yen)}`;
}

function onlyText({ lang }: Cli, item: ComparedItem): string {
  if (item.billed === null) return ` (${say(lang, 'cost.compare.only_estimated')})`;
  return item.estimated === null ? ` (${say(lang, 'cost.compare.only_billed')})` : '';
}

import type { Command } from 'commander';
import { type CostReport, costReport } from '../../api/contract/costs.ts';
import { say } from '../../shared/text.ts';
import { type Cli, table } from '../cli.ts';
import { factor, printKinds, round } from './money-text.ts';

/** `seto cost report` */
export function registerReport(cost: Command, cli: Cli): void {
  cost
    .command('report')
    .description('the bill: intervals, T_n, formula (1) in yen, forecast')
    .option('--month <YYYY-MM>', 'default: this month')
    .option('--csv <file>', 'also write the intervals to a file')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto cost report --month 2026-11')
    .action(async (options: { month?: string; csv?: string; json?: true }) => {
      const query = options.month === undefined ? {} : { month: options.month };
      const report = await (await cli.client()).call(costReport, { query });
      if (options.csv !== undefined) {
        const { writeFile } = await import('node:fs/promises');
        await writeFile(options.csv, intervalsCsv(report));
      }
      if (options.json) cli.json(report);
      else printReport(cli, report);
    });
}

function printReport(cli: Cli, report: CostReport): void {
  const { lang } = cli;
  cli.print(say(lang, 'cost.month', { month: report.month, timeZone: report.timeZone }));
  if (report.items.length === 0) cli.print(say(lang, 'cost.nothing'));
  if (report.intervals.length > 0) cli.print(say(lang, 'cost.intervals'));
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: report.timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  for (const line of table(
    report.intervals.map((each) => [
      `  ${each.nodeId}`,
      each.pool,
      `${clock.format(each.from)} – ${clock.format(each.to)}`,
      `${((each.to - each.from) / 1000).toFixed(1)} s`,
      each.source === 'running' ? say(lang, 'cost.running') : say(lang, `cost.source.${each.source}`),
      each.simulated ? say(lang, 'pool.simulated') : '',
    ]),
  ))
    cli.print(line);
  for (const item of report.items) {
    const kind = item.simulated ? ` (${say(lang, 'pool.simulated')})` : '';
    const values = {
      formula: item.formula,
      quantity: item.quantity.toFixed(4),
      unit: say(lang, `cost.unit.${item.unit}`),
      price: factor(item.unitPrice, 2),
    };
    cli.print(`${item.name}${kind}  ${say(lang, 'cost.item', values)} = ${item.amount.yen.toFixed(2)}`);
    for (const [n, hours] of Object.entries(item.nodeHours))
      cli.print(`  ${say(lang, 'cost.times', { n, hours: hours.toFixed(4) })}`);
    if (item.allMonth) cli.print(`  ${say(lang, 'cost.all_month', { yen: round(item.allMonth.yen) })}`);
  }
  printKinds(cli, report.kinds);
}

/** RFC 4180; times in ISO 8601. No cell can hold a comma, a quote or a formula: ids and pool names cannot. */
function intervalsCsv(report: CostReport): string {
  const rows = report.intervals.map((each) =>
    [
      each.nodeId,
      each.pool,
      each.vm ?? '',
      each.simulated,
      new Date(each.from).toISOString(),
      new Date(each.to).toISOString(),
      each.to - each.from,
      each.source,
    ].join(','),
  );
  return ['node,pool,vm,simulated,from,to,ms,source', ...rows, ''].join('\r\n');
}

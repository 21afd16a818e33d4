import type { Command } from 'commander';
import { type CostReport, costReport, setBudget, showBudget } from '../api/contract/costs.ts';
import { fault } from '../shared/errors.ts';
import { say } from '../shared/text.ts';
import { type Cli, table } from './cli.ts';

/** `seto cost …` */
export function register(program: Command, cli: Cli): void {
  const cost = program.command('cost').description('What the month costs, may cost and would cost');
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
  const budget = cost
    .command('budget')
    .description('the month’s limit and where the month stands')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto cost budget\n  seto cost budget set 30000')
    .action(async (options: { json?: true }) => {
      const shown = await (await cli.client()).call(showBudget);
      if (options.json) return cli.json(shown);
      cli.print(
        say(cli.lang, 'cost.budget', {
          yen: shown.yenPerMonth,
          source: shown.source,
          mode: shown.mode,
          tax: shown.taxRate * 100,
        }),
      );
      for (const { project, yenPerMonth } of shown.projects)
        cli.print(`  ${say(cli.lang, 'cost.budget.project', { project, yen: yenPerMonth })}`);
      printKinds(cli, shown.kinds);
    });
  budget
    .command('set')
    .description('set the limit of a month (administrators)')
    .argument('<yen>', 'yen a month, tax included')
    .addHelpText('after', '\nExample:\n  seto cost budget set 30000')
    .action(async (text: string) => {
      const yenPerMonth = Number(text);
      if (!/^\d+(\.\d+)?$/.test(text) || !Number.isFinite(yenPerMonth))
        throw fault('core.usage', {
          what: say(cli.lang, 'usage.bad_value', {
            name: 'yen',
            given: text,
            expected: say(cli.lang, 'usage.yen'),
          }),
          command: 'seto cost budget set',
        });
      const shown = await (await cli.client()).call(setBudget, { body: { yenPerMonth } });
      printKinds(cli, shown.kinds);
    });
  cost
    .command('prices')
    .description('the price book that ships with this version; works offline')
    .option('--region <region>', 'japaneast, japanwest or eastus', 'japaneast')
    .option('--match <text>', 'only sizes whose name holds this')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto cost prices --match F4s')
    .action(async (options: { region: string; match?: string; json?: true }) => {
      const { findVmPrice, priceBook, vmPrices } = await import('../cost/price-book.ts');
      const look = findVmPrice('', options.region);
      if (!look.found && look.missing === 'region')
        throw fault('cost.unknown_vm', { vm: '*', region: options.region, nearest: look.nearest.join(', ') });
      const wanted = (options.match ?? '').toLowerCase();
      const prices = vmPrices(options.region).filter(({ vm }) => vm.toLowerCase().includes(wanted));
      if (options.json) return cli.json({ ...priceBook, region: options.region, prices });
      cli.print(say(cli.lang, 'cost.prices', { date: priceBook.date, source: priceBook.source }));
      for (const line of table(prices.map(({ vm, usdPerHour }) => [vm, String(usdPerHour)]))) cli.print(line);
    });
  cost
    .command('estimate')
    .description('a scenario file by formulas (1) to (4); works offline; exit 4 when past its budget')
    .argument('<file>')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto cost estimate scenario.yaml --json')
    .action(async (file: string, options: { json?: true }) => {
      const [{ readYamlConfig }, { estimate, scenarioSchema }] = await Promise.all([
        import('../shared/yaml-config.ts'),
        import('../cost/scenario.ts'),
      ]);
      const result = estimate(readYamlConfig(file, scenarioSchema));
      if (options.json) cli.json(result);
      else {
        for (const line of table(
          result.items.map((item) => [
            item.name,
            item.formula,
            `${factor(item.quantity)} ${say(cli.lang, `cost.unit.${item.unit}`)} × ${factor(item.unitPrice)}`,
            round(item.yen),
          ]),
        ))
          cli.print(line);
        cli.print(say(cli.lang, 'cost.estimate.total', { yen: round(result.total) }));
        cli.print(`${say(cli.lang, 'cost.assumptions')}: ${result.assumptions.join('; ')}`);
      }
      if (result.withinBudget === false)
        throw fault('cost.over_budget', { total: round(result.total), budget: result.budget ?? 0 });
      if (result.budget !== null && !options.json)
        cli.print(say(cli.lang, 'cost.estimate.within', { yen: result.budget }));
    });
}

const round = (yen: number): string => yen.toFixed(1);

/** What is multiplied is not rounded as the yen are: a reader must come to the same product. */
const factor = (value: number, least = 1): string =>
  value.toLocaleString('en-US', {
    useGrouping: false,
    minimumFractionDigits: least,
    maximumFractionDigits: 4,
  });

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

/** The standing of each kind that has anything; the real one always. */
function printKinds({ lang, print }: Cli, kinds: CostReport['kinds']): void {
  for (const kind of kinds) {
    if (kind.simulated && kind.committed.yen === 0) continue;
    print(
      say(lang, 'cost.total', {
        kind: say(lang, kind.simulated ? 'cost.kind.simulated' : 'cost.kind.real'),
        spent: round(kind.spent.yen),
        tax: round(kind.tax.yen),
        total: round(kind.total.yen),
      }),
    );
    const percent = kind.budget.yen === 0 ? 100 : (100 * kind.committed.yen) / kind.budget.yen;
    print(
      `  ${say(lang, 'cost.standing', {
        kept: round(kind.kept.yen),
        committed: round(kind.committed.yen),
        budget: String(kind.budget.yen),
        percent: percent.toFixed(1),
      })}`,
    );
    const { yen, lowYen, highYen } = kind.forecast;
    print(`  ${say(lang, 'cost.forecast', { yen: round(yen), low: round(lowYen), high: round(highYen) })}`);
  }
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

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, Option } from 'commander';
import {
  breakdownBy,
  type CostBreakdown,
  type CostInterval,
  type CostReport,
  costBreakdown,
  costReport,
} from '../../api/contract/costs.ts';
import { type ComparedItem, compareItems } from '../../cost/compare-items.ts';
import type { Cli } from '../cli.ts';
import { allIntervals } from './all-intervals.ts';
import { printBreakdown, printComparison, printReport } from './print-report.ts';
import { breakdownCsv, intervalsCsv } from './report-csv.ts';

interface Options {
  month?: string;
  by?: (typeof breakdownBy)[number];
  estimate?: string;
  intervals?: true;
  csv?: string;
  json?: true;
}

/** Estimate and bill of one kind of money; the two kinds are never added. */
export interface Comparison {
  simulated: boolean;
  items: ComparedItem[];
  estimatedYen: number;
  billedYen: number;
}

/** So few intervals are listed without being asked for; more would push the sums off the screen. */
const intervalsListed = 20;

/** Rows of a breakdown on the screen; what they leave stands in one more. */
const rowsListed = 50;

/** In a file: all that a month can have. */
const rowsInFile = 100_000;

/** `seto cost report` */
export function registerReport(cost: Command, cli: Cli): void {
  cost
    .command('report')
    .description('the bill: T_n, formula (1) in yen, corrections, forecast; whose money it is')
    .option('--month <YYYY-MM>', 'default: this month')
    .addOption(new Option('--by <what>', 'whose money it is').choices(breakdownBy))
    .option('--estimate <file>', 'a scenario beside the bill, with the difference')
    .option('--intervals', 'list every interval')
    .option('--csv <file>', 'also write the intervals, or with --by that table, to a file')
    .option('--json')
    .addHelpText(
      'after',
      '\nExamples:\n  seto cost report --month 2026-11 --by project\n  seto cost report --estimate scenario.yaml',
    )
    .action((options: Options) => report(cli, options));
}

async function report(cli: Cli, options: Options): Promise<void> {
  // Read first: a mistake in it should not wait for the platform.
  const scenario = options.estimate === undefined ? null : await readEstimate(cli, options.estimate);
  const client = await cli.client();
  const shown = await client.call(costReport, {
    query: options.month === undefined ? {} : { month: options.month },
  });
  const { month } = shown;
  const breakdown =
    options.by === undefined
      ? null
      : await client.call(costBreakdown, {
          query: {
            month,
            by: options.by,
            limit: options.csv === undefined ? rowsListed : rowsInFile,
          },
        });
  const count = shown.items.reduce((sum, item) => sum + item.nodes, 0);
  const listed =
    options.intervals === true ||
    (options.csv !== undefined && breakdown === null) ||
    (options.json !== true && count <= intervalsListed);
  const intervals = listed ? await Array.fromAsync(allIntervals(client, month)) : null;
  if (options.csv !== undefined)
    await write(cli, options.csv, breakdown ? breakdownCsv(breakdown) : intervalsCsv(intervals ?? []));
  const comparisons = scenario === null ? null : compare(scenario, shown);
  if (options.json) cli.json(document(shown, options.intervals ? intervals : null, breakdown, comparisons));
  else {
    printReport(cli, shown, options.intervals || count <= intervalsListed ? intervals : null);
    if (breakdown) printBreakdown(cli, breakdown);
    if (comparisons) printComparison(cli, shown, comparisons);
  }
}

function document(
  shown: CostReport,
  intervals: CostInterval[] | null,
  breakdown: CostBreakdown | null,
  comparisons: Comparison[] | null,
): object {
  return {
    ...shown,
    ...(intervals ? { intervals } : {}),
    ...(breakdown ? { breakdown } : {}),
    ...(comparisons ? { comparison: comparisons } : {}),
  };
}

async function readEstimate(cli: Cli, file: string) {
  const scenario = path.resolve(cli.cwd, file);
  const [{ readYamlConfig }, { scenarioBook }, { estimate }, { scenarioSchemaFor }] = await Promise.all([
    import('../../shared/yaml-config.ts'),
    import('../../prices/scenario-book.ts'),
    import('../../cost/estimate/estimate.ts'),
    import('../../cost/estimate/scenario.ts'),
  ]);
  const book = scenarioBook(scenario, undefined);
  return estimate(readYamlConfig(scenario, scenarioSchemaFor(book)), book);
}

/** The estimate beside each kind of money that the month has; beside the real one where it has none. */
function compare(scenario: Awaited<ReturnType<typeof readEstimate>>, shown: CostReport): Comparison[] {
  const kinds = shown.kinds.filter(({ simulated }) =>
    shown.items.some((item) => item.simulated === simulated),
  );
  return (kinds.length > 0 ? kinds : shown.kinds.slice(0, 1)).map((kind) => {
    const billed = shown.items
      .filter(({ simulated }) => simulated === kind.simulated)
      .map((item) => ({ ...item, yen: item.amount.yen }));
    const tax = {
      name: 'tax',
      formula: 'tax',
      quantity: kind.spent.yen === 0 ? 0 : kind.tax.yen / kind.spent.yen,
      unit: 'piece',
      unitPrice: kind.spent.yen,
      yen: kind.tax.yen,
    };
    return {
      simulated: kind.simulated,
      items: compareItems(scenario.items, kind.tax.yen > 0 ? [...billed, tax] : billed),
      estimatedYen: scenario.total,
      billedYen: kind.total.yen,
    };
  });
}

async function write(cli: Cli, file: string, text: string): Promise<void> {
  await writeFile(path.resolve(cli.cwd, file), text);
}

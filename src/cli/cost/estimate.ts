import { type Command, InvalidArgumentError } from 'commander';
import type { Scenario } from '../../cost/estimate/scenario.ts';
import type { PriceBook } from '../../cost/prices/price-book.ts';
import { fault } from '../../shared/errors.ts';
import { say } from '../../shared/text.ts';
import type { Cli } from '../cli.ts';
import { badValue } from '../usage.ts';
import { round } from './money-text.ts';

interface Options {
  prices?: string;
  json?: true;
  simulate?: true;
  seed: number;
  months: number;
}

/** `seto cost estimate` */
export function registerEstimate(cost: Command, cli: Cli): void {
  cost
    .command('estimate')
    .description('a scenario file by formulas (1) to (4); works offline; exit 4 when past its budget')
    .argument('<file>')
    .option('--prices <file>', 'a price sheet, or a book saved by seto cost prices --json > FILE')
    .option('--simulate', 'play months of the workload too, and show both side by side')
    .option('--seed <n>', 'of the first simulated month', whole(0, 4_294_967_295), 1)
    .option('--months <n>', 'how many to simulate', whole(1, 1000), 20)
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto cost estimate scenario.yaml --simulate')
    .action(async (file: string, options: Options) => {
      const [{ readYamlConfig }, { scenarioBook }, { estimate }, { scenarioSchemaFor }, text] =
        await Promise.all([
          import('../../shared/yaml-config.ts'),
          import('../../prices/scenario-book.ts'),
          import('../../cost/estimate/estimate.ts'),
          import('../../cost/estimate/scenario.ts'),
          import('./estimate-text.ts'),
        ]);
      const book = scenarioBook(file, options.prices);
      const scenario = readYamlConfig(file, scenarioSchemaFor(book));
      const result = estimate(scenario, book);
      const simulated = options.simulate ? await simulate(file, scenario, book, options) : null;
      if (options.json) cli.json(simulated === null ? result : { ...result, simulated });
      else {
        text.printEstimate(cli, result);
        if (simulated !== null) text.printComparison(cli, simulated);
      }
      if (result.withinBudget === false)
        throw fault('cost.over_budget', { total: round(result.total), budget: result.budget ?? 0 });
      if (result.budget !== null && !options.json)
        cli.print(say(cli.lang, 'cost.estimate.within', { yen: result.budget }));
    });
}

async function simulate(file: string, scenario: Scenario, book: PriceBook, { seed, months }: Options) {
  if (scenario.kind === 'direct')
    throw badValue('seto cost estimate', { name: '--simulate', value: file }, 'cost.simulate.workload');
  const { compareMonths } = await import('../../cost/simulate/compare-months.ts');
  return compareMonths(scenario, { seed, months }, book);
}

/** An option's whole number within limits. */
function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`a whole number from ${least} to ${most} is expected`);
    return value;
  };
}

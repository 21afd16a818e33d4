import type { Command } from 'commander';
import { fault } from '../../shared/errors.ts';
import { say } from '../../shared/text.ts';
import { type Cli, table } from '../cli.ts';
import { factor, round } from './money-text.ts';

/** `seto cost estimate` */
export function registerEstimate(cost: Command, cli: Cli): void {
  cost
    .command('estimate')
    .description('a scenario file by formulas (1) to (4); works offline; exit 4 when past its budget')
    .argument('<file>')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto cost estimate scenario.yaml --json')
    .action(async (file: string, options: { json?: true }) => {
      const [{ readYamlConfig }, { estimate }, { scenarioSchema }] = await Promise.all([
        import('../../shared/yaml-config.ts'),
        import('../../cost/estimate/estimate.ts'),
        import('../../cost/estimate/scenario.ts'),
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

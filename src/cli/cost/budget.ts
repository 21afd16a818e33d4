import type { Command } from 'commander';
import { setBudget, showBudget } from '../../api/contract/costs.ts';
import { fault } from '../../shared/errors.ts';
import { say } from '../../shared/text.ts';
import type { Cli } from '../cli.ts';
import { registerBudgetEvents } from './budget-events.ts';
import { printKinds, round } from './money-text.ts';

/** `seto cost budget` */
export function registerBudget(cost: Command, cli: Cli): void {
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
          source: shown.source === 'command' ? '`seto cost budget set`' : shown.source,
          mode: shown.mode,
          tax: shown.taxRate * 100,
        }),
      );
      for (const { project, exists, yenPerMonth, committed } of shown.projects) {
        const stands = committed
          .filter(({ simulated, yen }) => !simulated || yen > 0)
          .map(
            ({ simulated, yen }) =>
              `${say(cli.lang, simulated ? 'cost.kind.simulated' : 'cost.kind.real')} ${round(yen)}`,
          );
        const key = exists ? 'cost.budget.project' : 'cost.budget.no_project';
        cli.print(`  ${say(cli.lang, key, { project, yen: yenPerMonth, committed: stands.join(', ') })}`);
      }
      printKinds(cli, shown.kinds);
    });
  registerBudgetEvents(budget, cli);
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
}

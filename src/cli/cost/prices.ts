import type { Command } from 'commander';
import { fault } from '../../shared/errors.ts';
import { say } from '../../shared/text.ts';
import { type Cli, table } from '../cli.ts';

/** `seto cost prices` */
export function registerPrices(cost: Command, cli: Cli): void {
  cost
    .command('prices')
    .description('the price book that ships with this version; works offline')
    .option('--region <region>', 'japaneast, japanwest or eastus', 'japaneast')
    .option('--match <text>', 'only sizes whose name holds this')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto cost prices --match F4s')
    .action(async (options: { region: string; match?: string; json?: true }) => {
      const { bookVms, lookUpVm, findVmPrice, priceBook } = await import('../../cost/prices/price-book.ts');
      const { shippedBook } = await import('../../cost/prices/shipped-book.ts');
      const look = findVmPrice('', options.region);
      if (!look.found && look.missing === 'region')
        throw fault('cost.unknown_vm', { vm: '*', region: options.region, nearest: look.nearest.join(', ') });
      const wanted = (options.match ?? '').toLowerCase();
      const prices = bookVms(shippedBook, options.region)
        .filter((vm) => vm.toLowerCase().includes(wanted))
        .flatMap((vm) => {
          const found = lookUpVm(shippedBook, options.region, vm);
          return found.found ? [{ vm, usdPerHour: found.price }] : [];
        });
      if (options.json) return cli.json({ ...priceBook, region: options.region, prices });
      cli.print(say(cli.lang, 'cost.prices', { date: priceBook.date, source: priceBook.source }));
      for (const line of table(prices.map(({ vm, usdPerHour }) => [vm, String(usdPerHour)]))) cli.print(line);
    });
}

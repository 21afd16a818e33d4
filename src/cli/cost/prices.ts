import type { Command } from 'commander';
import type { MeterLookup, PriceBook, VmLookup } from '../../cost/prices/price-book.ts';
import { fault } from '../../shared/errors.ts';
import { say } from '../../shared/text.ts';
import { type Cli, table } from '../cli.ts';
import type { ShownBook } from './book-in-force.ts';
import { factor } from './money-text.ts';
import { registerRefresh } from './refresh-prices.ts';

interface PricesOptions {
  region?: string;
  match?: string;
  meters?: true;
  json?: true;
}

type Found<T> = T & { found: true };

/** What of a book is shown. */
interface Selection {
  region: string;
  vms: { vm: string; look: VmLookup }[];
  meters: { id: string; look: Found<MeterLookup> }[];
}

/** `seto cost prices` */
export function registerPrices(cost: Command, cli: Cli): void {
  const prices = cost
    .command('prices')
    .description('the price book in force; works offline with the one that ships with this version')
    .option('--region <region>', 'default: japaneast')
    .option('--match <text>', 'only what has this in its name')
    .option('--meters', 'what is billed beside machines: load balancer, disks, traffic, …')
    .option('--json', 'without a selection the whole book, as estimates take it (--prices)')
    .addHelpText('after', '\nExample:\n  seto cost prices --match F4s\n  seto cost prices --json > book.json')
    .action(async (options: PricesOptions) => {
      const { bookInForce } = await import('./book-in-force.ts');
      const shown = await bookInForce(cli);
      const selection = await select(shown.book, options);
      if (options.json) cli.json(asJson(shown, selection, options));
      else printBook(cli, shown, selection, options);
    });
  registerRefresh(prices, cli);
}

/** @throws cost.unknown_region, cost.unknown_vm where nothing has such a name */
async function select(book: PriceBook, options: PricesOptions): Promise<Selection> {
  const { bookRegions, bookVms, lookUpMeter, lookUpVm } = await import('../../cost/prices/price-book.ts');
  const { meterIds } = await import('../../cost/prices/meters.ts');
  const { nearestNames } = await import('../../cost/prices/nearest-names.ts');
  const { region = 'japaneast', match = '' } = options;
  const regions = bookRegions(book);
  if (!regions.includes(region))
    throw fault('cost.unknown_region', { region, nearest: nearestNames(region, regions).join(', ') });
  const wanted = (name: string) => name.toLowerCase().includes(match.toLowerCase());
  const names = bookVms(book, region);
  const vms = names.filter(wanted).map((vm) => ({ vm, look: lookUpVm(book, region, vm) }));
  const meters = meterIds.filter(wanted).flatMap((id) => {
    const look = lookUpMeter(book, region, id);
    return look.found ? [{ id, look }] : [];
  });
  if ((options.meters ? meters : [...vms, ...meters]).length === 0) {
    // All names of sizes begin alike, and people leave that off: it is no difference.
    const alike = options.meters || /^Standard_/i.test(match) ? match : `Standard_${match}`;
    const nearest = nearestNames(alike, options.meters ? meterIds : names).join(', ');
    throw fault('cost.unknown_vm', { vm: match, region, nearest });
  }
  return { region, vms: options.meters ? [] : vms, meters };
}

/** The whole book goes along only where nothing was selected: a part of it would be taken for all of it. */
function asJson(
  { book, platform, exchange }: ShownBook,
  selection: Selection,
  options: PricesOptions,
): object {
  const whole = options.region === undefined && options.match === undefined && !options.meters;
  const [newest] = book.layers;
  return {
    platform,
    source: newest?.source,
    date: newest?.date,
    exchange,
    region: selection.region,
    prices: selection.vms.map(({ vm, look }) =>
      look.found
        ? { vm, [look.currency === 'JPY' ? 'yenPerHour' : 'usdPerHour']: look.price }
        : { vm, unreliable: 'figures' in look ? look.figures : [] },
    ),
    meters: selection.meters.map(({ id, look: { found: _, ...meter } }) => ({ id, ...meter })),
    layers: whole ? book.layers : book.layers.map(({ regions: _, ...layer }) => layer),
  };
}

function printBook(
  cli: Cli,
  { book, platform, exchange }: ShownBook,
  chosen: Selection,
  options: PricesOptions,
) {
  const { lang } = cli;
  cli.print(
    platform === null
      ? say(lang, 'cost.prices.shipped')
      : say(lang, 'cost.prices.platform', { url: platform }),
  );
  for (const { kind, date, source } of book.layers)
    cli.print(`  ${say(lang, `cost.prices.layer.${kind}`, { date, source })}`);
  const kinds = book.layers.map(({ kind }) => kind);
  if (kinds.indexOf('refreshed') > kinds.indexOf('shipped')) cli.print(`  ${say(lang, 'cost.prices.older')}`);
  if (exchange) cli.print(`  ${say(lang, 'cost.prices.rate', { ...exchange })}`);
  const yen = (price: number, currency: string): string => {
    if (currency === 'JPY' || exchange === null) return '';
    return say(lang, 'cost.prices.yen', { price: factor(price * exchange.yenPerDollar) });
  };
  if (chosen.vms.length > 0) cli.print(say(lang, 'cost.prices', { region: chosen.region }));
  for (const line of table(
    chosen.vms.map(({ vm, look }) =>
      look.found
        ? [vm, priceText(cli, look.price, look.currency), yen(look.price, look.currency)]
        : [
            vm,
            say(lang, 'cost.prices.unreliable', {
              figures: 'figures' in look ? look.figures.join(', ') : '',
            }),
          ],
    ),
  ))
    cli.print(line);
  if (!options.meters && (options.match === undefined || chosen.meters.length === 0)) return;
  cli.print(say(lang, 'cost.prices.meters', { region: chosen.region }));
  for (const line of table(
    chosen.meters.flatMap(({ id, look }) =>
      look.tiers.map(({ from, price }, index) => [
        index === 0 ? id : '',
        look.tiers.length === 1 ? '' : say(lang, 'cost.prices.from', { from }),
        `${priceText(cli, price, look.currency)} ${say(lang, `cost.prices.unit.${look.unit}`)}`,
        yen(price, look.currency),
        look.approximate ? say(lang, 'cost.prices.about') : '',
        index === 0 ? `${look.date} ${look.source}` : '',
      ]),
    ),
  ))
    cli.print(line);
}

function priceText(cli: Cli, price: number, currency: 'USD' | 'JPY'): string {
  return say(cli.lang, `cost.prices.${currency}`, { price });
}

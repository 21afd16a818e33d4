import * as z from 'zod';
import { nanoYen } from '../cost/money.ts';
import { lookUpMeter, type PriceBook, toNanoYen, usdToNanoYen } from '../cost/prices/price-book.ts';
import type { DeclaredCost } from '../ledger/declared-costs.ts';
import { fault } from '../shared/errors.ts';
import type { Values } from '../shared/text/format.ts';
import type { PhraseKey } from '../shared/text.ts';

const meters = { loadBalancer: 'loadBalancerHour', staticIp: 'staticIpHour' } as const;

const fixedCostSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/i, 'input.fixed_cost.name' satisfies PhraseKey),
    kind: z.enum(['loadBalancer', 'staticIp', 'other']),
    count: z.int().min(1).max(1000).default(1),
    region: z.string().default('japaneast'),
    pricePerHour: z
      .union(
        [
          z.strictObject({ yen: z.number().positive().max(1_000_000) }),
          z.strictObject({ usd: z.number().positive().max(10_000) }),
        ],
        { error: 'input.price.form' satisfies PhraseKey },
      )
      .optional(),
    simulated: z.boolean().optional(),
  })
  .superRefine((cost, issues) => {
    if (cost.kind === 'other' && cost.pricePerHour === undefined)
      issues.addIssue({
        code: 'custom',
        path: ['name'],
        message: 'input.fixed_cost.no_price' satisfies PhraseKey,
      });
  });

/** `fixedCosts:` of seto.yaml, prices looked up in `book`; null: they are not. */
export const fixedCostsSchemaFor = (book: PriceBook | null) =>
  z
    .array(fixedCostSchema)
    .max(100)
    .superRefine((costs, issues) => {
      for (const [index, { name, kind, region, pricePerHour }] of costs.entries()) {
        const wrong = (key: string, message: PhraseKey, params: Values) =>
          issues.addIssue({ code: 'custom', path: [index, key], message, params });
        if (costs.findIndex((each) => each.name === name) < index)
          wrong('name', 'input.fixed_cost.twice', { name });
        if (book === null || kind === 'other' || pricePerHour !== undefined) continue;
        const found = lookUpMeter(book, region, meters[kind]);
        if (!found.found)
          wrong('region', 'input.price.region', { region, nearest: found.nearest.join(', ') });
      }
    })
    .default([]);

type FixedCostConfig = z.output<typeof fixedCostSchema>;

/** Whether nothing that the pools bill is real: they all are of the driver that stands in for a cloud. */
export function onlySimulated({ pools }: { pools: readonly { driver: string }[] }): boolean {
  return pools.every(({ driver }) => driver === 'process');
}

const formulas = { loadBalancer: '(2)', staticIp: '(3)', other: '(4)' } as const;

/**
 * What seto.yaml declares, priced: by its own price, else from the book in force. Without a word on it, a fixed cost is
 * simulated where every billed pool is: an installation that only tries things out then has no real bill.
 */
export function declaredCosts(
  costs: readonly FixedCostConfig[],
  book: PriceBook,
  yenPerDollar: number,
  poolsSimulated: boolean,
): DeclaredCost[] {
  return costs.map((cost) => ({
    name: cost.name,
    formula: formulas[cost.kind],
    count: cost.count,
    simulated: cost.simulated ?? poolsSimulated,
    price: Number(pricePerHour(cost, book, yenPerDollar)),
  }));
}

/** Nano-yen an hour of one. */
function pricePerHour(
  { kind, region, pricePerHour: own }: FixedCostConfig,
  book: PriceBook,
  yenPerDollar: number,
): bigint {
  if (own !== undefined) return 'yen' in own ? nanoYen(own.yen) : usdToNanoYen(own.usd, yenPerDollar);
  if (kind === 'other') throw new RangeError('checked before: a cost of its own kind has its own price');
  const found = lookUpMeter(book, region, meters[kind]);
  const [tier] = found.found ? found.tiers : [];
  if (!found.found || tier === undefined)
    throw fault('cost.unknown_region', { region, nearest: found.found ? '' : found.nearest.join(', ') });
  return toNanoYen(tier.price, found.currency, yenPerDollar);
}

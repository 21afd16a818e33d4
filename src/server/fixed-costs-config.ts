import * as z from 'zod';
import { nanoYen } from '../cost/money.ts';
import { meters, usdToNanoYen } from '../cost/prices/price-book.ts';
import type { DeclaredCost } from '../ledger/declared-costs.ts';
import type { PhraseKey } from '../shared/text.ts';

const fixedCostSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/i, 'input.fixed_cost.name' satisfies PhraseKey),
    kind: z.enum(['loadBalancer', 'staticIp', 'other']),
    count: z.int().min(1).max(1000).default(1),
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

/** `fixedCosts:` of seto.yaml. */
export const fixedCostsSchema = z
  .array(fixedCostSchema)
  .max(100)
  .superRefine((costs, issues) => {
    for (const [index, { name }] of costs.entries())
      if (costs.findIndex((each) => each.name === name) < index)
        issues.addIssue({
          code: 'custom',
          path: [index, 'name'],
          message: 'input.fixed_cost.twice' satisfies PhraseKey,
          params: { name },
        });
  })
  .default([]);

/** Whether nothing that the pools bill is real: they all are of the driver that stands in for a cloud. */
export function onlySimulated({ pools }: { pools: readonly { driver: string }[] }): boolean {
  return pools.every(({ driver }) => driver === 'process');
}

const formulas = { loadBalancer: '(2)', staticIp: '(3)', other: '(4)' } as const;

/**
 * What seto.yaml declares, priced: by its own price, else from the price book. Without a word on it, a fixed cost is
 * simulated where every billed pool is: an installation that only tries things out then has no real bill.
 */
export function declaredCosts(
  costs: z.output<typeof fixedCostsSchema>,
  yenPerDollar: number,
  poolsSimulated: boolean,
): DeclaredCost[] {
  const book = { loadBalancer: meters.loadBalancerPerHour, staticIp: meters.staticIpPerHour, other: 0 };
  return costs.map(({ name, kind, count, pricePerHour, simulated }) => ({
    name,
    formula: formulas[kind],
    count,
    simulated: simulated ?? poolsSimulated,
    price: Number(
      pricePerHour !== undefined && 'yen' in pricePerHour
        ? nanoYen(pricePerHour.yen)
        : usdToNanoYen(pricePerHour?.usd ?? book[kind], yenPerDollar),
    ),
  }));
}

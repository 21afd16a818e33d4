import * as z from 'zod';
import { nanoYen } from '../cost/money.ts';
import { lookUpVm, type PriceBook, toNanoYen } from '../cost/prices/price-book.ts';
import { whyNoVmPrice } from '../cost/prices/why-no-price.ts';
import type { Values } from '../shared/text/format.ts';
import type { PhraseKey } from '../shared/text.ts';

const factors = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

const duration = z
  .string()
  .regex(/^\d+(ms|s|m|h)$/, 'input.duration' satisfies PhraseKey)
  .transform((text) => {
    const unit = /[a-z]+$/.exec(text)?.[0] as keyof typeof factors;
    return Number.parseInt(text, 10) * factors[unit];
  });

const poolSchemaFor = (book: PriceBook | null) =>
  z
    .strictObject({
      name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'input.pool.name' satisfies PhraseKey),
      site: z.enum(['cloud', 'onprem']),
      driver: z.literal('process', { error: 'input.only_driver' satisfies PhraseKey }),
      executor: z.literal('process', { error: 'input.only_driver' satisfies PhraseKey }).default('process'),
      tags: z.array(z.string().regex(/^[\w.:-]{1,60}$/, 'input.pool.tag' satisfies PhraseKey)).default([]),
      vm: z.string().optional(),
      region: z.string().default('japaneast'),
      pricePerHour: z.strictObject({ yen: z.number().positive().max(1_000_000) }).optional(),
      minNodes: z.int().min(0).max(100).default(0),
      maxNodes: z.int().min(0).max(100).default(1),
      idleTimeout: duration.prefault('5m'),
      bootTimeout: duration.prefault('15m'),
    })
    .superRefine((pool, issues) => {
      const wrong = (path: string, message: PhraseKey, params: Values = {}) =>
        issues.addIssue({ code: 'custom', path: [path], message, params });
      if (pool.minNodes > pool.maxNodes) wrong('minNodes', 'input.pool.few', { most: pool.maxNodes });
      if (pool.vm !== undefined && pool.pricePerHour !== undefined)
        wrong('pricePerHour', 'input.pool.two_prices');
      if (pool.site === 'cloud' && pool.vm === undefined && pool.pricePerHour === undefined)
        wrong('name', 'input.pool.no_price');
      if (pool.vm === undefined || book === null) return;
      const missing = whyNoVmPrice(lookUpVm(book, pool.region, pool.vm), pool.vm, pool.region);
      if (missing !== null)
        wrong(missing.message === 'input.price.region' ? 'region' : 'vm', missing.message, missing.params);
    })
    .transform(({ idleTimeout, bootTimeout, ...pool }) => ({
      ...pool,
      idleTimeoutMs: idleTimeout,
      bootTimeoutMs: bootTimeout,
    }));

/** One pool of seto.yaml. */
export type PoolConfig = z.output<ReturnType<typeof poolSchemaFor>>;

/** The pools of a machine that has no seto.yaml. */
const defaultPools: z.input<ReturnType<typeof poolSchemaFor>>[] = [
  { name: 'onprem', site: 'onprem', driver: 'process', tags: ['onprem'], minNodes: 1, maxNodes: 1 },
  { name: 'train', site: 'cloud', driver: 'process', tags: ['cloud'], vm: 'Standard_F4s_v2', maxNodes: 2 },
];

/** `pools:` of seto.yaml, their machines looked up in a price book; null where there is none to look into. */
export function poolsSchemaFor(book: PriceBook | null) {
  return z
    .array(poolSchemaFor(book))
    .superRefine((pools, issues) => {
      for (const [index, { name }] of pools.entries())
        if (pools.findIndex((each) => each.name === name) < index)
          issues.addIssue({
            code: 'custom',
            path: [index, 'name'],
            message: 'input.pool.twice' satisfies PhraseKey,
            params: { name },
          });
    })
    .prefault(defaultPools);
}

/**
 * What an hour of a node costs; null where nothing is billed (machines that are there anyway). The process driver
 * stands in for a cloud, so what it bills is simulated.
 */
export function poolPrice(pool: PoolConfig, book: PriceBook, yenPerDollar: number): bigint | null {
  if (pool.pricePerHour !== undefined) return nanoYen(pool.pricePerHour.yen);
  if (pool.vm === undefined) return null;
  const found = lookUpVm(book, pool.region, pool.vm);
  // The configuration was checked against the book, and no refresh may take a pool's machine out of it.
  if (!found.found) throw new RangeError(`no price for ${pool.vm} in ${pool.region}`);
  return toNanoYen(found.price, found.currency, yenPerDollar);
}

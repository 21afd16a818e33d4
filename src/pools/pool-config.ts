import * as z from 'zod';
import { nanoYen } from '../cost/money.ts';
import { findVmPrice, usdToNanoYen } from '../cost/price-book.ts';

const factors = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

const duration = z
  .string()
  .regex(/^\d+(ms|s|m|h)$/, 'expected a duration such as 30s, 5m or 1h')
  .transform((text) => {
    const unit = /[a-z]+$/.exec(text)?.[0] as keyof typeof factors;
    return Number.parseInt(text, 10) * factors[unit];
  });

const poolSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'expected lower case letters, digits and -'),
    site: z.enum(['cloud', 'onprem']),
    driver: z.literal('process', { error: 'expected process: it is the driver this version has' }),
    executor: z
      .literal('process', { error: 'expected process: it is the executor this version has' })
      .default('process'),
    tags: z.array(z.string().regex(/^[\w.:-]{1,60}$/, 'expected a word')).default([]),
    vm: z.string().optional(),
    region: z.string().default('japaneast'),
    pricePerHour: z.strictObject({ yen: z.number().positive().max(1_000_000) }).optional(),
    minNodes: z.int().min(0).max(100).default(0),
    maxNodes: z.int().min(0).max(100).default(1),
    idleTimeout: duration.prefault('5m'),
    bootTimeout: duration.prefault('15m'),
  })
  .superRefine((pool, issues) => {
    const wrong = (path: string, message: string) =>
      issues.addIssue({ code: 'custom', path: [path], message });
    if (pool.minNodes > pool.maxNodes) wrong('minNodes', `is more than maxNodes (${pool.maxNodes})`);
    if (pool.vm !== undefined && pool.pricePerHour !== undefined)
      wrong('pricePerHour', 'give vm or pricePerHour, not both');
    if (pool.site === 'cloud' && pool.vm === undefined && pool.pricePerHour === undefined)
      wrong('name', 'a pool of site cloud needs vm or pricePerHour: { yen: … }');
    if (pool.vm === undefined) return;
    const price = findVmPrice(pool.vm, pool.region);
    if (!price.found)
      wrong(
        price.missing,
        price.missing === 'vm'
          ? `no price is known for ${pool.vm} in ${pool.region}; nearest: ${price.nearest.join(', ')}`
          : `no prices are known for ${pool.region}; nearest: ${price.nearest.join(', ')}`,
      );
  })
  .transform(({ idleTimeout, bootTimeout, ...pool }) => ({
    ...pool,
    idleTimeoutMs: idleTimeout,
    bootTimeoutMs: bootTimeout,
  }));

/** One pool of seto.yaml. */
export type PoolConfig = z.output<typeof poolSchema>;

/** The pools of a machine that has no seto.yaml. */
const defaultPools: z.input<typeof poolSchema>[] = [
  { name: 'onprem', site: 'onprem', driver: 'process', tags: ['onprem'], minNodes: 1, maxNodes: 1 },
  { name: 'train', site: 'cloud', driver: 'process', tags: ['cloud'], vm: 'Standard_F4s_v2', maxNodes: 2 },
];

/** `pools:` of seto.yaml. */
export const poolsSchema = z
  .array(poolSchema)
  .superRefine((pools, issues) => {
    for (const [index, { name }] of pools.entries())
      if (pools.findIndex((each) => each.name === name) < index)
        issues.addIssue({ code: 'custom', path: [index, 'name'], message: `two pools are called ${name}` });
  })
  .prefault(defaultPools);

/**
 * What an hour of a node costs; null where nothing is billed (machines that are there anyway). The process driver
 * stands in for a cloud, so what it bills is simulated.
 */
export function poolPrice(pool: PoolConfig, yenPerDollar: number): bigint | null {
  if (pool.pricePerHour !== undefined) return nanoYen(pool.pricePerHour.yen);
  if (pool.vm === undefined) return null;
  const price = findVmPrice(pool.vm, pool.region);
  if (!price.found) throw new RangeError(`no price for ${pool.vm} in ${pool.region}`);
  return usdToNanoYen(price.usdPerHour, yenPerDollar);
}

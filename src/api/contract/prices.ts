import * as z from 'zod';
import { route } from './route.ts';

const tier = z.object({ from: z.number(), price: z.number() });
const date = z.string();

/** Prices of one source; the first layer that knows a thing decides. */
const layerSchema = z.object({
  kind: z.enum(['sheet', 'refreshed', 'shipped']),
  source: z.string(),
  date,
  currency: z.enum(['USD', 'JPY']),
  regions: z.record(
    z.string(),
    z.object({
      vms: z.record(z.string(), z.number()),
      unreliable: z.record(z.string(), z.array(z.number()).readonly()).optional(),
      meters: z.record(
        z.string(),
        z.object({
          tiers: z.array(tier).readonly(),
          approximate: z.boolean().optional(),
          source: z.string().optional(),
          date: date.optional(),
        }),
      ),
    }),
  ),
});

export const showPrices = route({
  method: 'GET',
  path: '/api/v1/costs/prices',
  action: 'cost.read',
  summary: 'The price book in force, layer by layer, and the exchange rate of seto.yaml',
  reply: z.object({
    layers: z.array(layerSchema).readonly(),
    exchange: z.object({ yenPerDollar: z.number(), date }),
  }),
});

export const refreshAnswer = z.object({
  copy: z.string(),
  source: z.string(),
  date,
  rows: z.number(),
  added: z.number(),
  changed: z.number(),
  largest: z
    .array(
      z.object({
        region: z.string(),
        name: z.string(),
        unit: z.enum(['hour', 'GB', 'month', 'GB-month']),
        before: z.number(),
        after: z.number(),
      }),
    )
    .readonly(),
});

export const refreshPrices = route({
  method: 'POST',
  path: '/api/v1/costs/prices/refresh',
  action: 'prices.manage',
  summary:
    'Fetch the price list anew; answers when the copy is in force, or with the reason why the old one stays',
  reply: refreshAnswer,
});

export const refreshProgress = route({
  method: 'GET',
  path: '/api/v1/costs/prices/refresh',
  action: 'cost.read',
  summary: 'Queries done of the refresh that runs; null where none does',
  reply: z.object({ running: z.object({ done: z.number(), total: z.number() }).nullable() }),
});

import * as z from 'zod';
import { printedText } from '../printed-text.ts';
import { meterIds } from './meters.ts';
import type { PriceLayer } from './price-book.ts';

/** Above this a price is a slip of the hand: the dearest machine is below 400 dollars an hour. */
const most = 1_000_000;

const date = z.iso.date({ error: 'input.date' });
const tiers = z
  .array(z.strictObject({ from: z.number().nonnegative(), price: z.number().nonnegative().max(most) }))
  .min(1)
  .refine(
    (list) =>
      list[0]?.from === 0 && list.every(({ from }, at) => at === 0 || from > (list[at - 1]?.from ?? 0)),
    {
      error: 'input.prices.tiers',
    },
  );
const regionName = z.string().regex(/^[a-z][a-z0-9]{1,39}$/, 'input.prices.region');
const vmName = z.string().regex(/^[A-Za-z][\w.-]{0,79}$/, 'input.prices.vm');
/** A machine is never free: a price of zero would be a budget that holds nobody back. */
const vmPrice = z.number().positive().max(most);
const currency = z.enum(['USD', 'JPY']);

const sheetMeters = z.strictObject(
  Object.fromEntries(
    meterIds.map((id) => [
      id,
      z.union([z.number().nonnegative().max(most), tiers], { error: 'input.prices.meter' }).optional(),
    ]),
  ),
);

/**
 * A user's own price sheet: what the contract says, over every other price. Prices are an hour's for machines and a
 * unit's for meters (see meters.ts); a sheet in yen meets no exchange rate.
 */
export const priceSheetSchema = z
  .strictObject({
    source: printedText.min(1).max(300),
    date,
    currency,
    regions: z.record(
      regionName,
      z.strictObject({ vms: z.record(vmName, vmPrice).default({}), meters: sheetMeters.default({}) }),
    ),
  })
  .transform(
    ({ regions, ...sheet }): PriceLayer => ({
      kind: 'sheet',
      ...sheet,
      regions: Object.fromEntries(
        Object.entries(regions).map(([region, { vms, meters }]) => [
          region,
          {
            vms,
            meters: Object.fromEntries(
              Object.entries(meters).flatMap(([id, price]) =>
                price === undefined
                  ? []
                  : [[id, { tiers: typeof price === 'number' ? [{ from: 0, price }] : price }]],
              ),
            ),
          },
        ]),
      ),
    }),
  );

const meterPrice = z.strictObject({
  tiers,
  approximate: z.boolean().optional(),
  source: printedText.optional(),
  date: date.optional(),
});

/** One layer as a refreshed copy and a saved book keep it. */
export const priceLayerSchema: z.ZodType<PriceLayer> = z.strictObject({
  kind: z.enum(['sheet', 'refreshed', 'shipped']),
  source: printedText.min(1),
  date,
  currency,
  regions: z.record(
    regionName,
    z.strictObject({
      vms: z.record(vmName, vmPrice),
      unreliable: z.record(vmName, z.array(z.number())).optional(),
      meters: z.partialRecord(z.enum(meterIds), meterPrice),
    }),
    { error: ({ input }) => (input === undefined ? 'input.prices.partial' : undefined) },
  ),
});

/** A book that `seto cost prices --json` wrote; its other fields are for people. */
export const savedBookSchema = z
  .object({ layers: z.array(priceLayerSchema).min(1) })
  .transform(({ layers }) => layers);

import * as z from 'zod';

/**
 * One row of the Azure Retail Prices API, with the fields that a choice needs.
 * Source: learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices.
 */
const item = z.object({
  currencyCode: z.string(),
  /** From how many units of a month on this price holds. */
  tierMinimumUnits: z.number().nonnegative(),
  /** What the meter costs without any contract. */
  retailPrice: z.number().nonnegative(),
  armRegionName: z.string(),
  effectiveStartDate: z.string(),
  effectiveEndDate: z.string().optional(),
  meterId: z.string(),
  meterName: z.string(),
  productName: z.string(),
  skuName: z.string(),
  serviceName: z.string(),
  unitOfMeasure: z.string(),
  type: z.string(),
  armSkuName: z.string(),
  reservationTerm: z.string().optional(),
});

export type RetailItem = z.output<typeof item>;

/** The envelope of one page. Count tells a page that came in part. */
export const retailPage = z
  .object({
    BillingCurrency: z.string(),
    Items: z.array(item),
    NextPageLink: z.string().nullable(),
    Count: z.int(),
  })
  .refine(({ Items, Count }) => Items.length === Count, { path: ['Count'], error: 'input.prices.count' });

/** Whether a row is a price that is paid at `at` (milliseconds since 1970): pay as you go, begun, not ended. */
export function isPaidNow(row: RetailItem, at: number): boolean {
  return (
    row.type === 'Consumption' &&
    row.reservationTerm === undefined &&
    Date.parse(row.effectiveStartDate) <= at &&
    (row.effectiveEndDate === undefined || Date.parse(row.effectiveEndDate) > at)
  );
}

/** A row as an error lists it. */
export function tellItem(row: RetailItem): string {
  const { productName, skuName, meterName, unitOfMeasure, armRegionName, tierMinimumUnits } = row;
  return `${productName} / ${skuName} / ${meterName} (${unitOfMeasure}, ${armRegionName}, from ${tierMinimumUnits}): ${row.retailPrice} USD`;
}

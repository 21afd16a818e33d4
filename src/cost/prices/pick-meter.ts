import type { MeterUnit, Tier } from './meters.ts';
import { isPaidNow, type RetailItem, tellItem } from './retail-page.ts';

/** What tells one meter from all others. Values are compared as they are: the API tells capitals apart. */
export interface MeterRule {
  serviceName: string;
  productName: string;
  skuName: string;
  meterName: string;
  unit: MeterUnit;
  /** Meters that the API lists once for all regions stand under Global. */
  region: 'own' | 'Global';
}

export type Pick =
  | { found: true; tiers: readonly Tier[] }
  | { found: false; why: 'none' | 'several' | 'tiers'; sought: string; candidates: readonly string[] };

/** How the API writes a unit. */
const unitNames: Readonly<Record<MeterUnit, readonly string[]>> = {
  hour: ['1 Hour', '1/Hour'],
  GB: ['1 GB'],
  month: ['1/Month', '1 Month'],
  'GB-month': ['1 GB/Month'],
};

/** Candidates that an error lists: fewer might leave the right one out, more do not fit a screen. */
const listed = 8;

/**
 * The one meter that a rule means, with its tiers. None is said with the rows that come near, two with both: a price is
 * never guessed. `at` is the present, milliseconds since 1970.
 */
export function pickMeter(items: readonly RetailItem[], rule: MeterRule, region: string, at: number): Pick {
  const where = rule.region === 'Global' ? 'Global' : region;
  const sought = `${rule.serviceName} / ${rule.productName} / ${rule.skuName} / ${rule.meterName} (${unitNames[rule.unit][0]}, ${where})`;
  const here = items.filter((row) => isPaidNow(row, at) && row.serviceName === rule.serviceName);
  const matching = here.filter(
    (row) =>
      row.productName === rule.productName &&
      row.skuName === rule.skuName &&
      row.meterName === rule.meterName &&
      row.armRegionName === where &&
      unitNames[rule.unit].includes(row.unitOfMeasure),
  );
  const wrong = (why: 'none' | 'several' | 'tiers', rows: readonly RetailItem[]): Pick => ({
    found: false,
    why,
    sought,
    candidates: rows.slice(0, listed).map(tellItem),
  });
  if (matching.length === 0)
    return wrong(
      'none',
      here.filter(({ meterName }) => meterName === rule.meterName),
    );
  const tiers = matching
    .map(({ tierMinimumUnits, retailPrice }) => ({ from: tierMinimumUnits, price: retailPrice }))
    .toSorted((one, other) => one.from - other.from);
  if (
    new Set(matching.map(({ meterId }) => meterId)).size > 1 ||
    new Set(tiers.map(({ from }) => from)).size < tiers.length
  )
    return wrong('several', matching);
  // No tier from the first unit on, or nothing to pay at any: not a price list that one could bill by.
  if (tiers[0]?.from !== 0 || tiers.every(({ price }) => price === 0)) return wrong('tiers', matching);
  return { found: true, tiers };
}

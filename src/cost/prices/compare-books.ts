import { type MeterId, type MeterUnit, meterIds, meterUnits, type Tier } from './meters.ts';
import { lookUpMeter, lookUpVm, type PriceBook, type PriceLayer } from './price-book.ts';

export interface PriceChange {
  region: string;
  /** A VM size, or the id of a meter. */
  name: string;
  unit: MeterUnit;
  before: number;
  after: number;
}

export interface BookComparison {
  /** Prices of the new layer. */
  rows: number;
  /** Those that the old book did not have, or not reliably. */
  added: number;
  /** Ordered by how much they changed, relative to the old price; the largest first. */
  changes: readonly PriceChange[];
}

/** What a new layer of prices changes against the book before it. Both in USD. */
export function compareBooks(before: PriceBook, layer: PriceLayer): BookComparison {
  const changes: PriceChange[] = [];
  let rows = 0;
  let added = 0;
  for (const [region, prices] of Object.entries(layer.regions)) {
    for (const [vm, after] of Object.entries(prices.vms)) {
      const old = lookUpVm(before, region, vm);
      rows += 1;
      if (!old.found) added += 1;
      else if (old.price !== after)
        changes.push({ region, name: vm, unit: 'hour', before: old.price, after });
    }
    for (const id of meterIds) {
      const tiers = prices.meters[id]?.tiers;
      if (tiers === undefined) continue;
      const old = lookUpMeter(before, region, id);
      rows += 1;
      if (!old.found) added += 1;
      else changes.push(...changedTier(region, id, old.tiers, tiers));
    }
  }
  return { rows, added, changes: changes.toSorted((one, other) => share(other) - share(one)) };
}

/** The change of the tier that changed most; none where both cost the same at any quantity. */
function changedTier(
  region: string,
  id: MeterId,
  old: readonly Tier[],
  fresh: readonly Tier[],
): PriceChange[] {
  const priceAt = (tiers: readonly Tier[], quantity: number) =>
    tiers.findLast(({ from }) => from <= quantity)?.price ?? 0;
  return [...old, ...fresh]
    .map(({ from }) => ({
      region,
      name: id,
      unit: meterUnits[id],
      before: priceAt(old, from),
      after: priceAt(fresh, from),
    }))
    .filter(({ before, after }) => before !== after)
    .toSorted((one, other) => share(other) - share(one))
    .slice(0, 1);
}

function share({ before, after }: PriceChange): number {
  return before === 0 ? Number.POSITIVE_INFINITY : Math.abs(after / before - 1);
}

import book from './azure.json' with { type: 'json' };
import type { PriceBook, PriceLayer, RegionPrices } from './price-book.ts';
import { shippedMeters } from './shipped-meters.ts';

const regions: Readonly<Record<string, Pick<RegionPrices, 'vms' | 'unreliable'>>> = book.regions;

/**
 * What ships with this version: every VM size of three regions, with the meters beside them. The sizes D*as_v5 are
 * marked unreliable: in the source their Linux and Windows meters collide, and the figure is now the one, now the other.
 * So are those of East US that the source gives at 0 dollars.
 */
export const shippedLayer: PriceLayer = {
  kind: 'shipped',
  source: book.source,
  date: book.date,
  currency: 'USD',
  regions: Object.fromEntries(
    Object.entries(regions).map(([region, sizes]) => [
      region,
      { ...sizes, meters: shippedMeters[region] ?? {} },
    ]),
  ),
};

/** The book without a user's sheet or a refreshed copy. */
export const shippedBook: PriceBook = { layers: [shippedLayer] };

/**
 * The prices below a user's sheet: whichever is newer first, the copy that was fetched (null where none was) or what
 * shipped. An old copy stays behind an upgrade's prices for what only it has.
 */
export function fetchedBook(copy: PriceLayer | null): PriceBook {
  if (copy === null) return shippedBook;
  return { layers: copy.date < shippedLayer.date ? [shippedLayer, copy] : [copy, shippedLayer] };
}

import { nanoYen } from '../money.ts';
import book from './azure.json' with { type: 'json' };

/** Where the shipped prices come from and of which day they are. */
export const priceBook = { source: book.source, date: book.date, unit: book.unit, note: book.note };

const regions: Readonly<Record<string, Readonly<Record<string, number>>>> = book.regions;

/** USD an hour of what is billed beside machines. */
export const meters: Readonly<{ loadBalancerPerHour: number; staticIpPerHour: number }> = book.meters;

export type PriceLookup =
  | { found: true; usdPerHour: number }
  | { found: false; missing: 'region' | 'vm'; nearest: readonly string[] };

/** The regions of the book. */
export function priceRegions(): string[] {
  return Object.keys(regions);
}

/** Every VM size of a region with its USD an hour (Linux, pay as you go); empty for an unknown region. */
export function vmPrices(region: string): readonly { vm: string; usdPerHour: number }[] {
  return Object.entries(regions[region] ?? {}).map(([vm, usdPerHour]) => ({ vm, usdPerHour }));
}

/** Looks a VM size up; an unknown one gives the nearest names, never a price of zero. */
export function findVmPrice(vm: string, region: string): PriceLookup {
  const prices = regions[region];
  if (prices === undefined)
    return { found: false, missing: 'region', nearest: nearestNames(region, priceRegions()) };
  const usdPerHour = Object.hasOwn(prices, vm) ? prices[vm] : undefined;
  if (usdPerHour === undefined)
    return { found: false, missing: 'vm', nearest: nearestNames(vm, Object.keys(prices)) };
  return { found: true, usdPerHour };
}

/** Nano-yen an hour of a price in USD at a dated exchange rate. */
export function usdToNanoYen(usd: number, yenPerDollar: number): bigint {
  // Both factors are short decimals; multiplied as integers, 0.214 × 150 is exactly 32.1.
  return (BigInt(usd.toFixed(9).replace('.', '')) * nanoYen(yenPerDollar)) / 1_000_000_000n;
}

/** The three names that differ least (Levenshtein, case ignored). */
function nearestNames(name: string, names: readonly string[]): string[] {
  return names
    .map((each) => ({ each, distance: editDistance(name.toLowerCase(), each.toLowerCase()) }))
    .sort((one, other) => one.distance - other.distance || (one.each < other.each ? -1 : 1))
    .slice(0, 3)
    .map(({ each }) => each);
}

function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++)
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1),
        ),
      );
    row = next;
  }
  return row[other.length] ?? 0;
}

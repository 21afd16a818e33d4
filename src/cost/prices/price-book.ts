import { nanoYen } from '../money.ts';
import { type MeterId, type MeterUnit, meterUnits, type Tier } from './meters.ts';
import { nearestNames } from './nearest-names.ts';

export type Currency = 'USD' | 'JPY';

/** One meter's price in a layer; source and date where they are not the layer's own. */
export interface MeterPrice {
  /** Ascending, the first from 0. */
  tiers: readonly Tier[];
  /** A rough figure: an estimate that uses it says so. */
  approximate?: boolean | undefined;
  source?: string | undefined;
  date?: string | undefined;
}

export interface RegionPrices {
  /** Size → price an hour, Linux, pay as you go. */
  vms: Readonly<Record<string, number>>;
  /** Sizes whose source gives figures that cannot be told apart, with those figures: never used as a price. */
  unreliable?: Readonly<Record<string, readonly number[]>> | undefined;
  meters: Readonly<Partial<Record<MeterId, MeterPrice>>>;
}

/** Prices of one source. */
export interface PriceLayer {
  kind: 'sheet' | 'refreshed' | 'shipped';
  source: string;
  /** Of which day the prices are, YYYY-MM-DD. */
  date: string;
  currency: Currency;
  regions: Readonly<Record<string, RegionPrices>>;
}

/**
 * Plain data; the first layer that knows a thing decides: own sheet, then the newer of refreshed copy and shipped prices.
 * Only what the shipped prices know roughly or not reliably gives way to a copy behind them.
 */
export interface PriceBook {
  layers: readonly PriceLayer[];
}

/** Where a price comes from. */
export interface PriceOrigin {
  kind: PriceLayer['kind'];
  currency: Currency;
  source: string;
  date: string;
  approximate: boolean;
}

/** `price` is an hour's, in `currency`: a price in JPY is never multiplied by an exchange rate. */
export type VmLookup =
  | ({ found: true; price: number } & PriceOrigin)
  | { found: false; missing: 'region' | 'vm'; nearest: readonly string[] }
  | { found: false; missing: 'reliable'; figures: readonly number[]; source: string; date: string };

export type MeterLookup =
  | ({ found: true; unit: MeterUnit; tiers: readonly Tier[] } & PriceOrigin)
  | { found: false; missing: 'region' | 'meter'; nearest: readonly string[] };

/** Every region that a layer has, in the layers' order. */
export function bookRegions(book: PriceBook): string[] {
  return [...new Set(book.layers.flatMap(({ regions }) => Object.keys(regions)))];
}

/** The sizes of a region that any layer has, unreliable ones too, in the order of their names. */
export function bookVms(book: PriceBook, region: string): string[] {
  const names = layersOf(book, region).flatMap(({ vms, unreliable }) => [
    ...Object.keys(vms),
    ...Object.keys(unreliable ?? {}),
  ]);
  return [...new Set(names)].sort();
}

/** Looks a VM size up; an unknown one gives the nearest names, an unreliable one its figures, never a price of zero. */
export function lookUpVm(book: PriceBook, region: string, vm: string): VmLookup {
  let unreliable: VmLookup | null = null;
  for (const layer of book.layers) {
    // Behind shipped prices that are not sure only a fetched copy may speak.
    if (unreliable !== null && layer.kind !== 'refreshed') continue;
    const prices = own(layer.regions, region);
    const price = prices && own(prices.vms, vm);
    if (price !== undefined) return { found: true, price, ...originOf(layer) };
    const figures = prices?.unreliable && own(prices.unreliable, vm);
    if (figures === undefined) continue;
    unreliable ??= { found: false, missing: 'reliable', figures, source: layer.source, date: layer.date };
    if (layer.kind !== 'shipped') break;
  }
  if (unreliable !== null) return unreliable;
  if (!bookRegions(book).includes(region)) return missingRegion(book, region);
  return { found: false, missing: 'vm', nearest: nearestNames(vm, bookVms(book, region)) };
}

/** Looks up what is billed beside machines; what a region lacks is said, never zero. */
export function lookUpMeter(book: PriceBook, region: string, id: MeterId): MeterLookup {
  let rough: MeterLookup | null = null;
  for (const layer of book.layers) {
    // As above.
    if (rough !== null && layer.kind !== 'refreshed') continue;
    const prices = own(layer.regions, region);
    const meter = prices && own(prices.meters, id);
    if (meter === undefined) continue;
    const found = {
      ...{ found: true as const, unit: meterUnits[id], tiers: meter.tiers },
      ...originOf(layer, meter),
    };
    if (layer.kind !== 'shipped' || !found.approximate) return found;
    rough ??= found;
  }
  if (rough !== null) return rough;
  if (!bookRegions(book).includes(region)) return missingRegion(book, region);
  return { found: false, missing: 'meter', nearest: [] };
}

/** Nano-yen of a price; the rate counts for dollars alone. */
export function toNanoYen(price: number, currency: Currency, yenPerDollar: number): bigint {
  return currency === 'JPY' ? nanoYen(price) : usdToNanoYen(price, yenPerDollar);
}

/** Nano-yen of a price in USD at a dated exchange rate. */
export function usdToNanoYen(usd: number, yenPerDollar: number): bigint {
  // Both factors are short decimals; multiplied as integers, 0.214 × 150 is exactly 32.1.
  return (BigInt(usd.toFixed(9).replace('.', '')) * nanoYen(yenPerDollar)) / 1_000_000_000n;
}

function missingRegion(book: PriceBook, region: string) {
  return {
    found: false,
    missing: 'region',
    nearest: nearestNames(region, bookRegions(book)),
  } as const;
}

function originOf(layer: PriceLayer, meter?: MeterPrice): PriceOrigin {
  return {
    kind: layer.kind,
    currency: layer.currency,
    source: meter?.source ?? layer.source,
    date: meter?.date ?? layer.date,
    approximate: meter?.approximate ?? false,
  };
}

function layersOf(book: PriceBook, region: string): RegionPrices[] {
  return book.layers.flatMap(({ regions }) => own(regions, region) ?? []);
}

/** A record's own entry: names come from users, and `constructor` is none of ours. */
function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

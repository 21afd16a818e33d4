import type { MeterId } from './meters.ts';
import type { MeterLookup, VmLookup } from './price-book.ts';

/** A key of text.ts, with what fills its places. */
export interface NoPrice {
  message: 'input.price.vm' | 'input.price.region' | 'input.price.unreliable' | 'input.price.meter';
  params: Record<string, string>;
}

/** Why a size has no price that may be used; null where it has one. */
export function whyNoVmPrice(
  lookup: Extract<VmLookup, { found: false }>,
  vm: string,
  region: string,
): NoPrice;
export function whyNoVmPrice(lookup: VmLookup, vm: string, region: string): NoPrice | null;
export function whyNoVmPrice(lookup: VmLookup, vm: string, region: string): NoPrice | null {
  if (lookup.found) return null;
  if (lookup.missing === 'reliable')
    return {
      message: 'input.price.unreliable',
      params: { vm, region, figures: lookup.figures.join(', '), source: lookup.source },
    };
  const message = lookup.missing === 'vm' ? 'input.price.vm' : 'input.price.region';
  return { message, params: { vm, region, nearest: lookup.nearest.join(', ') } };
}

/** Why a meter has no price; null where it has one. */
export function whyNoMeterPrice(
  lookup: Extract<MeterLookup, { found: false }>,
  id: MeterId,
  region: string,
): NoPrice;
export function whyNoMeterPrice(lookup: MeterLookup, id: MeterId, region: string): NoPrice | null;
export function whyNoMeterPrice(lookup: MeterLookup, id: MeterId, region: string): NoPrice | null {
  if (lookup.found) return null;
  const message = lookup.missing === 'meter' ? 'input.price.meter' : 'input.price.region';
  return { message, params: { meter: id, region, nearest: lookup.nearest.join(', ') } };
}

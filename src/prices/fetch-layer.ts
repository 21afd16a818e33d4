import { meterRules } from '../cost/prices/meter-rules.ts';
import { type MeterId, meterIds } from '../cost/prices/meters.ts';
import { type MeterRule, pickMeter } from '../cost/prices/pick-meter.ts';
import { type PickedVms, pickVms } from '../cost/prices/pick-vms.ts';
import type { MeterPrice, PriceLayer, RegionPrices } from '../cost/prices/price-book.ts';
import type { RetailItem } from '../cost/prices/retail-page.ts';
import { phrase } from '../shared/text.ts';
import { refreshFailed } from './refresh-failed.ts';
import type { RetailClient } from './retail-client.ts';

/** A size that pools use. */
export interface NeededVm {
  region: string;
  vm: string;
}

export interface FetchLayer {
  client: RetailClient;
  regions: readonly string[];
  /** These must be there exactly once: what a pool runs on may not become a size without a price. */
  needed: readonly NeededVm[];
  /** The present, milliseconds since 1970. */
  now: number;
  /** Queries done, and how many there are. */
  onProgress(done: number, total: number): void;
  signal: AbortSignal;
}

type RuledMeter = keyof typeof meterRules;

const isRuled = (id: MeterId): id is RuledMeter => Object.hasOwn(meterRules, id);
const ruled = meterIds.filter(isRuled);

/** Fetches a whole layer, or throws: half a price list would be two lists of different days. */
export async function fetchLayer(wanted: FetchLayer): Promise<PriceLayer> {
  const { client, regions, now, signal } = wanted;
  const global = servicesOf('Global');
  const own = servicesOf('own');
  const total = global.length + regions.length * (own.length + 1);
  let done = 0;
  const query = async (filter: string): Promise<RetailItem[]> => {
    wanted.onProgress(done, total);
    const rows = await client.rows(filter, signal);
    done += 1;
    wanted.onProgress(done, total);
    return rows;
  };

  const globalRows: RetailItem[] = [];
  for (const service of global) globalRows.push(...(await query(meterFilter(service, 'Global'))));
  const found: Record<string, RegionPrices> = {};
  for (const region of regions) {
    const rows = [...globalRows];
    for (const service of own) rows.push(...(await query(meterFilter(service, region))));
    const picked = pickVms(await query(vmFilter(region)), region, now);
    refuseWithoutNeeded(picked, region, wanted.needed);
    found[region] = {
      vms: picked.vms,
      unreliable: picked.unreliable,
      meters: Object.fromEntries(ruled.map((id) => [id, meterOf(rows, meterRules[id], region, now)])),
    };
  }
  return {
    kind: 'refreshed',
    source: 'Azure Retail Prices API',
    date: new Date(now).toISOString().slice(0, 10),
    currency: 'USD',
    regions: found,
  };
}

/** Services of the rules, one query each. */
function servicesOf(region: MeterRule['region']): string[] {
  const rules = ruled.map((id) => meterRules[id]).filter((rule) => rule.region === region);
  return [...new Set(rules.map(({ serviceName }) => serviceName))];
}

/** The meters of one service in one region, by name: a service has thousands of others. */
function meterFilter(service: string, region: string): string {
  const rules = ruled.map((id) => meterRules[id]).filter(({ serviceName }) => serviceName === service);
  const names = [...new Set(rules.map(({ meterName }) => `meterName eq '${meterName}'`))].join(' or ');
  return `serviceName eq '${service}' and armRegionName eq '${region}' and priceType eq 'Consumption' and (${names})`;
}

function vmFilter(region: string): string {
  return `serviceName eq 'Virtual Machines' and armRegionName eq '${region}' and priceType eq 'Consumption'`;
}

function meterOf(rows: readonly RetailItem[], rule: MeterRule, region: string, now: number): MeterPrice {
  const picked = pickMeter(rows, rule, region, now);
  if (picked.found) return { tiers: picked.tiers };
  const candidates = picked.candidates.join('\n  ');
  throw refreshFailed(
    phrase(`prices.refresh.${picked.why}`, {
      sought: picked.sought,
      candidates: candidates === '' ? '' : `\n  ${candidates}`,
    }),
  );
}

function refuseWithoutNeeded(picked: PickedVms, region: string, needed: readonly NeededVm[]): void {
  for (const { vm } of needed.filter((each) => each.region === region)) {
    if (picked.vms[vm] !== undefined) continue;
    const candidates = picked.candidates.get(vm) ?? [];
    throw refreshFailed(
      phrase(candidates.length === 0 ? 'prices.refresh.none' : 'prices.refresh.several', {
        sought: `Virtual Machines / ${vm} (1 Hour, ${region})`,
        candidates: candidates.length === 0 ? '' : `\n  ${candidates.join('\n  ')}`,
      }),
    );
  }
}

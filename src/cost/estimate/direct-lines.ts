import {
  type Currency,
  lookUpMeter,
  lookUpVm,
  type PriceBook,
  type PriceOrigin,
} from '../prices/price-book.ts';
import type { PricedLine } from './priced-line.ts';
import type { DirectScenario } from './scenario.ts';

type Given = { yen: number } | { usd: number };

interface Price {
  price: number;
  rate: number;
  origin: PriceOrigin | null;
}

/** The lines of a scenario whose amounts are given: its pools, then formulas (2) and (3), then the rest. */
export function directLines(
  scenario: DirectScenario,
  book: PriceBook,
): { lines: PricedLine[]; derived: null; told: string[] } {
  const { region, exchange, loadBalancer, staticIps, other } = scenario;
  const rateOf = (currency: Currency) => (currency === 'USD' ? (exchange?.yenPerDollar ?? 0) : 1);
  const given = (price: Given): Price =>
    'yen' in price
      ? { price: price.yen, rate: 1, origin: null }
      : { price: price.usd, rate: rateOf('USD'), origin: null };
  const ofBook = (found: ReturnType<typeof lookUpVm>): Price => {
    if (!found.found) throw new RangeError(`no such price in ${region}`);
    return { price: found.price, rate: rateOf(found.currency), origin: found };
  };
  const ofMeter = (id: 'loadBalancerHour' | 'staticIpHour'): Price => {
    const found = lookUpMeter(book, region, id);
    const [tier] = found.found ? found.tiers : [];
    if (!found.found || !tier) throw new RangeError(`no price of ${id} in ${region}`);
    return { price: tier.price, rate: rateOf(found.currency), origin: found };
  };
  const lines: PricedLine[] = scenario.pools.map(({ name, vm, pricePerHour, nodeHours }) => ({
    name,
    formula: '(1)',
    unit: 'node-hour',
    times: new Map(Object.entries(nodeHours).map(([n, hours]) => [Number(n), hours])),
    quantity: 0,
    count: 1,
    ...(pricePerHour ? given(pricePerHour) : ofBook(lookUpVm(book, region, vm ?? ''))),
  }));
  const line = (
    name: string,
    formula: '(2)' | '(3)' | '(4)',
    quantity: number,
    count: number,
    price: Price,
  ) =>
    lines.push({
      name,
      formula,
      unit: formula === '(4)' ? 'piece' : 'hour',
      times: null,
      quantity,
      count,
      ...price,
    });
  const priceOf = (from: { pricePerHour?: Given | undefined }, id: 'loadBalancerHour' | 'staticIpHour') =>
    from.pricePerHour ? given(from.pricePerHour) : ofMeter(id);
  if (loadBalancer)
    line('loadBalancer', '(2)', loadBalancer.hours, 1, priceOf(loadBalancer, 'loadBalancerHour'));
  if (staticIps)
    line('staticIps', '(3)', staticIps.hours, staticIps.count, priceOf(staticIps, 'staticIpHour'));
  if (other) line('other', '(4)', 1, 1, given(other));
  return {
    lines,
    derived: null,
    told: [
      ...(exchange ? [`exchange: ${exchange.yenPerDollar} yen per dollar (${exchange.date})`] : []),
      `month.hours: ${scenario.month.hours}`,
      `region: ${region}`,
    ],
  };
}

import * as z from 'zod';
import { loadBalancerCost, nodePoolCost, platformCost, staticIpCost } from '../formulas.ts';
import { nanoYen, partsPerMillion, taxOn, unitsToYen, yenToUnits } from '../money.ts';
import { findVmPrice, meters, priceBook, priceRegions, usdToNanoYen } from '../prices/price-book.ts';

const yen = z.number().nonnegative().max(1e9);
const price = z.union([z.strictObject({ yen }), z.strictObject({ usd: z.number().nonnegative().max(1e6) })], {
  error: 'input.price.form',
});
const hours = z.number().nonnegative().max(10_000);

/** Up to how many nodes a pool of a scenario may have. */
const nodesLimit = 1000;

const pool = z.strictObject({
  name: z.string().min(1).max(60),
  vm: z.string().optional(),
  pricePerHour: price.optional(),
  nodeHours: z.record(z.string().regex(/^[1-9]\d{0,3}$/, 'input.scenario.nodes'), hours),
});

/** A cost scenario with its amounts given directly. Every mistake carries its place and a key of text.ts. */
export const scenarioSchema = z
  .strictObject({
    month: z.strictObject({ hours: z.number().positive().max(750).default(730) }).prefault({}),
    exchange: z
      .strictObject({ yenPerDollar: z.number().positive().max(100_000), date: z.coerce.string() })
      .optional(),
    region: z.string().default('japaneast'),
    budget: z.strictObject({ yen }).optional(),
    pools: z.array(pool).default([]),
    loadBalancer: z.strictObject({ hours, pricePerHour: price.optional() }).optional(),
    staticIps: z
      .strictObject({ count: z.int().min(0).max(1000), hours, pricePerHour: price.optional() })
      .optional(),
    other: z.strictObject({ yen }).optional(),
    tax: z.strictObject({ rate: z.number().min(0).max(1) }).default({ rate: 0 }),
  })
  .superRefine((scenario, issues) => {
    const wrong = (
      path: (string | number)[],
      message: string,
      params: Record<string, string | number> = {},
    ) => issues.addIssue({ code: 'custom', path, message, params });
    const needsRate = (path: (string | number)[]) => {
      if (scenario.exchange === undefined) wrong(path, 'input.price.rate');
    };
    if (!priceRegions().includes(scenario.region))
      wrong(['region'], 'input.price.region', {
        region: scenario.region,
        nearest: priceRegions().join(', '),
      });
    for (const [index, each] of scenario.pools.entries()) {
      const at = ['pools', index];
      if ((each.vm === undefined) === (each.pricePerHour === undefined))
        wrong([...at, each.vm === undefined ? 'name' : 'pricePerHour'], 'input.scenario.one_price');
      if (each.pricePerHour !== undefined && 'usd' in each.pricePerHour) needsRate([...at, 'pricePerHour']);
      if (each.vm !== undefined && each.pricePerHour === undefined) {
        needsRate([...at, 'vm']);
        const found = findVmPrice(each.vm, scenario.region);
        if (!found.found && found.missing === 'vm')
          wrong([...at, 'vm'], 'input.price.vm', {
            vm: each.vm,
            region: scenario.region,
            nearest: found.nearest.join(', '),
          });
      }
      const sum = Object.values(each.nodeHours).reduce((all, one) => all + one, 0);
      if (sum > scenario.month.hours + 1e-9)
        wrong([...at, 'nodeHours'], 'input.scenario.hours', { sum, hours: scenario.month.hours });
      if (Object.keys(each.nodeHours).some((n) => Number(n) > nodesLimit))
        wrong([...at, 'nodeHours'], 'input.scenario.too_many', { most: nodesLimit });
    }
    for (const name of ['loadBalancer', 'staticIps'] as const) {
      const given = scenario[name];
      if (given !== undefined && !(given.pricePerHour !== undefined && 'yen' in given.pricePerHour))
        needsRate([name]);
      if (given !== undefined && given.hours > scenario.month.hours)
        wrong([name, 'hours'], 'input.scenario.month', { hours: scenario.month.hours });
    }
  });

export type Scenario = z.output<typeof scenarioSchema>;

export interface EstimateItem {
  name: string;
  formula: '(1)' | '(2)' | '(3)' | '(4)' | 'tax';
  quantity: number;
  unit: 'node-hour' | 'hour' | 'piece';
  /** Yen a unit. */
  unitPrice: number;
  yen: number;
}

/** What `seto cost estimate --json` prints; yen unrounded. */
export interface Estimate {
  currency: 'JPY';
  total: number;
  budget: number | null;
  withinBudget: boolean | null;
  items: EstimateItem[];
  assumptions: string[];
}

/** Hours to whole milliseconds, the time unit of exact money. */
function toMs(hoursGiven: number): number {
  return Math.round(hoursGiven * 3_600_000);
}

/** Formulas (1) to (4) on a checked scenario. Pure; added up exactly and rounded nowhere. */
export function estimate(scenario: Scenario): Estimate {
  const rate = scenario.exchange?.yenPerDollar ?? 0;
  const nano = (given: z.output<typeof price> | undefined, usd: number): bigint =>
    given === undefined
      ? usdToNanoYen(usd, rate)
      : 'yen' in given
        ? nanoYen(given.yen)
        : usdToNanoYen(given.usd, rate);
  const items: EstimateItem[] = [];
  const assumptions: string[] = [];
  const nodePools = scenario.pools.map((each) => {
    const found = each.vm === undefined ? null : findVmPrice(each.vm, scenario.region);
    const perHour = nano(each.pricePerHour, found?.found ? found.usdPerHour : 0);
    const times = new Map(Object.entries(each.nodeHours).map(([n, t]) => [Number(n), toMs(t)]));
    const cost = nodePoolCost(perHour, times);
    items.push({
      name: each.name,
      formula: '(1)',
      quantity: [...times].reduce((sum, [n, ms]) => sum + (n * ms) / 3_600_000, 0),
      unit: 'node-hour',
      unitPrice: Number(perHour) / 1e9,
      yen: unitsToYen(cost),
    });
    return cost;
  });
  const { loadBalancer: lb, staticIps: ips } = scenario;
  const lbPrice = nano(lb?.pricePerHour, meters.loadBalancerPerHour);
  const lbCost = lb ? loadBalancerCost(lbPrice, toMs(lb.hours)) : 0n;
  if (lb)
    items.push({
      name: 'loadBalancer',
      formula: '(2)',
      quantity: lb.hours,
      unit: 'hour',
      unitPrice: Number(lbPrice) / 1e9,
      yen: unitsToYen(lbCost),
    });
  const ipPrice = nano(ips?.pricePerHour, meters.staticIpPerHour);
  const ipCost = ips ? staticIpCost(ipPrice, toMs(ips.hours)) : 0n;
  if (ips)
    items.push({
      name: 'staticIps',
      formula: '(3)',
      quantity: ips.count * ips.hours,
      unit: 'hour',
      unitPrice: Number(ipPrice) / 1e9,
      yen: unitsToYen(BigInt(ips.count) * ipCost),
    });
  const other = yenToUnits(scenario.other?.yen ?? 0);
  if (scenario.other)
    items.push({
      name: 'other',
      formula: '(4)',
      quantity: 1,
      unit: 'piece',
      unitPrice: scenario.other.yen,
      yen: scenario.other.yen,
    });
  const net = platformCost({
    nodePools,
    loadBalancer: lbCost,
    staticIp: ipCost,
    staticIps: ips?.count ?? 0,
    other,
  });
  const tax = taxOn(net, partsPerMillion(scenario.tax.rate));
  if (scenario.tax.rate > 0)
    items.push({
      name: 'tax',
      formula: 'tax',
      quantity: 1,
      unit: 'piece',
      unitPrice: unitsToYen(tax),
      yen: unitsToYen(tax),
    });
  if (scenario.exchange)
    assumptions.push(`1 USD = ${scenario.exchange.yenPerDollar} JPY (${scenario.exchange.date})`);
  assumptions.push(`${scenario.month.hours} hours a month, region ${scenario.region}`);
  assumptions.push(`prices of ${priceBook.date}: ${priceBook.source}; ${priceBook.unit}`);
  const limit = scenario.budget === undefined ? null : yenToUnits(scenario.budget.yen);
  return {
    currency: 'JPY',
    total: unitsToYen(net + tax),
    budget: scenario.budget?.yen ?? null,
    withinBudget: limit === null ? null : net + tax <= limit,
    items,
    assumptions,
  };
}

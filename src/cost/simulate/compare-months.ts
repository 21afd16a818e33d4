import { measure } from '../estimate/amounts-of-work.ts';
import type { Layout } from '../estimate/bill-model.ts';
import { compileLayout } from '../estimate/compile-bill.ts';
import { occupancyOf } from '../estimate/occupancy-of-work.ts';
import { pointOf, type WorkloadScenario } from '../estimate/scenario.ts';
import type { PriceBook } from '../prices/price-book.ts';
import { shippedBook } from '../prices/shipped-book.ts';
import { type PoolMonth, type SimulatedMonth, simulateMonth } from './simulate-month.ts';

/** Over the months that were simulated. */
export interface Spread {
  mean: number;
  least: number;
  most: number;
}

export interface PoolComparison {
  name: 'develop' | 'train';
  /** By the closed form; T_n by n, hours. */
  closed: { nodeHours: number; times: Readonly<Record<string, number>> };
  /** Means of the months, but for node-hours. */
  simulated: {
    nodeHours: Spread;
    times: Readonly<Record<string, number>>;
    demands: number;
    nodes: number;
    waitMinutesEach: number;
  };
  /** Mean node-hours by which the months differ from the closed form for as many demands, by reason. */
  differences: PoolMonth['differences'];
}

export interface Comparison {
  layout: Layout;
  seed: number;
  months: number;
  /** Empty where the layout rents no nodes. */
  pools: PoolComparison[];
  /** The whole bill with tax: by the closed form, and with the months' node-hours in its place. */
  yen: { closed: number; simulated: Spread };
}

const pools = ['develop', 'train'] as const;

/** Holds the closed form of a scenario's layout against `months` simulated ones, of the seeds from `seed` on. */
export function compareMonths(
  scenario: WorkloadScenario,
  { seed, months }: { seed: number; months: number },
  book: PriceBook = shippedBook,
): Comparison {
  const played = Array.from({ length: months }, (_, index) =>
    simulateMonth(scenario, scenario.layout, seed + index),
  );
  const { work, lines, amounts } = compileLayout(scenario, scenario.layout, book);
  measure(work, pointOf(scenario), amounts);
  const closedHours = { develop: amounts.developHours, train: amounts.trainHours };
  const rate = scenario.exchange.yenPerDollar;
  const billOf = (hours: Record<'develop' | 'train', number>) => {
    amounts.developHours = hours.develop;
    amounts.trainHours = hours.train;
    const net = lines.reduce(
      (sum, { quantity, price, currency }) =>
        sum + quantity(amounts) * price * (currency === 'USD' ? rate : 1),
      0,
    );
    return net * (1 + scenario.tax.rate);
  };
  const closed = billOf(closedHours);
  const bills = played.map(({ develop, train }) =>
    billOf({ develop: develop.nodeHours, train: train.nodeHours }),
  );
  return {
    layout: scenario.layout,
    seed,
    months,
    pools: (work.nodes ? pools : []).map((name) => ({
      ...comparePool(name, played),
      closed: {
        nodeHours: closedHours[name],
        times: Object.fromEntries(occupancyOf(name, closedHours[name], scenario)),
      },
    })),
    yen: { closed, simulated: spreadOf(bills) },
  };
}

function comparePool(
  name: PoolComparison['name'],
  played: readonly SimulatedMonth[],
): Omit<PoolComparison, 'closed'> {
  const months = played.map((month) => month[name]);
  const mean = (of: (month: PoolMonth) => number) =>
    months.reduce((sum, month) => sum + of(month), 0) / months.length;
  const most = Math.max(0, ...months.flatMap(({ times }) => [...times.keys()]));
  const counts = Array.from({ length: most }, (_, index) => index + 1);
  const demands = mean((month) => month.demands);
  return {
    name,
    simulated: {
      nodeHours: spreadOf(months.map((month) => month.nodeHours)),
      times: Object.fromEntries(counts.map((n) => [n, mean(({ times }) => times.get(n) ?? 0)])),
      demands,
      nodes: mean((month) => month.nodes),
      waitMinutesEach: demands === 0 ? 0 : (60 * mean((month) => month.waitHours)) / demands,
    },
    differences: {
      boots: mean(({ differences }) => differences.boots),
      idle: mean(({ differences }) => differences.idle),
      link: mean(({ differences }) => differences.link),
      growth: mean(({ differences }) => differences.growth),
    },
  };
}

function spreadOf(values: readonly number[]): Spread {
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    least: Math.min(...values),
    most: Math.max(...values),
  };
}

import { fromDecimal, toDecimal } from '../decimal.ts';
import { loadBalancerCost, nodePoolCost, platformCost, staticIpCost, type Times } from '../formulas.ts';
import type { PriceBook } from '../prices/price-book.ts';
import { shippedBook } from '../prices/shipped-book.ts';
import type { Layout } from './bill-model.ts';
import type { Derived } from './derived.ts';
import { directLines } from './direct-lines.ts';
import type { Formula, Unit } from './lines.ts';
import type { PricedLine } from './priced-line.ts';
import type { Scenario } from './scenario.ts';
import { workloadLines } from './workload-lines.ts';

export interface EstimateItem {
  name: string;
  formula: Formula;
  quantity: number;
  unit: Unit;
  /** Yen a unit. */
  unitPrice: number;
  yen: number;
  /** Whether the paper's formula (4) contains it. */
  paper: boolean;
  /** T_n by n, hours: of a node pool. */
  nodeHours?: Readonly<Record<string, number>>;
}

/** What `seto cost estimate --json` prints; yen unrounded. */
export interface Estimate {
  currency: 'JPY';
  /** The whole bill, tax included. */
  total: number;
  budget: number | null;
  withinBudget: boolean | null;
  /** Formula (4) alone, without tax. */
  paper: { yen: number };
  layout: Layout | null;
  items: EstimateItem[];
  /** What the hours come from; null where they were given. */
  derived: Derived | null;
  assumptions: string[];
}

/** Price × rate × amount: three decimals of 10⁻¹⁸ in one product. */
const factors = 3;

/** A checked scenario's bill by formulas (1) to (4) and the lines beside them. Pure; exact, and rounded nowhere. */
export function estimate(scenario: Scenario, book: PriceBook = shippedBook): Estimate {
  const { lines, derived, told } =
    scenario.kind === 'direct' ? directLines(scenario, book) : workloadLines(scenario, book);
  const costs = lines.map(costOf);
  const sumOf = (chosen: (line: PricedLine) => boolean) =>
    lines.reduce((sum, line, index) => (chosen(line) ? sum + (costs[index] ?? 0n) : sum), 0n);
  const inPaper = platformCost({
    nodePools: costs.filter((_, index) => lines[index]?.formula === '(1)'),
    loadBalancer: sumOf(({ formula }) => formula === '(2)'),
    // Already times their number: the line has it.
    staticIp: sumOf(({ formula }) => formula === '(3)'),
    staticIps: 1,
    other: sumOf(({ formula }) => formula === '(4)'),
  });
  const net = inPaper + sumOf(({ formula }) => formula === 'extra');
  const tax = net * toDecimal(scenario.tax.rate);
  const total = net * toDecimal(1) + tax;
  const items = lines.map((line, index) => itemOf(line, costs[index] ?? 0n));
  if (scenario.tax.rate > 0) items.push(taxItem(scenario.tax.rate, net, tax));
  const { budget } = scenario;
  return {
    currency: 'JPY',
    total: fromDecimal(total, factors + 1),
    budget: budget?.yen ?? null,
    withinBudget: budget ? total <= toDecimal(budget.yen) * toDecimal(1) ** 3n : null,
    paper: { yen: fromDecimal(inPaper, factors) },
    layout: scenario.kind === 'workload' ? scenario.layout : null,
    items,
    derived,
    assumptions: [...told, ...sources(lines)],
  };
}

function costOf(line: PricedLine): bigint {
  const price = toDecimal(line.price) * toDecimal(line.rate);
  if (line.times) return nodePoolCost(price, decimalTimes(line.times));
  const amount = toDecimal(line.quantity);
  if (line.formula === '(3)') return BigInt(line.count) * staticIpCost(price, amount);
  if (line.formula === '(2)') return loadBalancerCost(price, amount);
  return price * amount;
}

function decimalTimes(times: ReadonlyMap<number, number>): Times {
  return new Map([...times].map(([n, hours]) => [n, toDecimal(hours)]));
}

function itemOf(line: PricedLine, cost: bigint): EstimateItem {
  const { name, formula, unit, times } = line;
  const nodeHours = times === null ? [] : [...times].map(([n, hours]) => toDecimal(hours) * BigInt(n));
  return {
    name,
    formula,
    quantity: times
      ? fromDecimal(
          nodeHours.reduce((sum, each) => sum + each, 0n),
          1,
        )
      : line.quantity * line.count,
    unit,
    unitPrice: fromDecimal(toDecimal(line.price) * toDecimal(line.rate), 2),
    yen: fromDecimal(cost, factors),
    paper: formula !== 'extra',
    ...(times ? { nodeHours: Object.fromEntries(times) } : {}),
  };
}

function taxItem(rate: number, net: bigint, tax: bigint): EstimateItem {
  return {
    name: 'tax',
    formula: 'tax',
    quantity: rate,
    unit: 'piece',
    unitPrice: fromDecimal(net, factors),
    yen: fromDecimal(tax, factors + 1),
    paper: false,
  };
}

/** Where the prices come from, each source once; rough figures are called so. */
function sources(lines: readonly PricedLine[]): string[] {
  const told = lines.flatMap(({ name, origin }) =>
    origin === null
      ? []
      : [`${origin.source} (${origin.kind}, ${origin.date})${origin.approximate ? `: ${name} ≈` : ''}`],
  );
  return [...new Set(told)].map((each) => `price: ${each}`);
}

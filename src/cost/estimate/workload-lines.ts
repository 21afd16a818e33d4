import { assumedExchange } from '../assumed-exchange.ts';
import type { PriceBook } from '../prices/price-book.ts';
import { measure } from './amounts-of-work.ts';
import { compileLayout } from './compile-bill.ts';
import { type Derived, derivedOf } from './derived.ts';
import type { Line } from './lines.ts';
import { occupancyOf } from './occupancy-of-work.ts';
import type { PricedLine } from './priced-line.ts';
import { pointOf, type WorkloadScenario } from './scenario.ts';

/** The lines of a scenario's own layout with T_n from the closed form. */
export function workloadLines(
  scenario: WorkloadScenario,
  book: PriceBook,
): { lines: PricedLine[]; derived: Derived; told: string[] } {
  const { work, lines, amounts } = compileLayout(scenario, scenario.layout, book);
  const rate = scenario.exchange.yenPerDollar;
  measure(work, pointOf(scenario), amounts);
  const priced = lines.map((line): PricedLine => {
    const { name, formula, unit, price, origin } = line;
    const quantity = line.quantity(amounts);
    return {
      name,
      formula,
      unit,
      times: formula === '(1)' ? timesOf(line, quantity, scenario) : null,
      quantity,
      count: 1,
      price,
      rate: line.currency === 'USD' ? rate : 1,
      origin,
    };
  });
  return {
    lines: priced.filter(({ formula, quantity }) => formula !== 'extra' || quantity > 0),
    derived: derivedOf(work, amounts, scenario),
    told: [
      `exchange: ${rate} yen per dollar (${scenario.exchange.date})${scenario.exchange === assumedExchange ? ', assumed: the scenario names none' : ''}`,
      `month.hours: ${scenario.month.hours}`,
      `region: ${scenario.region}`,
      ...flat('workload', scenario.workload),
      ...flat('assumptions', scenario.assumptions),
    ],
  };
}

/** What is resident is there all month, the same number of machines all the time. */
function timesOf(line: Line, nodeHours: number, scenario: WorkloadScenario): Map<number, number> {
  const { hours } = scenario.month;
  return line.name === 'develop' || line.name === 'train'
    ? occupancyOf(line.name, nodeHours, scenario)
    : new Map([[Math.round(nodeHours / hours), hours]]);
}

/** Every value by its key as a scenario writes it. */
function flat(path: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [`${path}: ${String(value)}`];
  return Object.entries(value).flatMap(([key, each]) => flat(`${path}.${key}`, each));
}

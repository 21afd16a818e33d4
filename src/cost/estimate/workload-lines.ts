import type { PriceBook } from '../prices/price-book.ts';
import { type Amounts, measure, type Work } from './amounts-of-work.ts';
import { compileLayout } from './compile-bill.ts';
import type { Line } from './lines.ts';
import { occupancy } from './occupancy.ts';
import type { PricedLine } from './priced-line.ts';
import { pointOf, type WorkloadScenario } from './scenario.ts';

/** What a layout's hours come from: one session's and one retraining's node, and the month's sums. */
export interface Derived {
  meanDataGb: number;
  transferHours: number;
  uploadHours: number;
  sessionNodeHours: number;
  retrainingNodeHours: number;
  developNodeHours: number;
  trainNodeHours: number;
  /** Developers' nodes are up all month, because their sessions with all that goes with them need more than it has. */
  keptUp: boolean;
}

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
      times: formula === '(1)' ? timesOf(line, quantity, work, scenario) : null,
      quantity,
      count: 1,
      price,
      rate: line.currency === 'USD' ? rate : 1,
      origin,
    };
  });
  return {
    lines: priced.filter(({ formula, quantity }) => formula === '(1)' || quantity > 0),
    derived: derivedOf(work, amounts),
    told: [
      `exchange: ${rate} yen per dollar (${scenario.exchange.date})`,
      `month.hours: ${scenario.month.hours}`,
      `region: ${scenario.region}`,
      ...flat('workload', scenario.workload),
      ...flat('assumptions', scenario.assumptions),
    ],
  };
}

/** T_n of a pool: developers fall into working hours, retrainings anywhere, what is resident is there all month. */
function timesOf(line: Line, nodeHours: number, work: Work, scenario: WorkloadScenario): Map<number, number> {
  const { workload, assumptions: given } = scenario;
  const { monthHours } = work;
  if (line.name !== 'develop' && line.name !== 'train')
    return new Map([[Math.round(nodeHours / monthHours), monthHours]]);
  const develops = line.name === 'develop';
  return occupancy({
    nodeHours,
    count: develops ? workload.developers : workload.retrainingsPerMonth,
    windowHours: develops ? workload.daysPerMonth * given.workdayHours : monthHours,
    monthHours,
    maxNodes: given.maxNodes[develops ? 'develop' : 'train'] ?? Number.POSITIVE_INFINITY,
  });
}

function derivedOf(work: Work, amounts: Amounts): Derived {
  return {
    meanDataGb: amounts.meanGb,
    transferHours: amounts.transferHours,
    uploadHours: amounts.uploadHours,
    sessionNodeHours: amounts.sessionLifeHours,
    retrainingNodeHours: amounts.retrainingLifeHours,
    developNodeHours: amounts.developHours,
    trainNodeHours: amounts.trainHours,
    keptUp: amounts.wantedHoursEach > work.monthHours,
  };
}

/** Every value by its key as a scenario writes it. */
function flat(path: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [`${path}: ${String(value)}`];
  return Object.entries(value).flatMap(([key, each]) => flat(`${path}.${key}`, each));
}

import { estimate } from '../src/cost/estimate/estimate.ts';
import type { WorkloadScenario } from '../src/cost/estimate/scenario.ts';
import { compareMonths } from '../src/cost/simulate/compare-months.ts';

/** Simulated months a figure is the mean of; seeds from 1 on. */
export const simulatedMonths = 20;

/** What a number of developers costs in hybrid-vm: yen a month with tax, closed form and means of simulated months. */
export interface SharedLinkRow {
  developers: number;
  closed: number;
  simulated: number;
  /** Simulated, the data set beside the nodes (`dataCache: cloud`). */
  cached: number;
  allOnprem: number;
  allCloud: number;
}

/** The closed form gives each node the link for itself; in the simulated month they share it. */
export function sharedLinkRow(scenario: WorkloadScenario, developers: number): SharedLinkRow {
  const of = (layout: WorkloadScenario['layout'], dataCache: 'none' | 'cloud'): WorkloadScenario => ({
    ...scenario,
    layout,
    workload: { ...scenario.workload, developers, dataCache },
  });
  const months = { seed: 1, months: simulatedMonths };
  const { yen } = compareMonths(of('hybrid-vm', 'none'), months);
  return {
    developers,
    closed: yen.closed,
    simulated: yen.simulated.mean,
    cached: compareMonths(of('hybrid-vm', 'cloud'), months).yen.simulated.mean,
    allOnprem: estimate(of('all-onprem', 'none')).total,
    allCloud: estimate(of('all-cloud', 'none')).total,
  };
}

/** The first number of developers at which a single place is cheaper than the simulated hybrid; null up to `most`. */
export function sharedLinkTurn(scenario: WorkloadScenario, most: number): SharedLinkRow | null {
  for (let developers = 1; developers <= most; developers++) {
    const row = sharedLinkRow(scenario, developers);
    if (row.simulated > Math.min(row.allOnprem, row.allCloud)) return row;
  }
  return null;
}

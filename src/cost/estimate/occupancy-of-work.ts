import { occupancy } from './occupancy.ts';
import type { WorkloadScenario } from './scenario.ts';

/** T_n of a pool, hours: developers' sessions fall into working hours, retrainings anywhere in the month. */
export function occupancyOf(
  pool: 'develop' | 'train',
  nodeHours: number,
  scenario: WorkloadScenario,
): Map<number, number> {
  const { workload, assumptions, month } = scenario;
  const develops = pool === 'develop';
  return occupancy({
    nodeHours,
    count: develops ? workload.developers : workload.retrainingsPerMonth,
    windowHours: develops ? workload.daysPerMonth * assumptions.workdayHours : month.hours,
    monthHours: month.hours,
    maxNodes: assumptions.maxNodes[pool] ?? Number.POSITIVE_INFINITY,
  });
}

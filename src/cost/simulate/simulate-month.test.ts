import { describe, expect, it } from 'vitest';
import { layouts } from '../estimate/bill-model.ts';
import { estimate } from '../estimate/estimate.ts';
import { scenarioSchema, type WorkloadScenario } from '../estimate/scenario.ts';
import { simulateMonth } from './simulate-month.ts';

const inspection = {
  developers: 3,
  daysPerMonth: 20,
  sessionsPerDay: 1,
  hoursPerSession: 2,
  retrainingsPerMonth: 4,
  minutesPerRetraining: 30,
  dataGb: 50,
  growthGbPerMonth: 5,
  link: { downMbps: 100, upMbps: 100 },
};

function scenarioOf(workload: object, assumptions: object = {}): WorkloadScenario {
  const read = scenarioSchema.parse({
    exchange: { yenPerDollar: 150, date: '2026-11-01' },
    layout: 'hybrid-vm',
    workload: { ...inspection, ...workload },
    assumptions,
  });
  if (read.kind !== 'workload') throw new Error('not a workload');
  return read;
}

const seeds = Array.from({ length: 20 }, (_, index) => index + 1);

const cases = {
  'the inspection line': scenarioOf({}),
  'no data to pull': scenarioOf({ dataGb: 0, growthGbPerMonth: 0 }),
  'many short sessions': scenarioOf({ sessionsPerDay: 4, hoursPerSession: 0.5, dataGb: 1 }),
  'one node for all': scenarioOf({ dataGb: 1 }, { maxNodes: { develop: 1, train: 1 } }),
  'a retraining every hour': scenarioOf({ retrainingsPerMonth: 730, minutesPerRetraining: 20, dataGb: 2 }),
  'half a retraining and half a session': scenarioOf({ retrainingsPerMonth: 0.5, sessionsPerDay: 0.5 }),
  'a data set that doubles': scenarioOf({ growthGbPerMonth: 50 }),
};

describe('a simulated month', () => {
  it.each(Object.entries(cases))(
    'is the closed form plus the differences it names: %s',
    (_name, scenario) => {
      for (const layout of layouts) {
        const { derived } = estimate({ ...scenario, layout });
        for (const seed of seeds) {
          const month = simulateMonth(scenario, layout, seed);
          for (const pool of ['develop', 'train'] as const) {
            const { demands, nodeHours, differences, times } = month[pool];
            const each = derived?.[pool === 'develop' ? 'sessionNodeHours' : 'retrainingNodeHours'] ?? 0;
            const named = Object.values(differences).reduce((sum, one) => sum + one, 0);
            expect(nodeHours).toBeCloseTo(demands * each + named, 6);
            expect([...times].reduce((sum, [n, t]) => sum + n * t, 0)).toBeCloseTo(nodeHours, 6);
          }
        }
      }
    },
  );
});

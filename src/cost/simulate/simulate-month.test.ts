import { describe, expect, it } from 'vitest';
import { inspectionExchange, inspectionWork } from '../../../test/support/inspection-work.ts';
import { type Layout, layouts } from '../estimate/bill-model.ts';
import { estimate } from '../estimate/estimate.ts';
import { scenarioSchema, type WorkloadScenario } from '../estimate/scenario.ts';
import { compareMonths } from './compare-months.ts';
import { simulateMonth } from './simulate-month.ts';

function scenarioOf(workload: object, assumptions: object = {}): WorkloadScenario {
  const read = scenarioSchema.parse({
    exchange: inspectionExchange,
    layout: 'hybrid-vm',
    workload: { ...inspectionWork, ...workload },
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

  /** Simulated node-hours over the closed form's, means of many months, as docs/estimates.md tells them. */
  const ratios: [name: string, layout: Layout, scenario: WorkloadScenario, develop: number, train: number][] =
    [
      // Three people who each pull for 70 minutes meet on the link.
      ['the inspection line', 'hybrid-vm', scenarioOf({}), 1.08, 1.05],
      ['a cache in the cloud', 'hybrid-vm', scenarioOf({ dataCache: 'cloud' }), 1, 1],
      [
        'short sessions',
        'hybrid-vm',
        scenarioOf({ sessionsPerDay: 4, hoursPerSession: 0.5, dataGb: 1 }),
        0.97,
        1,
      ],
      [
        'short sessions',
        'hybrid-aks',
        scenarioOf({ sessionsPerDay: 4, hoursPerSession: 0.5, dataGb: 1 }),
        0.95,
        1,
      ],
      [
        'one node for all',
        'hybrid-vm',
        scenarioOf({ dataGb: 1 }, { maxNodes: { develop: 1, train: 1 } }),
        0.96,
        1,
      ],
      [
        'a retraining every hour',
        'hybrid-aks',
        scenarioOf({ retrainingsPerMonth: 730, minutesPerRetraining: 20, dataGb: 2 }),
        1,
        0.97,
      ],
      ['growth', 'hybrid-vm', scenarioOf({ growthGbPerMonth: 50 }), 1.14, 1.09],
      // Eight people pull for a whole working day's length and more: the closed form is far too cheap.
      ['a link for eight', 'hybrid-vm', scenarioOf({ developers: 8 }), 1.57, 1.34],
    ];

  it.each(ratios)(
    'differs from the closed form by what the page says: %s, %s',
    (_name, layout, given, ...said) => {
      const { pools } = compareMonths({ ...given, layout }, { seed: 1, months: 200 });
      const found = pools.map(({ closed, simulated }) => simulated.nodeHours.mean / closed.nodeHours);
      for (const [index, ratio] of said.entries())
        expect(Math.abs((found[index] ?? 0) - ratio)).toBeLessThan(0.015);
    },
  );

  it('gathers people in the middle of the day: more hours with all nodes up than the binomial has', () => {
    const [develop] = compareMonths(scenarioOf({}), { seed: 1, months: 200 }).pools;
    expect(develop?.closed.times['3']).toBeCloseTo(11.6, 1);
    expect(develop?.simulated.times['3']).toBeCloseTo(15.2, 0);
  });

  it('is the same for the same seed, and another for another', () => {
    const scenario = scenarioOf({});
    expect(simulateMonth(scenario, 'hybrid-aks', 5)).toEqual(simulateMonth(scenario, 'hybrid-aks', 5));
    expect(simulateMonth(scenario, 'hybrid-aks', 5)).not.toEqual(simulateMonth(scenario, 'hybrid-aks', 6));
  });

  it('never has more nodes up than the limit, and lets the rest wait', () => {
    const scenario = scenarioOf({ developers: 6, dataGb: 1 }, { maxNodes: { develop: 2 } });
    const { develop } = simulateMonth(scenario, 'hybrid-vm', 1);
    expect(Math.max(...develop.times.keys())).toBe(2);
    expect(develop.waitHours).toBeGreaterThan(develop.demands / 12);
  });
});

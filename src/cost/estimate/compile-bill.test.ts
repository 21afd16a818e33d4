import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Layout, layouts, type RangeInput, type RangePoint, rangeInputs } from './bill-model.ts';
import { compileBill } from './compile-bill.ts';
import { estimate } from './estimate.ts';
import { scenarioSchema, type WorkloadScenario } from './scenario.ts';

/** Scenarios of every kind: shops with nothing to do, lines of a modem, machines with prices of their own. */
const scenario = fc
  .record({
    developers: fc.nat(12),
    daysPerMonth: fc.integer({ min: 0, max: 31 }),
    sessionsPerDay: fc.constantFrom(0, 0.5, 1, 2, 3),
    hoursPerSession: fc.double({ min: 0, max: 8, noNaN: true }),
    retrainingsPerMonth: fc.constantFrom(0, 0.5, 1, 4, 30, 200),
    minutesPerRetraining: fc.double({ min: 0, max: 600, noNaN: true }),
    dataGb: fc.double({ min: 0, max: 3000, noNaN: true }),
    growthGbPerMonth: fc.constantFrom(0, 5, 500),
    picturesPerMonth: fc.constantFrom(0, 100_000, 50_000_000, 500_000_000),
    artifactGb: fc.constantFrom(0, 0.1, 20),
    downMbps: fc.constantFrom(1, 10, 100, 2000),
    upMbps: fc.constantFrom(1, 10, 100, 2000),
    dataCache: fc.constantFrom('none', 'cloud'),
    osDisk: fc.constantFrom('P4', 'P10', 'E4', 'ephemeral'),
    natGateway: fc.boolean(),
    train: fc.constantFrom('Standard_NC4as_T4_v3', { yen: 106.5 }, { usd: 0.3 }),
    taxRate: fc.constantFrom(0, 0.1),
    developersEach: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ downMbps, upMbps, osDisk, natGateway, train, taxRate, developersEach, ...workload }) => {
    const read = scenarioSchema.parse({
      exchange: { yenPerDollar: 150, date: '2026-11-01' },
      other: { yen: 300 },
      tax: { rate: taxRate },
      layout: 'hybrid-vm',
      workload: { ...workload, link: { downMbps, upMbps } },
      assumptions: { osDisk, natGateway, vms: { train }, onprem: { developerMachine: { developersEach } } },
    });
    if (read.kind !== 'workload') throw new Error('not a workload');
    return read;
  });

const spans: Record<RangeInput, [number, number]> = {
  trainingHours: [0, 3000],
  vmPriceYen: [0, 1000],
  dataGb: [0, 5000],
  linkMbps: [0.5, 3000],
  developers: [0, 40],
  yenPerDollar: [50, 300],
  budgetYen: [0, 200_000],
};

/** The straight line through two points. */
function through(one: readonly [number, number], other: readonly [number, number]) {
  return (u: number) => one[1] + ((other[1] - one[1]) * (u - one[0])) / (other[0] - one[0]);
}

describe('the bill as a function', () => {
  it('is the estimate at the scenario’s own point, in every layout', () => {
    fc.assert(
      fc.property(scenario, (given) => {
        const model = compileBill(given);
        for (const layout of layouts) {
          const { total } = estimate({ ...given, layout });
          expect(Math.abs(model.yen(layout, model.origin) - total)).toBeLessThanOrEqual(1e-9 * total);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('is a + c/x in the link’s speed and a + b·x in every other input between neighbouring kinks, in every layout', () => {
    fc.assert(
      fc.property(
        scenario,
        fc.constantFrom<Layout>(...layouts),
        fc.constantFrom<RangeInput>(...rangeInputs),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (given, layout, input, one, other) => {
          const [least, most] = spans[input];
          const [from, to] = [one, other]
            .map((share) => least + share * (most - least))
            .sort((left, right) => left - right);
          fc.pre(from !== undefined && to !== undefined && to - from > 1e-3 * most);
          const model = compileBill(given);
          const kinks = model.kinks(layout, model.origin, input, from, to);
          expect(kinks).toEqual([...new Set(kinks)].sort((left, right) => left - right));
          const yen = (x: number) => model.yen(layout, { ...model.origin, [input]: x });
          for (const [index, end] of [...kinks, to].entries()) {
            const start = index === 0 ? from : (kinks[index - 1] ?? from);
            expect(end > start || index === kinks.length).toBe(true);
            // Inside a stretch too short for doubles nothing can be told.
            if (end - start < 1e-6 * to) continue;
            const at = (share: number) => start + share * (end - start);
            const ruler = (x: number) => (input === 'linkMbps' ? 1 / x : x);
            const onCurve = (share: number) => [ruler(at(share)), yen(at(share))] as const;
            const line = through(onCurve(1e-6), onCurve(1 - 1e-6));
            for (const share of [0.07, 0.3, 0.61, 0.9, 0.999]) {
              const [u, bill] = onCurve(share);
              expect(Math.abs(line(u) - bill)).toBeLessThanOrEqual(1e-9 * bill);
            }
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('takes less than 10 µs a bill', () => {
    const [given] = fc.sample(scenario, { numRuns: 1, seed: 7 });
    const model = compileBill(given as WorkloadScenario);
    const at: Record<RangeInput, number> = { ...model.origin };
    const began = performance.now();
    let sum = 0;
    for (let run = 0; run < 200_000; run++) {
      at.dataGb = 1 + (run % 1000);
      sum += model.yen(layouts[run % layouts.length] ?? 'hybrid-vm', at as RangePoint);
    }
    expect(sum).toBeGreaterThan(0);
    expect((performance.now() - began) / 200_000).toBeLessThan(0.01);
  });
});

import { expect, it } from 'vitest';
import { forecast } from './forecast.ts';

const dayMs = 86_400_000;
const given = {
  spentYen: 100,
  keptYen: 0,
  fixedToComeYen: 50,
  dailyYen: [10, 10],
  usedMs: 2 * dayMs,
  leftMs: 10 * dayMs,
};

it('says when the budget is reached: even spending, steps of the schedule, or not this month', () => {
  // 150 are sure, 10 a day: 200 after five days.
  expect(forecast({ ...given, budgetYen: 200 }).reachedInMs).toBeCloseTo(5 * dayMs, 3);
  expect(forecast({ ...given, budgetYen: 251 }).reachedInMs).toBeNull();
  expect(forecast({ ...given, budgetYen: 150 }).reachedInMs).toBe(0);
  expect(forecast(given).reachedInMs).toBeNull();
  expect(forecast({ ...given, leftMs: 0, budgetYen: 100 }).reachedInMs).toBeNull();
  // Nothing ran so far; two retrainings of 60 are planned: the second passes 250.
  const scheduled = [
    { inMs: 2 * dayMs, yen: 60 },
    { inMs: 9 * dayMs, yen: 60 },
    { inMs: 11 * dayMs, yen: 1000 },
  ];
  const planned = forecast({ ...given, dailyYen: [0, 0], scheduled, budgetYen: 250 });
  expect(planned).toMatchObject({ yen: 270, lowYen: 150, highYen: 270, reachedInMs: 9 * dayMs });
  // The days so far cost more than the schedule: it is part of them and not added.
  expect(forecast({ ...given, dailyYen: [30, 30], scheduled }).yen).toBe(150 + 300);
});

it('widens the range by Student’s t, worked out by hand for three days', () => {
  // Mean 10, variance 300. For the upper end the dear day twice: mean 15, variance 300; ten days left: error
  // √(3000 + 7500), t(2) = 4.303.
  const { yen, lowYen, highYen } = forecast({ ...given, dailyYen: [0, 30, 0] });
  expect(yen).toBeCloseTo(250, 9);
  expect(lowYen).toBe(150);
  expect(highYen).toBeCloseTo(Math.max(250 + 4.303 * Math.sqrt(13_000), 300 + 4.303 * Math.sqrt(10_500)), 6);
  expect(forecast({ ...given, dailyYen: [0, 30, 0], budgetYen: 300 })).toMatchObject({ reachedInMs: null });
  expect(forecast({ ...given, dailyYen: [0, 30, 0], budgetYen: 300 }).earliestInMs).toBeLessThan(10 * dayMs);
});

/** Numbers from 0 to 1, the same in each run (Park and Miller's generator). */
function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

it.each([
  ['steady days', (draw: () => number) => 50 + 100 * draw(), [0.92, 0.93, 0.93]],
  [
    'a retraining on some days, of differing length',
    (draw: () => number) => (draw() < 0.4 ? 80 * -Math.log(draw()) : 0),
    [0.8, 0.88, 0.9],
  ],
])('holds the truth about as often as it says, over simulated months of %s', (_name, day, least) => {
  const draw = draws(20_261_125);
  const months = 3000;
  for (const [at, known] of [7, 15, 22].entries()) {
    let held = 0;
    for (let month = 0; month < months; month++) {
      const dailyYen = Array.from({ length: known }, () => day(draw));
      const spentYen = dailyYen.reduce((sum, each) => sum + each, 0);
      const left = 30 - known;
      const truth =
        spentYen + Array.from({ length: left }, () => day(draw)).reduce((sum, each) => sum + each, 0);
      const { lowYen, highYen } = forecast({
        ...{ spentYen, keptYen: 0, fixedToComeYen: 0, dailyYen },
        ...{ usedMs: known * dayMs, leftMs: left * dayMs },
      });
      if (lowYen <= truth && truth <= highYen) held += 1;
    }
    expect(held / months).toBeGreaterThan(least[at] ?? 1);
    expect(held / months).toBeLessThan(0.985);
  }
});

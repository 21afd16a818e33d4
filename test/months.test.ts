import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MonthStore, openMonthStore } from './support/months/month-store.ts';
import { plans } from './support/months/plan.ts';
import { noCounts, playMonth } from './support/months/play-month.ts';

/** Longer: SETO_MONTHS=1000000. Another seed each time, printed; the same again: SETO_MONTHS_SEED=7. */
const months = Number(process.env['SETO_MONTHS'] ?? 10_000);
const seed = Number(process.env['SETO_MONTHS_SEED'] ?? Date.now() % 2 ** 31);

let database: MonthStore;
beforeAll(() => {
  database = openMonthStore();
});
afterAll(() => database.store.close());

it('whatever a month brings, the money is as promised', { timeout: 86_400_000 }, async () => {
  const counts = noCounts();
  const began = performance.now();
  const played = fc.asyncProperty(plans, (plan) => playMonth(database, plan, counts));
  await fc.assert(played, { numRuns: months, seed });
  const seconds = (performance.now() - began) / 1000;
  process.stdout.write(`months: seed ${seed}, ${JSON.stringify(counts)}, ${seconds.toFixed(1)} s\n`);
  expect(counts.months).toBe(months);
});

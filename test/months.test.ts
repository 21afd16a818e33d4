import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openMigrated } from '../src/store/migrations.ts';
import type { Store } from '../src/store/store.ts';
import { plans } from './support/months/plan.ts';
import { type Counts, playMonth } from './support/months/play-month.ts';

/** Longer: SETO_MONTHS=1000000. Another seed each time, printed; the same again: SETO_MONTHS_SEED=7. */
const months = Number(process.env['SETO_MONTHS'] ?? 10_000);
const seed = Number(process.env['SETO_MONTHS_SEED'] ?? Date.now() % 2 ** 31);

let store: Store;
let tables: string[];

// In memory: no crash here takes the disk's cache with it, and a month takes milliseconds instead of seconds.
beforeAll(() => {
  store = openMigrated(':memory:');
  store.run('PRAGMA foreign_keys = OFF');
  tables = store
    .all<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .map(({ name }) => name)
    .filter((name) => name !== 'migrations');
});
afterAll(() => store.close());

it('whatever a month brings, the money is as promised', { timeout: 86_400_000 }, async () => {
  const counts: Counts = {
    ...{ months: 0, jobs: 0, nodes: 0, crashes: 0, passes: 0 },
    ...{ paid: 0, allowed: 0, orphan: 0, overrun: 0, waits: 0 },
  };
  const began = performance.now();
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      store.transaction(() => {
        for (const table of tables) store.run(`DELETE FROM ${table}`);
      });
      await playMonth(store, plan, counts);
    }),
    { numRuns: months, seed },
  );
  const seconds = (performance.now() - began) / 1000;
  process.stdout.write(`months: seed ${seed}, ${JSON.stringify(counts)}, ${seconds.toFixed(1)} s\n`);
  expect(counts.months).toBe(months);
});

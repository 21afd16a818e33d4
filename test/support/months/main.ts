import fc from 'fast-check';
import { openMonthStore } from './month-store.ts';
import { plans } from './plan.ts';
import { noCounts, playMonth } from './play-month.ts';

// `node main.ts MONTHS SEED`: plays so many months; the last line says what they came to. A program of its own, since
// plain modules play them in two thirds of the time that a test runner's take.
const [numRuns = 0, seed = 0] = process.argv.slice(2).map(Number);
const database = openMonthStore();
const counts = noCounts();
const began = performance.now();
await fc.assert(
  fc.asyncProperty(plans, (plan) => playMonth(database, plan, counts)),
  { numRuns, seed },
);
database.store.close();
const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
process.stdout.write(`${JSON.stringify({ seed, ...counts, seconds })}\n`);

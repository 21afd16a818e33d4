import { expect, it } from 'vitest';
import { openMonthStore } from './support/months/month-store.ts';
import type { Command, Plan, PoolPlan } from './support/months/plan.ts';
import { noCounts, playMonth } from './support/months/play-month.ts';

// Months so rare that ten thousand random ones may not hold one of them, each of which once broke a promise.

const minute = 60_000;
const pool: PoolPlan = {
  ...{ money: 'simulated', memory: 'exact', yen: 10, minNodes: 0, maxNodes: 1 },
  ...{ idleMinutes: 10, bootMinutes: 10, aheadMs: 0 },
};
const plan: Omit<Plan, 'commands'> = {
  ...{ start: Date.UTC(2026, 10, 10, 3), timeZone: 'Asia/Tokyo', pools: [pool], lateInvoice: false },
  ...{ budgetYen: 1500, taxRate: 0, projectYen: null, traits: [{ bootMs: minute, shutdownMs: 0 }] },
};
const pass = (minutes: number): Command => ({ do: 'pass', ms: minutes * minute });
const job = (minutes: number): Command => ({
  ...{ do: 'jobs', count: 1, project: 1, tag: 'a', protectedRef: true, share: 1, retries: 0 },
  timeoutMs: minutes * minute,
});
const unknownBill: Command = { do: 'fault', pool: 0, faults: { billSilent: true } };
const booted = (minutes: number): Command => ({
  ...{ do: 'crash', fuse: 0, boot: true },
  downMs: minutes * minute,
});

const months: [string, Plan][] = [
  [
    'a minimum node outlives no lease whose age a wrong clock bridged over a boot of our machine',
    {
      ...plan,
      ...{ pools: [{ ...pool, minNodes: 1 }], budgetYen: 14 },
      commands: [pass(5), unknownBill, { do: 'clock', ms: -40 * minute }, booted(20), pass(25), pass(90)],
    },
  ],
  [
    'nor does a node that is handed a job meanwhile',
    {
      ...plan,
      commands: [
        ...[job(20), pass(5), unknownBill],
        ...[{ do: 'clock' as const, ms: -4.9 * minute }, booted(8), pass(9), { do: 'accept' as const }],
        ...[pass(8), job(100), pass(200)],
      ],
    },
  ],
  [
    'nor one that enrolls after the boot',
    {
      ...plan,
      ...{
        pools: [{ ...pool, minNodes: 1 }],
        budgetYen: 14,
        traits: [{ bootMs: 2 * minute, shutdownMs: 0 }],
      },
      commands: [pass(1), unknownBill, { do: 'clock', ms: -40 * minute }, booted(20), pass(25), pass(90)],
    },
  ],
  [
    'nor one whose bill, which began later than its lease, is all that is known of its age',
    {
      ...plan,
      ...{ pools: [{ ...pool, minNodes: 1 }], budgetYen: 14 },
      commands: [
        { do: 'fault', pool: 0, faults: { startFails: true } },
        ...[pass(8), { do: 'heal' as const }, pass(5), { do: 'clock' as const, ms: -40 * minute }],
        ...[booted(20), pass(25), pass(90)],
      ],
    },
  ],
  [
    'a machine that a forgetful provider told of when it was asked for another one is not booked as nothing',
    {
      ...plan,
      pools: [{ ...pool, memory: 'forgets', minNodes: 1, maxNodes: 2 }],
      traits: [{ bootMs: null, shutdownMs: 0 }],
      commands: [
        { do: 'fault', pool: 0, faults: { startUnseen: true } },
        ...[pass(3), { do: 'stop' as const, node: 0, now: true }],
      ],
    },
  ],
  [
    'an orphan that was met late is booked since its bill began, by a forgetful provider too',
    {
      ...plan,
      pools: [{ ...pool, memory: 'forgets' }],
      commands: [
        { do: 'fault', pool: 0, faults: { endTakesMs: 17 * minute } },
        { do: 'crash', fuse: 0, downMs: 8000, boot: false },
        ...[{ do: 'orphan' as const, pool: 0, ours: true }, pass(5)],
      ],
    },
  ],
];

it.each(months)('%s', async (_, each) => {
  const database = openMonthStore();
  const counts = noCounts();
  await playMonth(database, each, counts);
  expect(counts.months).toBe(1);
  expect(counts.nodes + counts.orphan).toBeGreaterThan(0);
  database.store.close();
});

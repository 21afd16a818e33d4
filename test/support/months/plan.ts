import fc from 'fast-check';
import type { Faults } from '../fake-node-pool.ts';

const minute = 60_000;

/** What happens next in a month. Indexes are taken modulo what there is. */
export type Command =
  | {
      do: 'jobs';
      count: number;
      project: number;
      tag: 'a' | 'b' | 'c';
      protectedRef: boolean;
      timeoutMs: number;
      /** How long it works, as a share of its timeout. */
      share: number;
      retries: number;
    }
  | { do: 'pass'; ms: number }
  | { do: 'toMonthEnd'; beforeMs: number }
  | { do: 'crash'; fuse: number; downMs: number; boot: boolean }
  | { do: 'fault'; pool: number; faults: Partial<Faults> }
  | { do: 'heal' }
  | { do: 'cut'; ms: number }
  | { do: 'kill' | 'hang'; node: number }
  | { do: 'clock'; ms: number }
  | { do: 'accept' }
  | { do: 'pause' | 'resume'; pool: number }
  | { do: 'allow' | 'cancel'; job: number }
  | { do: 'stop'; node: number; now: boolean }
  | { do: 'budget'; yen: number }
  | { do: 'price'; pool: number; yen: number }
  | { do: 'fixed'; yen: number; count: number; simulated: boolean }
  | { do: 'orphan'; pool: number; ours: boolean };

/** What a machine that is started does. */
export interface Trait {
  /** Until its node asks to be let in; null where it never does. */
  bootMs: number | null;
  /** How long it is billed after its node has ended by itself. */
  shutdownMs: number;
}

export interface PoolPlan {
  /** Whose money it is: pretended, real (the two are never added), or nobody's. */
  money: 'simulated' | 'real' | 'none';
  /** How well its provider remembers when a machine ended. */
  memory: 'exact' | 'bounds' | 'forgets';
  yen: number;
  minNodes: number;
  maxNodes: number;
  idleMinutes: number;
  bootMinutes: number;
  aheadMs: number;
}

/** A month: how the installation is set up, how its machines behave, what happens. */
export interface Plan {
  start: number;
  timeZone: string;
  pools: PoolPlan[];
  budgetYen: number;
  taxRate: number;
  /** The limit of project 1. */
  projectYen: number | null;
  traits: Trait[];
  commands: Command[];
  /** After all days are closed an invoice comes that says otherwise of some nodes. */
  lateInvoice: boolean;
}

/** Moments with something to them: in a month, before its end, before a change of clocks, before a year's end. */
const starts: readonly [number, string][] = [
  [Date.UTC(2026, 10, 10, 3), 'Asia/Tokyo'],
  [Date.UTC(2026, 10, 30, 13), 'Asia/Tokyo'],
  [Date.UTC(2026, 11, 31, 14, 30), 'Asia/Tokyo'],
  [Date.UTC(2026, 9, 24, 22), 'Europe/Berlin'],
  [Date.UTC(2026, 9, 31, 21), 'Europe/Berlin'],
  [Date.UTC(2027, 2, 28, 0), 'Europe/Berlin'],
  [Date.UTC(2026, 10, 1, 3), 'America/New_York'],
  [Date.UTC(2026, 9, 31, 23, 50), 'UTC'],
];

const durationMs = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1000, max: 5 * minute }) },
  { weight: 5, arbitrary: fc.integer({ min: 5 * minute, max: 90 * minute }) },
  { weight: 1, arbitrary: fc.integer({ min: 90 * minute, max: 40 * 60 * minute }) },
);

const faults: fc.Arbitrary<Partial<Faults>> = fc.oneof(
  fc.constantFrom<Partial<Faults>>(
    { startFails: true },
    { startHangs: true },
    { startUnseen: true },
    { silent: true },
    { endFails: true },
    { endHangs: true },
    { billSilent: true },
  ),
  fc.integer({ min: 1000, max: 20 * minute }).map((ms) => ({ listsLateMs: ms })),
  fc.integer({ min: 1000, max: 20 * minute }).map((ms) => ({ billsLateMs: ms })),
  fc.integer({ min: 1000, max: 20 * minute }).map((ms) => ({ billsLateMs: ms, listsLateMs: ms })),
  fc.integer({ min: 1000, max: 20 * minute }).map((ms) => ({ startLateMs: ms })),
  fc.integer({ min: 1000, max: 20 * minute }).map((ms) => ({ endTakesMs: ms })),
);

const pick = fc.nat({ max: 9 });

const hourlyYen = fc.integer({ min: 1, max: 400_000_000_000 }).map((nano) => nano / 1e9);

const jobs: fc.Arbitrary<Command> = fc.record({
  do: fc.constant('jobs' as const),
  count: fc.oneof(
    { weight: 4, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.integer({ min: 2, max: 6 }) },
  ),
  project: fc.integer({ min: 1, max: 3 }),
  tag: fc.constantFrom('a' as const, 'a' as const, 'b' as const, 'c' as const),
  protectedRef: fc.boolean(),
  timeoutMs: fc.integer({ min: 1, max: 180 }).map((minutes) => minutes * minute),
  share: fc.double({ min: 0.01, max: 1.2, noNaN: true }),
  retries: fc.nat({ max: 1 }),
});

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 10, arbitrary: jobs },
  { weight: 10, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: durationMs }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('toMonthEnd' as const),
      beforeMs: fc.integer({ min: 0, max: 60 * minute }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('crash' as const),
      fuse: fc.nat({ max: 60 }),
      downMs: fc.oneof(fc.integer({ min: 100, max: minute }), durationMs),
      boot: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('fault' as const), pool: pick, faults }) },
  { weight: 2, arbitrary: fc.constant({ do: 'heal' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const), ms: durationMs }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('kill' as const, 'hang' as const), node: pick }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('clock' as const),
      ms: fc.integer({ min: -40 * minute, max: 40 * minute }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'accept' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const), pool: pick }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('allow' as const, 'cancel' as const), job: pick }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), node: pick, now: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('budget' as const), yen: fc.integer({ min: 0, max: 1500 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('price' as const), pool: pick, yen: hourlyYen }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('fixed' as const),
      // A month of the dearest one is a fifth of the largest budget.
      yen: fc.integer({ min: 0, max: 200_000_000 }).map((nano) => nano / 1e9),
      count: fc.integer({ min: 1, max: 2 }),
      simulated: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('orphan' as const), pool: pick, ours: fc.boolean() }),
  },
);

const pool: fc.Arbitrary<PoolPlan> = fc.record({
  money: fc.oneof(
    { weight: 6, arbitrary: fc.constant('simulated' as const) },
    { weight: 3, arbitrary: fc.constant('real' as const) },
    { weight: 1, arbitrary: fc.constant('none' as const) },
  ),
  memory: fc.oneof(
    { weight: 8, arbitrary: fc.constant('exact' as const) },
    { weight: 1, arbitrary: fc.constantFrom('bounds' as const, 'forgets' as const) },
  ),
  yen: hourlyYen,
  minNodes: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
  maxNodes: fc.integer({ min: 1, max: 3 }),
  idleMinutes: fc.integer({ min: 1, max: 10 }),
  bootMinutes: fc.integer({ min: 4, max: 15 }),
  aheadMs: fc.oneof(fc.constant(0), fc.integer({ min: -4 * minute, max: 4 * minute })),
});

const trait: fc.Arbitrary<Trait> = fc.record({
  bootMs: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1000, max: 5 * minute }) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  shutdownMs: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: minute }) },
    { weight: 1, arbitrary: fc.integer({ min: 2 * minute, max: 20 * minute }) },
  ),
});

/** Plans, from small to large, of which the smallest that shows a fault is what fast-check prints. */
export const plans: fc.Arbitrary<Plan> = fc
  .record({
    at: fc.constantFrom(...starts),
    pools: fc.array(pool, { minLength: 1, maxLength: 3 }),
    budgetYen: fc.integer({ min: 0, max: 1500 }),
    taxRate: fc.constantFrom(0, 0.08, 0.1),
    projectYen: fc.option(fc.integer({ min: 0, max: 600 }), { nil: null, freq: 2 }),
    traits: fc.array(trait, { minLength: 1, maxLength: 5 }),
    commands: fc.array(command, { minLength: 1, maxLength: 10, size: 'max' }),
    lateInvoice: fc.boolean(),
  })
  .map(({ at: [start, timeZone], ...plan }) => ({ ...plan, start, timeZone }));

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hour, roomyBudget } from '../../test/support/ledger-stage.ts';
import { type ManualClock, manualClock } from '../../test/support/manual-clock.ts';
import { monthSpan, monthsOf, overlapMs } from '../cost/calendar.ts';
import { nanoYen, units } from '../cost/money.ts';
import { openMigrated } from '../store/migrations.ts';
import type { Store } from '../store/store.ts';
import { breakdownByShare, limitRows } from './breakdown.ts';
import { closeDays } from './closed-days.ts';
import { entryFactors } from './entry-sums.ts';
import { noteHandedOut, noteOrderedFor, noteReleased } from './job-spans.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { monthReport } from './report.ts';
import { intervalPage } from './report-intervals.ts';

const budget = roomyBudget;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'seto-bill-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Steps that a ledger can be taken through; times in minutes. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('open' as const),
      pool: fc.constantFrom('a', 'b'),
      yen: fc.constantFrom(30, 70.5),
      simulated: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('end' as const), at: fc.nat(), back: fc.nat(300) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('correct' as const),
      at: fc.nat(),
      from: fc.integer({ min: -200, max: 200 }),
      to: fc.integer({ min: -200, max: 2000 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('pass' as const), minutes: fc.nat(2000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('jump' as const), minutes: fc.nat(3000) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('job' as const), at: fc.nat(), job: fc.nat(5) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), at: fc.nat() }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'close' as const }) },
);

/** What happened, kept by the test alone: every node's interval as it counts now. */
interface Known {
  pool: string;
  price: bigint;
  simulated: boolean;
  from: number;
  to: number;
}

const minute = 60_000;

// Each begins near a change of clocks and a month's end: Berlin goes back on 25 October 2026, New York forward on
// 14 March 2027 and Lord Howe by half an hour on 4 April 2027.
const starts: [string, number][] = [
  ['Europe/Berlin', Date.UTC(2026, 9, 24, 20)],
  ['America/New_York', Date.UTC(2027, 2, 13, 20)],
  ['Australia/Lord_Howe', Date.UTC(2027, 2, 31, 10)],
  ['Asia/Tokyo', Date.UTC(2026, 10, 29, 3)],
];

describe('the month’s bill', () => {
  it.each(starts)(
    'in %s equals brute force, whatever is booked, corrected, closed, left open or timed by a wrong clock',
    async (timeZone, start) => {
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 30 }), async (steps) => {
          runs += 1;
          const file = path.join(folder, `${runs}.db`);
          const own = openMigrated(file);
          try {
            const wall = manualClock(start);
            const ledger = createLedger({ store: own, clock: wall, timeZone, budget: () => budget });
            const known = await play(own, wall, ledger, timeZone, steps);
            check(own, wall, ledger, timeZone, known);
          } finally {
            own.close();
          }
        }),
        { numRuns: 30 },
      );
    },
    60_000,
  );

  async function play(
    own: Store,
    wall: ManualClock,
    ledger: Ledger,
    timeZone: string,
    steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
  ): Promise<Map<string, Known>> {
    const known = new Map<string, Known>();
    const report = (month: string) =>
      monthReport({ store: own, timeZone, now: wall.now(), leases: ledger.leases(), budget, month });
    // Asked before anything is booked, so that the running sums are kept and not made afresh.
    for (const month of monthsOf({ from: wall.now(), to: wall.now() + 60 * 24 * hour }, timeZone))
      report(month);
    for (const each of steps) {
      const open = ledger.leases();
      const lease = 'at' in each ? open[each.at % Math.max(1, open.length)] : undefined;
      if (each.kind === 'pass') await wall.advance(each.minutes * minute);
      else if (each.kind === 'jump') wall.jump(-each.minutes * minute);
      else if (each.kind === 'close') closeDays(own, timeZone, wall.now());
      else if (each.kind === 'open') {
        const nodeId = `n${known.size}`;
        const { pool, simulated } = each;
        const price = nanoYen(each.yen);
        ledger.openLease({
          nodeId,
          pool,
          price,
          vm: null,
          region: null,
          simulated,
          projectId: null,
          leasedMs: hour,
          forcedBy: 'test',
        });
        known.set(nodeId, { pool, price, simulated, from: wall.now(), to: Number.NaN });
        const opened = ledger.lease(nodeId);
        if (opened && known.size % 3 > 0) noteOrderedFor(own, opened, job(known.size));
      } else if (each.kind === 'correct') {
        const [nodeId, entry] = [...known][each.at % Math.max(1, known.size)] ?? [];
        if (nodeId === undefined || entry === undefined || ledger.entry(nodeId) === null) continue;
        const from = entry.from + each.from * minute;
        const to = Math.max(from, entry.to + each.to * minute);
        ledger.correct(nodeId, { from, to }, 'test');
        Object.assign(entry, { from, to });
      } else if (lease === undefined) continue;
      else if (each.kind === 'job') noteHandedOut(own, lease, job(each.job));
      else if (each.kind === 'release') noteReleased(own, lease, each.at % 6);
      else {
        const to = lease.openedAt + Math.max(0, lease.elapsedMs - each.back * minute);
        ledger.closeLease(lease.nodeId, { source: 'provider', to });
        Object.assign(known.get(lease.nodeId) ?? {}, { to });
      }
    }
    for (const lease of ledger.leases())
      Object.assign(known.get(lease.nodeId) ?? {}, { to: lease.openedAt + lease.elapsedMs });
    return known;
  }

  function check(
    own: Store,
    wall: ManualClock,
    ledger: Ledger,
    timeZone: string,
    known: ReadonlyMap<string, Known>,
  ): void {
    const all = [...known.values()];
    const first = Math.min(wall.now(), ...all.map(({ from }) => from));
    const last = Math.max(wall.now() + 1, ...all.map(({ to }) => to));
    const leases = ledger.leases();
    for (const month of monthsOf({ from: first, to: last }, timeZone)) {
      const span = monthSpan(month, timeZone);
      const report = monthReport({ store: own, timeZone, now: wall.now(), leases, budget, month });
      const times = bruteTimes(all, span);
      const seen = new Map(
        report.items.map((item) => [
          `${item.name} ${Math.round(item.unitPrice * 1e9)} ${item.simulated}`,
          item.nodeMs,
        ]),
      );
      expect(seen).toEqual(times);
      for (const kind of report.kinds) {
        const exact = all
          .filter(({ simulated }) => simulated === kind.simulated)
          .reduce((sum, each) => sum + units(overlapMs(each, span), each.price), 0n);
        expect(kind.spent.exact).toBe(exact.toString());
        const closed = new Set(leases.map(({ nodeId }) => nodeId));
        const booked = [...known]
          .filter(([nodeId, each]) => !closed.has(nodeId) && each.simulated === kind.simulated)
          .reduce((sum, [, each]) => sum + units(overlapMs(each, span), each.price), 0n);
        const factors = entryFactors(own, span, kind.simulated, null);
        expect(factors.reduce((sum, { ms, price }) => sum + units(ms, price), 0n)).toBe(booked);
        for (const by of ['job', 'project', 'person'] as const) {
          const rows = breakdownByShare(
            {
              store: own,
              leases,
              report,
              names: { project: String, person: String },
              reader: { seesProject: (id) => id > 1, seesPerson: () => true },
              estimateOf: () => null,
            },
            by,
          );
          for (const shown of [rows, limitRows(rows, 1)])
            expect(
              shown
                .filter(({ simulated }) => simulated === kind.simulated)
                .reduce((sum, row) => sum + BigInt(row.amount.exact), 0n)
                .toString(),
            ).toBe(kind.spent.exact);
        }
      }
      const listed = pages(own, timeZone, month, ledger);
      expect(new Set(listed.map(({ nodeId }) => nodeId)).size).toBe(
        all.filter((each) => overlapMs(each, span) > 0).length,
      );
    }
  }

  function pages(own: Store, timeZone: string, month: string, ledger: Ledger) {
    const span = monthSpan(month, timeZone);
    const found = [];
    let after: string | null = null;
    do {
      const page = intervalPage({ store: own, timeZone, month, leases: ledger.leases(), after, limit: 2 });
      found.push(...page.intervals);
      after = page.next;
    } while (after !== null);
    return found.filter((each) => overlapMs(each, span) > 0);
  }

  /** T_n minute by minute: every time of these tests is a whole minute after the same moment. */
  function bruteTimes(all: readonly Known[], span: { from: number; to: number }) {
    const found = new Map<string, Record<string, number>>();
    for (const group of Map.groupBy(all, (each) => `${each.pool} ${each.price} ${each.simulated}`)) {
      const [key, own] = group;
      const times: Record<string, number> = {};
      const from = Math.max(span.from, Math.min(...own.map((each) => each.from)));
      const to = Math.min(span.to, Math.max(...own.map((each) => each.to)));
      for (let at = from; at < to; at += minute) {
        const up = own.filter((each) => each.from <= at && at < each.to).length;
        if (up > 0) times[up] = (times[up] ?? 0) + minute;
      }
      if (Object.keys(times).length > 0) found.set(key, times);
    }
    return found;
  }
});

const job = (id: number) => ({
  jobId: id,
  name: `job-${id}`,
  pipelineId: id,
  projectId: id % 3,
  userId: id % 2,
});

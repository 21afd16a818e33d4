import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { hour, ledgerStage, timeZone } from '../../test/support/ledger-stage.ts';
import type { ManualClock } from '../../test/support/manual-clock.ts';
import { monthSpan } from '../cost/calendar.ts';
import { nanoYen, yenToUnits } from '../cost/money.ts';
import type { Store } from '../store/store.ts';
import type { BudgetConfig } from './budget.ts';
import { closeDays } from './closed-days.ts';
import { openFixedCost } from './fixed-costs.ts';
import { createLedger, type LeaseOrder, type Ledger } from './ledger.ts';
import { monthReport } from './report.ts';
import { intervalPage } from './report-intervals.ts';

let budget: BudgetConfig;
const stage = ledgerStage(() => budget);
let store: Store;
let clock: ManualClock;
let ledger: Ledger;

beforeEach(() => {
  ({ store, clock, ledger } = stage);
  budget = { yenPerMonth: 1000, mode: 'enforce', taxRate: 0, projectYenPerMonth: () => null };
});

const order = (nodeId: string, over: Partial<LeaseOrder> = {}): LeaseOrder => ({
  nodeId,
  pool: 'train',
  price: nanoYen(100),
  vm: 'Standard_F4s_v2',
  region: 'japaneast',
  simulated: true,
  projectId: 1,
  leasedMs: hour,
  forcedBy: null,
  ...over,
});

const report = (month = '2026-11') =>
  monthReport({ store, timeZone, now: clock.now(), leases: ledger.leases(), budget, month });

describe('leases', () => {
  it('are prepaid: a hundred at once with room for ten start exactly ten', () => {
    const started = Array.from({ length: 100 }, (_, index) => ledger.openLease(order(`node-${index}`)));
    expect(started.filter((fit) => fit.fits).length).toBe(10);
    expect(ledger.leases().length).toBe(10);
    const refused = started.find((fit) => !fit.fits);
    expect(refused).toMatchObject({
      shortfall: { neededYen: '100.0', committedYen: '1000.0', leftYen: '0.0', budgetYen: '1000.0' },
    });
  });

  it('fit to the last unit and not beyond it', () => {
    expect(ledger.openLease(order('exact', { leasedMs: 10 * hour })).fits).toBe(true);
    expect(ledger.openLease(order('more', { leasedMs: 1 })).fits).toBe(false);
  });

  it('count tax into the limit', () => {
    budget = { ...budget, taxRate: 0.1 };
    expect(ledger.openLease(order('a', { leasedMs: 9 * hour })).fits).toBe(true);
    expect(ledger.openLease(order('b', { leasedMs: 0.1 * hour })).fits).toBe(false);
    expect(ledger.openLease(order('c', { leasedMs: 0.09 * hour })).fits).toBe(true);
  });

  it('never add simulated and real', () => {
    expect(ledger.openLease(order('pretended', { leasedMs: 10 * hour })).fits).toBe(true);
    expect(ledger.openLease(order('real', { leasedMs: 10 * hour, simulated: false })).fits).toBe(true);
    expect(ledger.openLease(order('real-2', { simulated: false })).fits).toBe(false);
  });

  it('obey a project’s own limit beside the platform’s', () => {
    budget = { ...budget, projectYenPerMonth: (id) => (id === 1 ? 150 : null) };
    expect(ledger.openLease(order('a')).fits).toBe(true);
    expect(ledger.openLease(order('b'))).toMatchObject({ fits: false, shortfall: { scope: 'project' } });
    expect(ledger.openLease(order('c', { projectId: 2 })).fits).toBe(true);
  });

  it('keep room for fixed costs still to come', () => {
    const { from, to } = monthSpan('2026-11', timeZone);
    const price = Number(nanoYen(1));
    openFixedCost(store, { name: 'address', formula: '(3)', price, simulated: true, from });
    // 720 hours of one yen leave 280.
    expect((to - from) / hour).toBe(720);
    expect(ledger.openLease(order('a', { leasedMs: 3 * hour })).fits).toBe(false);
    expect(ledger.openLease(order('b', { leasedMs: 2.8 * hour })).fits).toBe(true);
  });

  it('grow only by what is not paid yet, and a stretch that was paid needs no room', () => {
    ledger.openLease(order('a', { leasedMs: 6 * hour }));
    expect(ledger.extendLease('a', 11 * hour, null).fits).toBe(false);
    expect(ledger.extendLease('a', 10 * hour, null).fits).toBe(true);
    budget = { ...budget, yenPerMonth: 1 };
    expect(ledger.extendLease('a', 10 * hour, null).fits).toBe(true);
    expect(ledger.extendLease('a', 5 * hour, null).fits).toBe(true);
    expect(ledger.lease('a')?.leasedMs).toBe(10 * hour);
    expect(ledger.extendLease('a', 10 * hour + 1, null).fits).toBe(false);
    expect(ledger.extendLease('a', 20 * hour, 'user:1').fits).toBe(true);
    expect(ledger.lease('a')?.forcedBy).toBe('user:1');
  });

  it('across a month’s end are checked against both months', () => {
    clock.jump(monthSpan('2026-11', timeZone).to - clock.now() - hour);
    expect(ledger.openLease(order('a', { leasedMs: 11 * hour })).fits).toBe(true);
    expect(ledger.openLease(order('b', { leasedMs: hour })).fits).toBe(true);
    expect(ledger.openLease(order('c', { leasedMs: hour + 1 }))).toMatchObject({
      fits: false,
      shortfall: { month: '2026-12' },
    });
  });

  it('only warn where the mode says so', () => {
    budget = { ...budget, mode: 'warn', yenPerMonth: 1 };
    expect(ledger.openLease(order('a'))).toMatchObject({ fits: true, warning: { budgetYen: '1.0' } });
  });

  it('count on when a node outlives what was paid', async () => {
    ledger.openLease(order('a', { leasedMs: 9 * hour }));
    await clock.advance(10 * hour);
    expect(ledger.openLease(order('b', { leasedMs: 1 })).fits).toBe(false);
  });

  it('keep a node’s age over a start with a clock that was set back', async () => {
    ledger.openLease(order('a'));
    await clock.advance(30 * 60_000);
    ledger.seen('a');
    clock.jump(-20 * 60_000);
    const again = createLedger({ store, clock, timeZone, budget: () => budget });
    expect(again.lease('a')?.elapsedMs).toBe(30 * 60_000);
    await clock.advance(60_000);
    expect(again.lease('a')?.elapsedMs).toBe(31 * 60_000);
  });

  it('whatever opens, grows, ends and passes, never commit more than the budget', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('open' as const), ms: fc.integer({ min: 1, max: 4 * hour }) }),
      fc.record({
        kind: fc.constant('grow' as const),
        at: fc.nat(),
        ms: fc.integer({ min: 1, max: 6 * hour }),
      }),
      fc.record({ kind: fc.constant('end' as const), at: fc.nat() }),
      fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 20 * 60_000 }) }),
    );
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        // A month that nothing has touched yet, so that runs do not see each other.
        clock.jump(40 * 24 * hour);
        let extra = 0;
        for (const each of steps) {
          const open = ledger.leases();
          const chosen = 'at' in each && open.length > 0 ? open[each.at % open.length] : undefined;
          if (each.kind === 'open') ledger.openLease(order(`node-${count++}`, { leasedMs: each.ms }));
          else if (each.kind === 'pass') await clock.advance(each.ms);
          else if (chosen === undefined) continue;
          else if (each.kind === 'grow') ledger.extendLease(chosen.nodeId, each.ms, null);
          else
            ledger.closeLease(chosen.nodeId, {
              source: 'node',
              to: chosen.openedAt + Math.min(chosen.elapsedMs, chosen.leasedMs),
            });
          // A node that outlives its lease is billed; nobody can refuse that. Here nodes end in time.
          for (const lease of ledger.leases())
            if (lease.elapsedMs >= lease.leasedMs)
              ledger.closeLease(lease.nodeId, { source: 'bounded', to: lease.openedAt + lease.leasedMs });
          const { kinds } = report(new Date(clock.now() + 9 * hour).toISOString().slice(0, 7));
          extra = Math.max(extra, ...kinds.map((kind) => kind.committed.yen));
        }
        for (const lease of ledger.leases())
          ledger.closeLease(lease.nodeId, { source: 'node', to: lease.openedAt + lease.elapsedMs });
        expect(extra).toBeLessThanOrEqual(1000);
      }),
      { numRuns: 25 },
    );
  });
});

describe('the bill', () => {
  const run = async (nodeId: string, ms: number, over: Partial<LeaseOrder> = {}) => {
    ledger.openLease(order(nodeId, { leasedMs: ms, forcedBy: 'test', ...over }));
    await clock.advance(ms);
    const lease = ledger.lease(nodeId);
    if (lease) ledger.closeLease(nodeId, { source: 'provider', to: lease.openedAt + ms });
  };
  const oracle = (simulated: boolean) =>
    intervalPage({
      store,
      timeZone,
      month: report().month,
      leases: ledger.leases(),
      after: null,
      limit: 10_000,
    })
      .intervals.filter((each) => each.simulated === simulated)
      .reduce((sum, { from, to }) => sum + BigInt(to - from) * nanoYen(100), 0n)
      .toString();

  it('is formula (1) on the intervals it lists, running ones included', async () => {
    ledger.openLease(order('b', { forcedBy: 'test', leasedMs: 3 * hour }));
    await run('a', 1.5 * hour);
    await run('c', 7, { simulated: false });
    const { items, kinds } = report();
    expect(items.map((item) => [item.simulated, item.nodeMs])).toEqual([
      [false, { 1: 7 }],
      [true, { 1: 7, 2: 1.5 * hour }],
    ]);
    expect(kinds.map((kind) => kind.spent.exact)).toEqual([oracle(false), oracle(true)]);
    expect(items[0]?.allMonth?.yen).toBe(72_000);
  });

  it('says the same from closed days as from the sweep', async () => {
    for (let day = 0; day < 4; day++) {
      await run(`a${day}`, 5 * hour + day);
      await clock.advance(19 * hour);
    }
    const swept = report();
    expect(closeDays(store, timeZone, clock.now())).toBe(4);
    expect(closeDays(store, timeZone, clock.now())).toBe(0);
    expect(report()).toEqual(swept);
    expect(swept.kinds[1]?.spent.exact).toBe(oracle(true));
  });

  it('leaves a day open while a lease reaches into it', async () => {
    await run('a', hour);
    ledger.openLease(order('b', { forcedBy: 'test' }));
    await clock.advance(48 * hour);
    expect(closeDays(store, timeZone, clock.now())).toBe(0);
    ledger.closeLease('b', { source: 'bounded', to: clock.now() });
    expect(closeDays(store, timeZone, clock.now())).toBe(2);
  });

  it('corrects by a new entry, and closes the day again with another revision', async () => {
    ledger.openLease(order('a'));
    await clock.advance(hour);
    ledger.closeLease('a', { source: 'provider', to: clock.now() });
    const entry = ledger.entry('a');
    await clock.advance(48 * hour);
    closeDays(store, timeZone, clock.now());
    const span = { from: entry?.from ?? 0, to: (entry?.to ?? 0) + 60_000 };
    expect(ledger.correct('a', span, 'the provider’s bill')).toBe(true);
    expect(ledger.correct('a', span, 'the provider’s bill')).toBe(false);
    expect(store.get("SELECT MAX(revision) AS revision FROM closed_days WHERE day = '2026-11-10'")).toEqual({
      revision: 2,
    });
    expect(report().items[0]?.nodeMs).toEqual({ 1: hour + 60_000 });
    expect(report().kinds[1]?.spent.exact).toBe(oracle(true));
    // The old one stays; the minute more is past the lease, and so an entry of its own.
    expect(store.all('SELECT kind, to_at - from_at AS ms FROM ledger_entries ORDER BY id')).toEqual([
      { kind: 'paid', ms: hour },
      { kind: 'paid', ms: hour },
      { kind: 'overrun', ms: 60_000 },
    ]);
  });

  it('gives each month its part of an interval', async () => {
    const { to } = monthSpan('2026-11', timeZone);
    clock.jump(to - clock.now() - hour);
    await run('a', 3 * hour);
    expect(report('2026-11').items[0]?.nodeMs).toEqual({ 1: hour });
    expect(report('2026-12').items[0]?.nodeMs).toEqual({ 1: 2 * hour });
  });

  it('keeps pools and prices apart', async () => {
    await run('a', hour);
    await run('b', hour, { price: nanoYen(200) });
    await run('c', hour, { pool: 'develop' });
    expect(report().items.map((item) => [item.name, item.unitPrice, item.amount.yen])).toEqual([
      ['develop', 100, 100],
      ['train', 100, 100],
      ['train', 200, 200],
    ]);
    expect(yenToUnits(400).toString()).toBe(report().kinds[1]?.spent.exact);
  });
});

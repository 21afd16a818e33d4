import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ManualClock, manualClock } from '../../test/support/manual-clock.ts';
import { nanoYen } from '../cost/money.ts';
import { openMigrated } from '../store/migrations.ts';
import type { Store } from '../store/store.ts';
import type { BudgetConfig } from './budget.ts';
import { closeDays } from './closed-days.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { monthReport } from './report.ts';

const hour = 3_600_000;
const timeZone = 'Asia/Tokyo';
const budget: BudgetConfig = {
  yenPerMonth: 1e6,
  mode: 'enforce',
  taxRate: 0,
  projectYenPerMonth: () => null,
};

let folder: string;
let store: Store;
let clock: ManualClock;
let ledger: Ledger;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'seto-bill-'));
  store = openMigrated(path.join(folder, 'seto.db'));
  clock = manualClock();
  ledger = createLedger({ store, clock, timeZone, budget: () => budget });
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const open = (nodeId: string) =>
  ledger.openLease({
    ...{ nodeId, pool: 'a', price: nanoYen(60), vm: null, region: null },
    ...{ simulated: false, projectId: null, leasedMs: hour, forcedBy: null },
  });
const report = () =>
  monthReport({ store, timeZone, now: clock.now(), leases: ledger.leases(), budget, month: '2026-11' });

it('tells corrections with what they replaced, why, and the difference', async () => {
  open('n');
  await clock.advance(hour);
  const from = clock.now() - hour;
  ledger.closeLease('n', { source: 'bounded', to: from + hour });
  ledger.correct('n', { from, to: from + hour / 2 }, 'the provider’s bill');
  const { corrections } = report();
  expect(corrections).toMatchObject({
    count: 1,
    latest: [
      {
        nodeId: 'n',
        reason: 'the provider’s bill',
        was: { to: from + hour, source: 'bounded' },
        is: { to: from + hour / 2, source: 'provider' },
        difference: { yen: -30 },
      },
    ],
  });
});

it('counts a node that runs in a closed day after the clock was set back', async () => {
  open('n');
  await clock.advance(hour);
  ledger.closeLease('n', { source: 'provider', to: clock.now() });
  await clock.advance(48 * hour);
  expect(closeDays(store, timeZone, clock.now())).toBe(2);
  clock.jump(-48 * hour);
  open('m');
  await clock.advance(hour);
  expect(report().items[0]?.nodeMs).toEqual({ 1: 2 * hour });
  ledger.closeLease('m', { source: 'provider', to: clock.now() });
  expect(report().items[0]?.nodeMs).toEqual({ 1: 2 * hour });
});

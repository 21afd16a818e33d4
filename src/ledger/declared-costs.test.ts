import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ManualClock, manualClock } from '../../test/support/manual-clock.ts';
import { monthSpan, monthsOf } from '../cost/calendar.ts';
import { nanoYen } from '../cost/money.ts';
import { openMigrated } from '../store/migrations.ts';
import type { Store } from '../store/store.ts';
import { breakdownByItem } from './breakdown.ts';
import type { BudgetConfig } from './budget.ts';
import { declareFixedCosts } from './declared-costs.ts';
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

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'seto-bill-'));
  store = openMigrated(path.join(folder, 'seto.db'));
  clock = manualClock();
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

describe('fixed costs', () => {
  const address = {
    name: 'address',
    formula: '(3)' as const,
    price: Number(nanoYen(0.75)),
    count: 2,
    simulated: false,
  };
  const spent = () =>
    monthReport({ store, timeZone, now: clock.now(), leases: [], budget, month: '2026-11' });

  it('cost count × price × hours from their declaration on, and keep the price of the time of use', async () => {
    expect(declareFixedCosts(store, [address], clock.now()).map(({ action }) => action)).toEqual([
      'fixed_cost.open',
    ]);
    expect(declareFixedCosts(store, [address], clock.now())).toEqual([]);
    await clock.advance(10 * hour);
    const dearer = { ...address, price: Number(nanoYen(1)) };
    expect(declareFixedCosts(store, [dearer], clock.now()).map(({ action }) => action)).toEqual([
      'fixed_cost.close',
      'fixed_cost.open',
    ]);
    await clock.advance(5 * hour);
    declareFixedCosts(store, [], clock.now());
    await clock.advance(100 * hour);
    const { items, kinds } = spent();
    expect(items.map((item) => [item.formula, item.quantity, item.unitPrice, item.amount.yen])).toEqual([
      ['(3)', 20, 0.75, 15],
      ['(3)', 10, 1, 10],
    ]);
    expect(kinds[0]?.spent.yen).toBe(25);
    expect(kinds[1]?.spent.yen).toBe(0);
    expect(breakdownByItem(spent(), 'pool').map((row) => [row.kind, row.amount.yen])).toEqual([
      ['fixed', 25],
    ]);
  });

  it('reach a budget in their month, not now, and not once it is over', async () => {
    declareFixedCosts(store, [address], clock.now());
    const small = { ...budget, yenPerMonth: 100 };
    const of = (month: string) => {
      const { kinds } = monthReport({ store, timeZone, now: clock.now(), leases: [], budget: small, month });
      return kinds[0]?.forecast.budgetReachedAt ?? null;
    };
    const next = monthsOf({ from: clock.now() + 40 * 24 * hour, to: clock.now() + 41 * 24 * hour }, timeZone);
    const month = next[0] ?? '';
    expect(of(month)).toBe(monthSpan(month, timeZone).from);
    await clock.advance(80 * 24 * hour);
    expect(of(month)).toBeNull();
  });

  it('come to stand one after the other where the clock was set back', async () => {
    declareFixedCosts(store, [address], clock.now());
    clock.jump(-hour);
    declareFixedCosts(store, [{ ...address, count: 3 }], clock.now());
    declareFixedCosts(store, [address], clock.now());
    const rows = store.all<{ from_at: number; to_at: number | null }>(
      'SELECT from_at, to_at FROM fixed_costs ORDER BY from_at',
    );
    expect(rows.map((row) => (row.to_at === null ? null : row.to_at - row.from_at))).toEqual([1, 1, null]);
  });
});

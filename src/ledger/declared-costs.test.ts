import { describe, expect, it } from 'vitest';
import { hour, ledgerStage, roomyBudget, timeZone } from '../../test/support/ledger-stage.ts';
import { monthSpan, monthsOf } from '../cost/calendar.ts';
import { nanoYen } from '../cost/money.ts';
import { breakdownByItem } from './breakdown.ts';
import { declareFixedCosts } from './declared-costs.ts';
import { monthReport } from './report.ts';

const stage = ledgerStage();

describe('fixed costs', () => {
  const address = {
    name: 'address',
    formula: '(3)' as const,
    price: Number(nanoYen(0.75)),
    count: 2,
    simulated: false,
  };
  const spent = () =>
    monthReport({
      store: stage.store,
      timeZone,
      now: stage.clock.now(),
      leases: [],
      budget: roomyBudget,
      month: '2026-11',
    });

  it('cost count × price × hours from their declaration on, and keep the price of the time of use', async () => {
    expect(declareFixedCosts(stage.store, [address], stage.clock.now()).map(({ action }) => action)).toEqual([
      'fixed_cost.open',
    ]);
    expect(declareFixedCosts(stage.store, [address], stage.clock.now())).toEqual([]);
    await stage.clock.advance(10 * hour);
    const dearer = { ...address, price: Number(nanoYen(1)) };
    expect(declareFixedCosts(stage.store, [dearer], stage.clock.now()).map(({ action }) => action)).toEqual([
      'fixed_cost.close',
      'fixed_cost.open',
    ]);
    await stage.clock.advance(5 * hour);
    declareFixedCosts(stage.store, [], stage.clock.now());
    await stage.clock.advance(100 * hour);
    const { items, kinds } = spent();
    expect(items.map((item) => [item.formula, item.quantity, item.unitPrice, item.amount.yen])).toEqual([
      ['(3)', 20, 0.75, 15],
      ['(3)', 10, 1, 10],
    ]);
    expect(kinds[0]?.spent.yen).toBe(25);
    expect(kinds[1]?.spent.yen).toBe(0);
    const rows = (by: 'item' | 'pool') =>
      breakdownByItem(spent(), by).map((row) => [row.kind, row.quantity, row.unitPrice, row.amount.yen]);
    expect(rows('pool')).toEqual([['fixed', null, null, 25]]);
    expect(rows('item')).toEqual([
      ['item', 20, 0.75, 15],
      ['item', 10, 1, 10],
    ]);
  });

  it('reach a budget in their month, not now, and not once it is over', async () => {
    declareFixedCosts(stage.store, [address], stage.clock.now());
    const small = { ...roomyBudget, yenPerMonth: 100 };
    const of = (month: string) => {
      const { kinds } = monthReport({
        store: stage.store,
        timeZone,
        now: stage.clock.now(),
        leases: [],
        budget: small,
        month,
      });
      return kinds[0]?.forecast.budgetReachedAt ?? null;
    };
    const next = monthsOf(
      { from: stage.clock.now() + 40 * 24 * hour, to: stage.clock.now() + 41 * 24 * hour },
      timeZone,
    );
    const month = next[0] ?? '';
    expect(of(month)).toBe(monthSpan(month, timeZone).from);
    await stage.clock.advance(80 * 24 * hour);
    expect(of(month)).toBeNull();
  });

  it('come to stand one after the other where the clock was set back', async () => {
    declareFixedCosts(stage.store, [address], stage.clock.now());
    stage.clock.jump(-hour);
    declareFixedCosts(stage.store, [{ ...address, count: 3 }], stage.clock.now());
    declareFixedCosts(stage.store, [address], stage.clock.now());
    const rows = stage.store.all<{ from_at: number; to_at: number | null }>(
      'SELECT from_at, to_at FROM fixed_costs ORDER BY from_at',
    );
    expect(rows.map((row) => (row.to_at === null ? null : row.to_at - row.from_at))).toEqual([1, 1, null]);
  });
});

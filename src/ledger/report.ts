import { dayOf, daySpan, daysOf, monthOf, monthSpan, overlapMs, type Span } from '../cost/calendar.ts';
import { type Forecast, forecast } from '../cost/forecast.ts';
import { nodePoolCost } from '../cost/formulas.ts';
import { partsPerMillion, taxOn, units, unitsToYen, yenToUnits } from '../cost/money.ts';
import { addTimes, type NodeTimes, nodeMs } from '../cost/sweep.ts';
import type { Store } from '../store/store.ts';
import { type BudgetConfig, committed, type LiveLease, standing } from './budget.ts';
import { closedDay, type PoolSpan, type PoolTimes, sweepPools } from './closed-days.ts';
import { fixedCosts, fixedUnits } from './fixed-costs.ts';
import { type EndSource, entriesWithin, firstUse } from './lease-rows.ts';

/** An amount: exact (units of money.ts as text, 3.6·10¹⁵ to the yen) and as the nearest number of yen. */
export interface Amount {
  exact: string;
  yen: number;
}

export interface ReportInterval {
  nodeId: string;
  pool: string;
  vm: string | null;
  simulated: boolean;
  from: number;
  /** The end, or how far it has come. */
  to: number;
  /** `running`: not ended yet. */
  source: EndSource | 'running';
}

export interface ReportItem {
  name: string;
  formula: '(1)' | '(2)' | '(3)' | '(4)';
  simulated: boolean;
  vm: string | null;
  quantity: number;
  unit: 'node-hour' | 'hour';
  unitPrice: number;
  /** T_n in hours, for formula (1). */
  nodeHours: Record<string, number>;
  /** T_n in milliseconds: the exact factors. */
  nodeMs: Record<string, number>;
  amount: Amount;
  /** What one such machine would have cost running all month; null for fixed costs. */
  allMonth: Amount | null;
}

export interface ReportKind {
  simulated: boolean;
  spent: Amount;
  tax: Amount;
  total: Amount;
  /** Prepaid by leases and not used yet, with tax. */
  kept: Amount;
  /** Spent, kept and fixed costs to come, with tax: what the budget is compared with. */
  committed: Amount;
  budget: Amount;
  withinBudget: boolean;
  forecast: MonthForecast;
}

/** Where the month is heading, yen with tax; moments are wall milliseconds, null where it is not reached this month. */
export interface MonthForecast {
  yen: number;
  lowYen: number;
  highYen: number;
  basis: string;
  budgetReachedAt: number | null;
  /** At the upper end of the range. */
  budgetReachedEarliest: number | null;
}

/** A run that is planned: when (wall milliseconds) and what it is expected to cost, yen with tax. */
export interface ScheduledCost {
  at: number;
  yen: number;
  simulated: boolean;
}

export interface MonthReport {
  month: string;
  timeZone: string;
  currency: 'JPY';
  /** Until when the figures reach: now, or the month's end. */
  until: number;
  items: ReportItem[];
  intervals: ReportInterval[];
  /** Real and simulated by themselves; never added. */
  kinds: ReportKind[];
}

export interface ReportInput {
  store: Store;
  timeZone: string;
  now: number;
  leases: readonly LiveLease[];
  budget: BudgetConfig;
  /** What is planned from now on. */
  scheduled?: readonly ScheduledCost[];
  month: string;
}

const amount = (exact: bigint): Amount => ({ exact: exact.toString(), yen: unitsToYen(exact) });

/** The month's bill: closed days by their kept T_n, the open ones swept, formula (1) on both. */
export function monthReport(input: ReportInput): MonthReport {
  const { store, timeZone, now, leases, month } = input;
  const span = monthSpan(month, timeZone);
  const until = Math.min(Math.max(now, span.from), span.to);
  const intervals = intervalsOf(store, span, leases);
  const days = timesByDay(store, timeZone, { from: span.from, to: until }, leases);
  const items = [...poolItems(days, span, intervals), ...fixedItems(store, span, until)];
  return {
    month,
    timeZone,
    currency: 'JPY',
    until,
    items,
    intervals,
    kinds: [false, true].map((simulated) => kindOf(input, span, items, days, simulated)),
  };
}

function intervalsOf(store: Store, span: Span, leases: readonly LiveLease[]): ReportInterval[] {
  const closed = entriesWithin(store, span).map(
    ({ nodeId, pool, vm, simulated, from, to, source }): ReportInterval => ({
      nodeId,
      pool,
      vm,
      simulated,
      from,
      to,
      source,
    }),
  );
  const open = leases.map(({ nodeId, pool, vm, simulated, openedAt, elapsedMs }): ReportInterval => {
    return { nodeId, pool, vm, simulated, from: openedAt, to: openedAt + elapsedMs, source: 'running' };
  });
  return [...closed, ...open.filter((each) => overlapMs(each, span) > 0)];
}

function timesByDay(
  store: Store,
  timeZone: string,
  span: Span,
  leases: readonly LiveLease[],
): { day: string; times: PoolTimes[] }[] {
  const running: PoolSpan[] = leases.map(({ pool, price, simulated, openedAt, elapsedMs }) => ({
    pool,
    price,
    simulated,
    from: openedAt,
    to: openedAt + elapsedMs,
  }));
  // A clock that ran backwards puts a running node past “now”; its last day is swept all the same.
  const end = Math.max(span.to, ...running.map(({ to }) => to));
  const last = monthSpan(monthOf(span.from, timeZone), timeZone).to;
  return daysOf({ from: span.from, to: Math.min(Math.max(end, span.from + 1), last) }, timeZone).map(
    (day) => {
      const window = daySpan(day, timeZone);
      const times =
        closedDay(store, day) ?? sweepPools([...entriesWithin(store, window), ...running], window);
      return { day, times };
    },
  );
}

function poolItems(
  days: readonly { times: PoolTimes[] }[],
  span: Span,
  intervals: readonly ReportInterval[],
): ReportItem[] {
  const groups = new Map<string, PoolTimes & { all: NodeTimes[] }>();
  for (const { times } of days)
    for (const each of times) {
      const key = `${each.pool} ${each.price} ${each.simulated}`;
      const group = groups.get(key) ?? { ...each, all: [] };
      group.all.push(each.times);
      groups.set(key, group);
    }
  const sorted = [...groups.values()].sort(
    (one, other) =>
      Number(one.simulated) - Number(other.simulated) ||
      (one.pool < other.pool ? -1 : one.pool > other.pool ? 1 : one.price - other.price),
  );
  return sorted.map(({ pool, price, simulated, all }): ReportItem => {
    const times = addTimes(all);
    return {
      name: pool,
      formula: '(1)',
      simulated,
      vm: intervals.find((each) => each.pool === pool && each.simulated === simulated)?.vm ?? null,
      quantity: Number(nodeMs(times)) / 3_600_000,
      unit: 'node-hour',
      unitPrice: price / 1e9,
      nodeHours: Object.fromEntries([...times].map(([n, ms]) => [n, ms / 3_600_000])),
      nodeMs: Object.fromEntries(times),
      amount: amount(nodePoolCost(price, times)),
      allMonth: amount(units(span.to - span.from, price)),
    };
  });
}

function fixedItems(store: Store, span: Span, until: number): ReportItem[] {
  const window = { from: span.from, to: until };
  return fixedCosts(store, window).map((cost) => ({
    name: cost.name,
    formula: cost.formula,
    simulated: cost.simulated,
    vm: null,
    quantity: overlapMs({ from: cost.from, to: cost.to ?? Number.MAX_SAFE_INTEGER }, window) / 3_600_000,
    unit: 'hour',
    unitPrice: cost.price / 1e9,
    nodeHours: {},
    nodeMs: {},
    amount: amount(fixedUnits([cost], window)),
    allMonth: null,
  }));
}

function kindOf(
  { store, now, leases, budget, timeZone, scheduled = [] }: ReportInput,
  span: Span,
  items: readonly ReportItem[],
  days: readonly { day: string; times: PoolTimes[] }[],
  simulated: boolean,
): ReportKind {
  const tax = partsPerMillion(budget.taxRate);
  const taxed = (net: bigint) => net + taxOn(net, tax);
  const state = standing(store, span, now, leases, { simulated, projectId: null });
  const spent = items
    .filter((item) => item.simulated === simulated)
    .reduce((sum, item) => sum + BigInt(item.amount.exact), 0n);
  const bound = taxed(committed(state));
  const limit = yenToUnits(budget.yenPerMonth);
  const first = Math.min(now, firstUse(store) ?? now, ...leases.map((lease) => lease.openedAt));
  const today = dayOf(now, timeZone);
  const firstDay = dayOf(first, timeZone);
  const daily = days
    .filter(({ day }) => day < today && day > firstDay)
    .map(({ times }) =>
      unitsToYen(
        taxed(
          times
            .filter((each) => each.simulated === simulated)
            .reduce((sum, each) => sum + nodePoolCost(each.price, each.times), 0n),
        ),
      ),
    );
  return {
    simulated,
    spent: amount(spent),
    tax: amount(taxOn(spent, tax)),
    total: amount(taxed(spent)),
    kept: amount(taxed(state.kept)),
    committed: amount(bound),
    budget: amount(limit),
    withinBudget: bound <= limit,
    forecast: atWallTime(
      now,
      forecast({
        spentYen: unitsToYen(taxed(spent)),
        keptYen: unitsToYen(taxed(state.kept)),
        fixedToComeYen: unitsToYen(taxed(state.fixedToCome)),
        dailyYen: daily,
        usedMs: Math.max(0, Math.min(now, span.to) - Math.max(first, span.from)),
        leftMs: span.to - Math.max(now, span.from),
        scheduled: scheduled
          .filter((each) => each.simulated === simulated && each.at >= now)
          .map(({ at, yen }) => ({ inMs: at - now, yen })),
        budgetYen: budget.yenPerMonth,
      }),
    ),
  };
}

function atWallTime(now: number, { reachedInMs, earliestInMs, ...rest }: Forecast): MonthForecast {
  const at = (inMs: number | null) => (inMs === null ? null : Math.round(now + inMs));
  return { ...rest, budgetReachedAt: at(reachedInMs), budgetReachedEarliest: at(earliestInMs) };
}

import { dayOf, daySpan, daysOf, monthSpan, overlapMs, type Span } from '../cost/calendar.ts';
import { type Forecast, forecast } from '../cost/forecast.ts';
import { nodePoolCost } from '../cost/formulas.ts';
import { partsPerMillion, taxOn, units, unitsToYen, yenToUnits } from '../cost/money.ts';
import { addTimes, type NodeTimes, nodeMs } from '../cost/sweep.ts';
import type { Store } from '../store/store.ts';
import { type BudgetConfig, committed, type LiveLease, standing } from './budget.ts';
import { closedDays, type PoolSpan, type PoolTimes, poolKey, spansWithin, sweepDays } from './closed-days.ts';
import { type Correction, corrections } from './corrections.ts';
import { fixedCosts, fixedMs, fixedUnits } from './fixed-costs.ts';
import { firstUse } from './lease-rows.ts';
import { countIntervals, type IntervalCount } from './report-intervals.ts';

/** An amount: exact (units of money.ts as text, 3.6·10¹⁵ to the yen) and as the nearest number of yen. */
export interface Amount {
  exact: string;
  yen: number;
}

export interface ReportItem {
  name: string;
  formula: '(1)' | '(2)' | '(3)' | '(4)';
  simulated: boolean;
  vm: string | null;
  /** Nodes of it that were billed in the month, and how many of them still run; 0 for fixed costs. */
  nodes: number;
  running: number;
  /** From when until when a fixed cost exists (null: still); null for a pool. */
  exists: { from: number; to: number | null } | null;
  quantity: number;
  unit: 'node-hour' | 'hour';
  unitPrice: number;
  /** T_n in hours; of a fixed cost, how long so many of it were there. */
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
  corrections: {
    count: number;
    /** The latest, at most a hundred: what replaced what, why, and the difference it made to this month. */
    latest: (Omit<Correction, 'difference'> & { difference: Amount })[];
  };
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

/** Exact units with their nearest number of yen. */
export const amount = (exact: bigint): Amount => ({ exact: exact.toString(), yen: unitsToYen(exact) });

/** Corrections that a report shows. More, and a provider's daily rounding of every node would be the whole report. */
const correctionsShown = 100;

/** The month's bill: closed days by their kept T_n, the open ones swept, formula (1) on both. */
export function monthReport(input: ReportInput): MonthReport {
  const { store, timeZone, now, leases, month } = input;
  const span = monthSpan(month, timeZone);
  const until = Math.min(Math.max(now, span.from), span.to);
  const days = timesByDay(store, timeZone, span, leases);
  const items = [
    ...poolItems(days, span, countIntervals(store, span, leases)),
    ...fixedItems(store, span, until),
  ];
  const { count, latest } = corrections(store, span, correctionsShown);
  return {
    month,
    timeZone,
    currency: 'JPY',
    until,
    items,
    corrections: {
      count,
      latest: latest.map((each) => ({ ...each, difference: amount(each.difference) })),
    },
    kinds: [false, true].map((simulated) => kindOf(input, span, items, days, simulated)),
  };
}

/**
 * T_n of every day of the month: as it was closed, else swept. A day that a running node reaches into is swept even
 * where it was closed, which happens when the clock is set back; so are days after “now”, for the same reason.
 */
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
  const days = daysOf(span, timeZone);
  const closed = closedDays(store, timeZone, days[0] ?? '', days.at(-1) ?? '');
  const open = days.filter((day) => {
    const window = daySpan(day, timeZone);
    return !closed.has(day) || running.some((each) => overlapMs(each, window) > 0);
  });
  const [first, last] = [open[0], open.at(-1)];
  if (first !== undefined && last !== undefined) {
    const window = { from: daySpan(first, timeZone).from, to: daySpan(last, timeZone).to };
    const spans = [...spansWithin(store, window), ...running];
    for (const { day, times } of sweepDays(spans, open, timeZone)) closed.set(day, times);
  }
  return days.map((day) => ({ day, times: closed.get(day) ?? [] }));
}

function poolItems(
  days: readonly { times: PoolTimes[] }[],
  span: Span,
  counts: ReadonlyMap<string, IntervalCount>,
): ReportItem[] {
  const groups = new Map<string, PoolTimes & { all: NodeTimes[] }>();
  for (const { times } of days)
    for (const each of times) {
      const key = poolKey(each);
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
    const count = counts.get(poolKey({ pool, price, simulated }));
    return {
      name: pool,
      formula: '(1)',
      simulated,
      vm: count?.vm ?? null,
      nodes: (count?.ended ?? 0) + (count?.running ?? 0),
      running: count?.running ?? 0,
      exists: null,
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
    nodes: 0,
    running: 0,
    exists: { from: cost.from, to: cost.to },
    quantity: (cost.count * fixedMs(cost, window)) / 3_600_000,
    unit: 'hour',
    unitPrice: cost.price / 1e9,
    nodeHours: { [cost.count]: fixedMs(cost, window) / 3_600_000 },
    nodeMs: { [cost.count]: fixedMs(cost, window) },
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
  // Of a month that has not begun the forecast counts from its first moment, of one that is over nothing is to come.
  const from = Math.min(Math.max(now, span.from), span.to);
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
      from,
      forecast({
        spentYen: unitsToYen(taxed(spent)),
        keptYen: unitsToYen(taxed(state.kept)),
        fixedToComeYen: unitsToYen(taxed(state.fixedToCome)),
        dailyYen: daily,
        usedMs: Math.max(0, Math.min(now, span.to) - Math.max(first, span.from)),
        leftMs: span.to - from,
        scheduled: scheduled
          .filter((each) => each.simulated === simulated && each.at >= from)
          .map(({ at, yen }) => ({ inMs: at - from, yen })),
        budgetYen: budget.yenPerMonth,
      }),
    ),
  };
}

function atWallTime(now: number, { reachedInMs, earliestInMs, ...rest }: Forecast): MonthForecast {
  const at = (inMs: number | null) => (inMs === null ? null : Math.round(now + inMs));
  return { ...rest, budgetReachedAt: at(reachedInMs), budgetReachedEarliest: at(earliestInMs) };
}

import { monthSpan, monthsOf, overlapMs, type Span } from '../cost/calendar.ts';
import { formatYen, partsPerMillion, taxOn, units, yenToUnits } from '../cost/money.ts';
import type { Store } from '../store/store.ts';
import { entryFactors } from './entry-sums.ts';
import { fixedCosts, fixedUnits } from './fixed-costs.ts';
import type { Lease } from './lease-rows.ts';

/** `budget:` of seto.yaml as the ledger needs it. */
export interface BudgetConfig {
  yenPerMonth: number;
  mode: 'enforce' | 'warn';
  taxRate: number;
  /** Limit of a project by its id; null where it has none of its own. */
  projectYenPerMonth(projectId: number): number | null;
}

/** Why a lease does not fit; figures in yen with tax, as text. */
export interface Shortfall {
  month: string;
  scope: 'platform' | 'project';
  neededYen: string;
  committedYen: string;
  leftYen: string;
  budgetYen: string;
  simulated: boolean;
}

export type Fit = { fits: true; warning: Shortfall | null } | { fits: false; shortfall: Shortfall };

/** Where the month stands: exact units, without tax. */
export interface Standing {
  spent: bigint;
  /** Prepaid and not used yet. */
  kept: bigint;
  fixedSpent: bigint;
  fixedToCome: bigint;
}

/** An open lease as it stands now. */
export interface LiveLease extends Lease {
  elapsedMs: number;
}

/** Sums one month of one kind (simulated or real; the two are never added). */
export function standing(
  store: Store,
  span: Span,
  now: number,
  leases: readonly LiveLease[],
  kind: { simulated: boolean; projectId: number | null },
): Standing {
  let spent = 0n;
  for (const { price, ms } of entryFactors(store, span, kind.simulated, kind.projectId))
    spent += units(ms, price);
  let kept = 0n;
  for (const lease of leases) {
    if (lease.simulated !== kind.simulated) continue;
    if (kind.projectId !== null && lease.projectId !== kind.projectId) continue;
    const used = overlapMs({ from: lease.openedAt, to: lease.openedAt + lease.elapsedMs }, span);
    const all = overlapMs(
      { from: lease.openedAt, to: lease.openedAt + Math.max(lease.leasedMs, lease.elapsedMs) },
      span,
    );
    spent += units(used, lease.price);
    kept += units(all - used, lease.price);
  }
  if (kind.projectId !== null) return { spent, kept, fixedSpent: 0n, fixedToCome: 0n };
  const fixed = fixedCosts(store, span).filter((cost) => cost.simulated === kind.simulated);
  const until = Math.min(Math.max(now, span.from), span.to);
  return {
    spent,
    kept,
    fixedSpent: fixedUnits(fixed, { from: span.from, to: until }),
    fixedToCome: fixedUnits(fixed, { from: until, to: span.to }),
  };
}

/** Everything that the month has cost and is bound to cost, exact units, without tax. */
export function committed(standing: Standing): bigint {
  return standing.spent + standing.kept + standing.fixedSpent + standing.fixedToCome;
}

/**
 * Whether a lease may be as long as `wanted` says: in every month it touches, what is committed without it plus the
 * whole of it, with tax, stays within the limits. `leases` are the open ones, the wanted one in its old form included.
 */
export function fitsBudget(
  store: Store,
  config: BudgetConfig,
  timeZone: string,
  now: number,
  leases: readonly LiveLease[],
  wanted: LiveLease,
): Fit {
  const tax = partsPerMillion(config.taxRate);
  const taxed = (net: bigint): bigint => net + taxOn(net, tax);
  const before = leases.find((lease) => lease.nodeId === wanted.nodeId) ?? null;
  const limits: { scope: Shortfall['scope']; projectId: number | null; yen: number }[] = [
    { scope: 'platform', projectId: null, yen: config.yenPerMonth },
  ];
  const projectYen = wanted.projectId === null ? null : config.projectYenPerMonth(wanted.projectId);
  if (projectYen !== null) limits.push({ scope: 'project', projectId: wanted.projectId, yen: projectYen });
  for (const month of monthsOf(wholeOf(wanted), timeZone)) {
    const span = monthSpan(month, timeZone);
    for (const { scope, projectId, yen } of limits) {
      const kind = { simulated: wanted.simulated, projectId };
      // A lease that comes to count against this limit only now is not in what the limit holds already.
      const counted = before !== null && (projectId === null || before.projectId === projectId);
      const grown = wholeUnits(wanted, span) - (counted && before ? wholeUnits(before, span) : 0n);
      // A stretch that was paid before asks for nothing more in this month.
      if (grown <= 0n) continue;
      const net = committed(standing(store, span, now, leases, kind));
      const already = taxed(net);
      const total = taxed(net + grown);
      const limit = yenToUnits(yen);
      if (total <= limit) continue;
      const shortfall: Shortfall = {
        month,
        scope,
        neededYen: formatYen(total - already),
        committedYen: formatYen(already),
        leftYen: formatYen(limit > already ? limit - already : 0n),
        budgetYen: formatYen(limit),
        simulated: wanted.simulated,
      };
      if (config.mode === 'warn') return { fits: true, warning: shortfall };
      return { fits: false, shortfall };
    }
  }
  return { fits: true, warning: null };
}

/** From its opening to its end, or as far as it has come past that. */
function wholeOf({ openedAt, leasedMs, elapsedMs }: LiveLease): Span {
  return { from: openedAt, to: openedAt + Math.max(leasedMs, elapsedMs) };
}

function wholeUnits(lease: LiveLease, span: Span): bigint {
  return units(overlapMs(wholeOf(lease), span), lease.price);
}

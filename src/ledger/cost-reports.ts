import { monthOf, monthSpan } from '../cost/calendar.ts';
import { partsPerMillion, taxOn, unitsToYen } from '../cost/money.ts';
import type { Clock } from '../shared/clock.ts';
import type { Store } from '../store/store.ts';
import {
  type BreakdownBy,
  type BreakdownNames,
  type BreakdownReader,
  type BreakdownRow,
  breakdownByItem,
  breakdownByShare,
  type JobEstimate,
  limitRows,
} from './breakdown.ts';
import { type BudgetConfig, committed, standing } from './budget.ts';
import { budgetYen, setBudgetYen } from './budget-setting.ts';
import type { Ledger } from './ledger.ts';
import { type MonthReport, monthReport, type ReportKind, type ScheduledCost } from './report.ts';
import { type IntervalPage, intervalPage } from './report-intervals.ts';

/** `budget:` of seto.yaml. */
export interface BudgetSettings {
  yenPerMonth: number;
  mode: 'enforce' | 'warn';
  taxRate: number;
  projects: Readonly<Record<string, { yenPerMonth: number }>>;
}

export interface BudgetView {
  yenPerMonth: number;
  source: 'seto.yaml' | 'command';
  mode: 'enforce' | 'warn';
  taxRate: number;
  month: string;
  /**
   * Sub-budgets, each with what its project has spent and keeps, yen with tax by kind of money. One whose project does
   * not `exist` (yet) limits nobody.
   */
  projects: {
    project: string;
    exists: boolean;
    yenPerMonth: number;
    committed: { simulated: boolean; yen: number }[];
  }[];
  kinds: ReportKind[];
}

/** The bill and the budget as people ask for them. */
export interface CostReports {
  /** `YYYY-MM`, or the present month of the time zone. */
  month(month?: string): MonthReport;
  /** A page of the month's intervals; `after` is the `next` of the page before. */
  intervals(month: string | undefined, after: string | null, limit: number): IntervalPage;
  /** Whose money the month's is; at most `limit` rows of each kind, and one for what they leave. */
  breakdown(
    month: string | undefined,
    by: BreakdownBy,
    reader: BreakdownReader,
    limit: number,
  ): { month: string; by: BreakdownBy; rows: BreakdownRow[] };
  /** Without a reader every sub-budget is in it, also one whose project does not exist (yet). */
  budget(reader?: Pick<BreakdownReader, 'seesProject'>): BudgetView;
  setBudget(yen: number, actor: string): void;
}

export interface CostReportDeps {
  store: Store;
  clock: Clock;
  timeZone: string;
  settings: BudgetSettings;
  ledger: Ledger;
  names: BreakdownNames;
  /** What a job was expected to cost when it was asked for; null where nobody said. */
  estimateOf?(jobId: number): JobEstimate | null;
  /** The project of a path, for the standing of its sub-budget; null where there is none (yet). */
  projectId?(path: string): number | null;
  /** Runs that are planned for the rest of the month. */
  scheduled?(): readonly ScheduledCost[];
  audit(actor: string, action: string, subject: string, detail?: object): void;
}

/** The budget as decisions need it: seto.yaml's limits with the command's over them. */
export function budgetSource(
  store: Store,
  settings: BudgetSettings,
  projectPath: (projectId: number) => string | null,
): () => BudgetConfig {
  return () => ({
    yenPerMonth: budgetYen(store, settings.yenPerMonth).yen,
    mode: settings.mode,
    taxRate: settings.taxRate,
    projectYenPerMonth: (projectId) => {
      const path = projectPath(projectId);
      return path === null ? null : (settings.projects[path]?.yenPerMonth ?? null);
    },
  });
}

export function createCostReports(deps: CostReportDeps): CostReports {
  const { store, clock, timeZone, settings, ledger } = deps;
  const budget = budgetSource(store, settings, () => null);
  const month = (wanted?: string): MonthReport => {
    const now = clock.now();
    return monthReport({
      store,
      timeZone,
      now,
      leases: ledger.leases(),
      budget: budget(),
      scheduled: deps.scheduled?.() ?? [],
      month: wanted ?? monthOf(now, timeZone),
    });
  };
  const projectYen = (path: string, of: string, simulated: boolean): number => {
    const projectId = deps.projectId?.(path) ?? null;
    if (projectId === null) return 0;
    const span = monthSpan(of, timeZone);
    const net = committed(standing(store, span, clock.now(), ledger.leases(), { simulated, projectId }));
    return unitsToYen(net + taxOn(net, partsPerMillion(settings.taxRate)));
  };
  const projectsFor = (reader?: Pick<BreakdownReader, 'seesProject'>) =>
    Object.entries(settings.projects).filter(([project]) => {
      const id = deps.projectId?.(project) ?? null;
      return reader === undefined || (id !== null && reader.seesProject(id));
    });
  return {
    month,
    intervals: (wanted, after, limit) =>
      intervalPage({
        store,
        timeZone,
        month: wanted ?? monthOf(clock.now(), timeZone),
        leases: ledger.leases(),
        after,
        limit,
      }),
    breakdown: (wanted, by, reader, limit) => {
      const report = month(wanted);
      const input = {
        store,
        leases: ledger.leases(),
        report,
        names: deps.names,
        reader,
        estimateOf: deps.estimateOf ?? (() => null),
      };
      const rows = by === 'item' || by === 'pool' ? breakdownByItem(report, by) : breakdownByShare(input, by);
      return { month: report.month, by, rows: limitRows(rows, limit) };
    },
    budget: (reader) => {
      const report = month();
      const { yen, source } = budgetYen(store, settings.yenPerMonth);
      return {
        yenPerMonth: yen,
        source,
        mode: settings.mode,
        taxRate: settings.taxRate,
        month: report.month,
        projects: projectsFor(reader).map(([project, { yenPerMonth }]) => ({
          project,
          exists: (deps.projectId?.(project) ?? null) !== null,
          yenPerMonth,
          committed: [false, true].map((simulated) => ({
            simulated,
            yen: projectYen(project, report.month, simulated),
          })),
        })),
        kinds: report.kinds,
      };
    },
    setBudget: (yen, actor) =>
      store.transaction(() => {
        setBudgetYen(store, yen, settings.yenPerMonth, actor, clock.now());
        deps.audit(actor, 'budget.set', 'budget', { yen });
      }),
  };
}

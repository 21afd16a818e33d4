import type { Clock } from '../shared/clock.ts';
import type { Log } from '../shared/log.ts';
import type { Store } from '../store/store.ts';
import type { CostReports } from './cost-reports.ts';

/** A threshold of the month's budget was passed. Yen with tax; simulated and real money are told apart. */
export interface BudgetAlert {
  month: string;
  simulated: boolean;
  /** Per cent of the budget. */
  threshold: number;
  committedYen: number;
  budgetYen: number;
}

export interface BudgetAlertDeps {
  store: Store;
  clock: Clock;
  log: Log;
  reports: Pick<CostReports, 'budget'>;
  /** `budget.thresholds` of seto.yaml, per cent. */
  thresholds: readonly number[];
  /** Tells somebody; rejects where nobody heard, and is then asked again at the next look. */
  tell(alert: BudgetAlert): Promise<void>;
}

/** How often the month is held against its thresholds; leases are checked at every decision, this only tells. */
const everyMs = 30_000;

/** Tells once a month of each threshold that spending and leases have passed, also over restarts. */
export function createBudgetAlerts({ store, clock, log, reports, thresholds, tell }: BudgetAlertDeps): {
  look(): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
} {
  const note = (): void => {
    const { month, kinds } = reports.budget();
    for (const { simulated, committed, budget } of kinds)
      for (const threshold of thresholds)
        if (committed.yen > 0 && committed.yen * 100 >= threshold * budget.yen)
          store.run(
            'INSERT OR IGNORE INTO budget_alerts (month, simulated, threshold, committed_yen, budget_yen, at) VALUES (?, ?, ?, ?, ?, ?)',
            month,
            simulated ? 1 : 0,
            threshold,
            committed.yen,
            budget.yen,
            clock.now(),
          );
  };
  const look = async (): Promise<void> => {
    note();
    const untold = store.all<{
      month: string;
      simulated: number;
      threshold: number;
      committed_yen: number;
      budget_yen: number;
    }>('SELECT * FROM budget_alerts WHERE told_at IS NULL ORDER BY at, threshold');
    for (const row of untold) {
      const alert: BudgetAlert = {
        month: row.month,
        simulated: row.simulated === 1,
        threshold: row.threshold,
        committedYen: row.committed_yen,
        budgetYen: row.budget_yen,
      };
      await tell(alert);
      log.warn(alert, 'the month’s budget has passed a threshold');
      store.run(
        'UPDATE budget_alerts SET told_at = ? WHERE month = ? AND simulated = ? AND threshold = ?',
        clock.now(),
        row.month,
        row.simulated,
        row.threshold,
      );
    }
  };
  return {
    look,
    run: async (signal) => {
      while (!signal.aborted) {
        await look().catch((error: unknown) => log.warn({ err: error }, 'a budget alert reached nobody'));
        await clock.sleep(everyMs, signal);
      }
    },
  };
}

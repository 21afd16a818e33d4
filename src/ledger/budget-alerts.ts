import type { Clock } from '../shared/clock.ts';
import type { Log } from '../shared/log.ts';
import type { Store } from '../store/store.ts';
import { type BudgetEvent, budgetEventTold, noteBudgetEvent, untoldBudgetEvents } from './budget-events.ts';
import type { CostReports } from './cost-reports.ts';

export interface BudgetAlertDeps {
  store: Store;
  clock: Clock;
  log: Log;
  reports: Pick<CostReports, 'budget'>;
  /** `budget.thresholds` of seto.yaml, per cent. */
  thresholds: readonly number[];
  /** Tells somebody; rejects where nobody heard, and is then asked again at the next look. */
  tell(message: object): Promise<void>;
}

/** How often the month is held against its thresholds; leases are checked at every decision, this only tells. */
const everyMs = 30_000;
/** A webhook that takes an event for so long by no means keeps all later ones back any more; the list has it still. */
const giveUpMs = 24 * 3_600_000;

/** What a webhook gets: the common fields and the event's own, flat. */
function eventMessage({ id, kind, month, simulated, at, detail }: BudgetEvent): object {
  return { kind, id, at: new Date(at).toISOString(), month, simulated, ...detail };
}

/** Notes thresholds as spending and leases pass them, and tells of every event once and in order, over restarts too. */
export function createBudgetAlerts(deps: BudgetAlertDeps): {
  look(): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
} {
  const { store, clock, log, reports, thresholds, tell } = deps;
  const noteThresholds = (): void => {
    const { month, kinds } = reports.budget();
    for (const { simulated, committed, budget } of kinds)
      for (const threshold of [...thresholds].sort((one, other) => one - other))
        if (committed.yen > 0 && committed.yen * 100 >= threshold * budget.yen)
          noteBudgetEvent(store, {
            // Of another budget it is another line to pass.
            key: `threshold ${month} ${Number(simulated)} ${threshold} ${budget.yen}`,
            kind: 'threshold',
            month,
            simulated,
            detail: { threshold, committedYen: committed.yen, budgetYen: budget.yen },
            at: clock.now(),
          });
  };
  const look = async (): Promise<void> => {
    noteThresholds();
    for (const event of untoldBudgetEvents(store)) {
      const message = eventMessage(event);
      try {
        await tell(message);
      } catch (error) {
        if (clock.now() - event.at < giveUpMs) throw error;
        log.error(
          { err: error, ...message },
          'an event of the budget reached nobody for a day; no more tries',
        );
      }
      log.warn(message, `the month’s money: ${event.kind}`);
      budgetEventTold(store, event.id, clock.now());
    }
  };
  return {
    look,
    run: async (signal) => {
      while (!signal.aborted) {
        await look().catch((error: unknown) =>
          log.warn({ err: error }, 'an event of the budget reached nobody; it is told again'),
        );
        await clock.sleep(everyMs, signal);
      }
    },
  };
}

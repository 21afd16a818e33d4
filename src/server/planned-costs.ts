import { monthOf, monthSpan } from '../cost/calendar.ts';
import type { ScheduledCost } from '../ledger/report.ts';
import type { Clock } from '../shared/clock.ts';
import type { Log } from '../shared/log.ts';

export interface PlannedCostDeps {
  clock: Clock;
  log: Log;
  timeZone: string;
  /** Retrainings that policies plan between two moments. */
  planned(from: number, to: number): Promise<readonly { projectId: number; at: number }[]>;
  /** What a run of the project is expected to cost, yen with tax. */
  expected(projectId: number): readonly { simulated: boolean; yen: number }[];
}

/** Policies lie in git, and a bill must not wait for it: what is planned is read this often and kept between. */
const everyMs = 60_000;

/** What the rest of the month is planned to cost, for the forecast; at most a minute old. */
export function createPlannedCosts(deps: PlannedCostDeps): {
  now(): readonly ScheduledCost[];
  look(): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
} {
  const { clock, log, timeZone } = deps;
  let costs: readonly ScheduledCost[] = [];
  const look = async (): Promise<void> => {
    const from = clock.now();
    const { to } = monthSpan(monthOf(from, timeZone), timeZone);
    const planned = await deps.planned(from, to);
    costs = planned.flatMap(({ projectId, at }) => deps.expected(projectId).map((cost) => ({ ...cost, at })));
  };
  return {
    now: () => costs,
    look,
    run: async (signal) => {
      while (!signal.aborted) {
        await look().catch((error: unknown) =>
          log.warn({ err: error }, 'planned retrainings could not be read'),
        );
        await clock.sleep(everyMs, signal);
      }
    },
  };
}

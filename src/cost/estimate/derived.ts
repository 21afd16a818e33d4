import type { Amounts, Work } from './amounts-of-work.ts';
import type { WorkloadScenario } from './scenario.ts';

/** What a layout's hours come from: one session's and one retraining's node, and the month's sums. */
export interface Derived {
  meanDataGb: number;
  transferHours: number;
  uploadHours: number;
  sessionNodeHours: number;
  retrainingNodeHours: number;
  developNodeHours: number;
  trainNodeHours: number;
  /** Developers' nodes are up all month, because their sessions with all that goes with them need more than it has. */
  keptUp: boolean;
  /**
   * Hours of pulling data for each hour in which people work or jobs run. The closed form gives each node the link for
   * itself; the nearer this comes to 1, the longer nodes that are billed wait for each other (`--simulate` shows it).
   */
  linkBusy: number;
}

/** The figures of a layout's amounts that a reader asks for first. */
export function derivedOf(
  work: Work,
  amounts: Amounts,
  { workload, assumptions }: WorkloadScenario,
): Derived {
  const workingHours = Math.min(work.monthHours, workload.daysPerMonth * assumptions.workdayHours);
  const sessionPulls =
    amounts.wantedHoursEach > work.monthHours ? 0 : workload.developers * work.sessionsEach;
  return {
    meanDataGb: amounts.meanGb,
    transferHours: amounts.transferHours,
    uploadHours: amounts.uploadHours,
    sessionNodeHours: amounts.sessionLifeHours,
    retrainingNodeHours: amounts.retrainingLifeHours,
    developNodeHours: amounts.developHours,
    trainNodeHours: amounts.trainHours,
    keptUp: amounts.wantedHoursEach > work.monthHours,
    linkBusy: work.dataOverLink
      ? amounts.transferHours *
        ((workingHours > 0 ? sessionPulls / workingHours : 0) + work.retrainings / work.monthHours)
      : 0,
  };
}

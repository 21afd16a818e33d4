import type { Identity } from '../identity/identity.ts';
import { actorOf, type Principal } from '../identity/principal.ts';
import type { BreakdownReader } from '../ledger/breakdown.ts';
import type { BudgetEvent } from '../ledger/budget-events.ts';
import type { CostReports } from '../ledger/cost-reports.ts';
import {
  costBreakdown,
  costIntervals,
  costReport,
  listBudgetEvents,
  setBudget,
  showBudget,
} from './contract/costs.ts';
import { type Handler, handle } from './handle.ts';

export interface CostHandlerDeps {
  reports: CostReports;
  identity: Pick<Identity, 'canSee'>;
  events(query: { month?: string | undefined; limit: number }): BudgetEvent[];
}

/** The bill and the budget. */
export function costHandlers({ reports, identity, events }: CostHandlerDeps): Handler[] {
  return [
    handle(costReport, ({ query }) => reports.month(query.month)),
    handle(costIntervals, ({ query }) => reports.intervals(query.month, query.after ?? null, query.limit)),
    handle(costBreakdown, ({ query, principal }) =>
      reports.breakdown(query.month, query.by, readerOf(principal, identity), query.limit),
    ),
    handle(showBudget, () => reports.budget()),
    handle(listBudgetEvents, ({ query, principal }) =>
      events(query).map((event) => ({ ...event, detail: detailFor(identity, principal, event) })),
    ),
    handle(setBudget, ({ body, principal }) => {
      reports.setBudget(body.yenPerMonth, actorOf(principal));
      return reports.budget();
    }),
  ];
}

/**
 * What the reader sees by name: the projects they may look into, and of people themselves alone; administrators see
 * everybody. The rest of the bill is summed up, so that the sums hold for all.
 */
function readerOf(principal: Principal, identity: Pick<Identity, 'canSee'>): BreakdownReader {
  return {
    seesProject: (id) => identity.canSee(principal, id),
    seesPerson: (id) => principal.kind === 'user' && (principal.admin || principal.userId === id),
  };
}

/** Of a project that the reader may not look into, the amounts alone. */
function detailFor(
  identity: Pick<Identity, 'canSee'>,
  principal: Principal,
  { detail }: BudgetEvent,
): Record<string, string | number | boolean | null> {
  const { jobId, job, pipelineId, project, projectId, reason, ...amounts } = detail;
  if (typeof projectId !== 'number' || identity.canSee(principal, projectId)) return { ...detail };
  return amounts;
}

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
import { detailFor } from './event-detail.ts';
import { type Handler, handle } from './handle.ts';

export interface CostHandlerDeps {
  reports: CostReports;
  identity: Pick<Identity, 'canSee' | 'users'>;
  events(query: { month?: string | undefined; limit: number }): BudgetEvent[];
}

/** The bill and the budget. */
export function costHandlers({ reports, identity, events }: CostHandlerDeps): Handler[] {
  // Administrators see every limit, also one whose project does not exist.
  const budgetFor = (principal: Principal) =>
    reports.budget(isAdmin(principal) ? undefined : readerOf(principal, identity));
  return [
    handle(costReport, ({ query }) => reports.month(query.month)),
    handle(costIntervals, ({ query }) => reports.intervals(query.month, query.after ?? null, query.limit)),
    handle(costBreakdown, ({ query, principal }) =>
      reports.breakdown(query.month, query.by, readerOf(principal, identity), query.limit),
    ),
    handle(showBudget, ({ principal }) => budgetFor(principal)),
    handle(listBudgetEvents, ({ query, principal }) =>
      events(query).map((event) => ({ ...event, detail: detailFor(identity, principal, event) })),
    ),
    handle(setBudget, ({ body, principal }) => {
      reports.setBudget(body.yenPerMonth, actorOf(principal));
      return budgetFor(principal);
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

const isAdmin = (principal: Principal): boolean => principal.kind === 'user' && principal.admin;

import { actorOf } from '../identity/principal.ts';
import type { CostReports } from '../ledger/cost-reports.ts';
import { costReport, setBudget, showBudget } from './contract/costs.ts';
import { type Handler, handle } from './handle.ts';

/** The bill and the budget. */
export function costHandlers({ reports }: { reports: CostReports }): Handler[] {
  return [
    handle(costReport, ({ query }) => reports.month(query.month)),
    handle(showBudget, () => reports.budget()),
    handle(setBudget, ({ body, principal }) => {
      reports.setBudget(body.yenPerMonth, actorOf(principal));
      return reports.budget();
    }),
  ];
}

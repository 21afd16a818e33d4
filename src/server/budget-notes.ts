import { monthOf } from '../cost/calendar.ts';
import { jobById } from '../forge/embedded/job-rows.ts';
import type { WaitReason } from '../forge/forge.ts';
import type { Shortfall } from '../ledger/budget.ts';
import { type EventDetail, noteBudgetEvent } from '../ledger/budget-events.ts';
import type { BudgetNotes } from '../pools/budget-notes.ts';
import type { Clock } from '../shared/clock.ts';
import type { Store } from '../store/store.ts';

export interface BudgetNoteDeps {
  store: Store;
  clock: Clock;
  timeZone: string;
  projectPath(projectId: number): string | null;
}

/** Writes what pools tell of the budget as events, with the names that people know jobs by. */
export function createBudgetNotes({ store, clock, timeZone, projectPath }: BudgetNoteDeps): BudgetNotes & {
  warned(lease: { nodeId: string; projectId: number | null }, shortfall: Shortfall): void;
} {
  const now = () => ({ at: clock.now(), month: monthOf(clock.now(), timeZone) });
  const named = (jobId: number): EventDetail => {
    const row = jobById(store, jobId);
    return row === undefined
      ? { jobId }
      : {
          ...{ jobId, job: row.name, pipelineId: row.pipeline_id },
          ...{ projectId: row.project_id, project: projectPath(row.project_id) },
        };
  };
  return {
    refused: (jobId: number, { values }: WaitReason, simulated: boolean) => {
      const { at, month: present } = now();
      // A lease that reaches into the next month is refused for that one.
      const month = String(values['month'] ?? present);
      const key = `refused ${jobId} ${month} ${values['scope']}`;
      noteBudgetEvent(store, {
        key,
        kind: 'refused',
        month,
        simulated,
        at,
        detail: { ...named(jobId), ...values },
      });
    },
    letThrough: (jobId, actor, reason) => {
      noteBudgetEvent(store, {
        ...{ key: `let_through ${jobId}`, kind: 'let_through', simulated: null, ...now() },
        detail: { ...named(jobId), actor, reason },
      });
    },
    stopped: (actor, { nodes, jobs }) => {
      const { at, month } = now();
      const key = `spending_stopped ${at}`;
      noteBudgetEvent(store, {
        key,
        kind: 'spending_stopped',
        month,
        simulated: null,
        at,
        detail: { actor, nodes, jobs },
      });
    },
    resumed: (actor) => {
      const { at, month } = now();
      const key = `spending_resumed ${at}`;
      noteBudgetEvent(store, {
        key,
        kind: 'spending_resumed',
        month,
        simulated: null,
        at,
        detail: { actor },
      });
    },
    warned: ({ nodeId, projectId }, { simulated, ...shortfall }) => {
      const key = `warned ${nodeId} ${shortfall.month} ${shortfall.scope}`;
      const { at } = now();
      noteBudgetEvent(store, {
        ...{ key, kind: 'warned', month: shortfall.month, simulated, at },
        detail: {
          nodeId,
          projectId,
          project: projectId === null ? null : projectPath(projectId),
          ...shortfall,
        },
      });
    },
  };
}

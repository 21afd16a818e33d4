import type { WaitReason } from '../forge/forge.ts';

/** What pools tell of the budget. Each call comes inside the transaction of the deed, and may come again for it. */
export interface BudgetNotes {
  /** The budget has no room for this job, whose node would cost real or simulated money. */
  refused(jobId: number, reason: WaitReason, simulated: boolean): void;
  letThrough(jobId: number, actor: string, reason: string): void;
  /** All spending was stopped: so many nodes end now, so many jobs are asked to. */
  stopped(actor: string, ended: { nodes: number; jobs: number }): void;
  resumed(actor: string): void;
}

export const noNotes: BudgetNotes = {
  refused: () => undefined,
  letThrough: () => undefined,
  stopped: () => undefined,
  resumed: () => undefined,
};

import type { Identity } from '../identity/identity.ts';
import type { Principal } from '../identity/principal.ts';
import type { BudgetEvent } from '../ledger/budget-events.ts';

/**
 * An event's own fields as this reader may see them: of a project that they may not look into, the amounts alone; people
 * by name where the reader is that person or an administrator, else as `user:ID`.
 */
export function detailFor(
  identity: Pick<Identity, 'canSee' | 'users'>,
  principal: Principal,
  { detail }: BudgetEvent,
): Record<string, string | number | boolean | null> {
  const { jobId, job, pipelineId, project, projectId, reason, nodeId, pool, actor, ...amounts } = detail;
  if (typeof projectId === 'number' && !identity.canSee(principal, projectId)) return amounts;
  const id = Number(/^user:(\d+)$/.exec(String(actor))?.[1]);
  const seen = principal.kind === 'user' && (principal.admin || principal.userId === id);
  const name = seen ? (identity.users.byId(id)?.name ?? null) : null;
  return name === null ? { ...detail } : { ...detail, actor: name };
}

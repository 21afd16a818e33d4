import type { Identity } from '../identity/identity.ts';
import { type Principal, roles } from '../identity/principal.ts';
import { fault } from '../shared/errors.ts';
import { phrase } from '../shared/text.ts';

/**
 * Starting what runs on a protected ref needs who may push there, a maintainer: it may deploy, and it gets protected
 * variables (as on GitLab). Throws `access.refused`.
 */
export function mayRun(
  identity: Pick<Identity, 'isProtected' | 'roleIn'>,
  principal: Principal,
  projectId: number,
  ref: string,
  action: string,
): void {
  if (!identity.isProtected(projectId, ref) || identity.roleIn(principal, projectId) >= roles.maintainer)
    return;
  const who = 'name' in principal ? principal.name : principal.kind;
  throw fault('access.refused', { who, action, needs: phrase('needs.maintainer', { ref }) });
}

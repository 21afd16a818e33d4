import { type Principal, roles } from '../identity/principal.ts';
import type { AccessRule } from './contract/access.ts';
import type { Subject } from './handle.ts';

export type Access = { allowed: true } | { allowed: false; needs: string };

/**
 * Applies one row of the access table. `level` is the asker's GitLab access level in the subject's project (0 where
 * none); `subject` is null for scopes other than `project`. Pure: the table's test calls it over every combination.
 */
export function decideAccess(
  rule: AccessRule,
  principal: Principal,
  level: number,
  subject: Subject | null,
): Access {
  if (rule.scope === 'open') return { allowed: true };
  const refuse = (needs: string): Access => ({ allowed: false, needs });
  switch (principal.kind) {
    case 'anonymous':
      return refuse('a token');
    case 'user':
      if (rule.user === undefined) return refuse(machinesOnly(rule));
      if (rule.user === 'any' || principal.admin) return { allowed: true };
      if (rule.user === 'admin') return refuse('an administrator');
      if (subject?.shared && rule.job?.shared && level === 0) return { allowed: true };
      return level >= roles[rule.user] ? { allowed: true } : refuse(`the role ${rule.user} in the project`);
    case 'project':
      if (rule.project === undefined) return refuse('a person’s token');
      if (subject !== null && subject.projectId !== principal.projectId)
        return subject.shared && rule.job?.shared ? { allowed: true } : refuse('a token of that project');
      return roles[principal.role] >= roles[rule.project]
        ? { allowed: true }
        : refuse(`a project token with the role ${rule.project}`);
    case 'job':
      if (rule.job === undefined) return refuse('a person: no job may do this');
      if (
        subject !== null &&
        subject.projectId !== principal.projectId &&
        !(rule.job.shared && subject.shared)
      )
        return refuse('a job of the project that owns it');
      if (rule.job.site !== undefined && principal.site !== rule.job.site)
        return refuse(`a job on a node of site ${rule.job.site} (tags: [${rule.job.site}])`);
      if (rule.job.protectedRef && !principal.protectedRef)
        return refuse('a pipeline on a protected branch or tag');
      return { allowed: true };
    default:
      return rule.also?.includes(principal.kind) ? { allowed: true } : refuse(machinesOnly(rule));
  }
}

function machinesOnly(rule: AccessRule): string {
  return [...(rule.also ?? []), ...(rule.job ? ['job'] : []), ...(rule.user ? ['user'] : [])].join(' / ');
}

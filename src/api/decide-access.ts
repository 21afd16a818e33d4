import { type Principal, roles } from '../identity/principal.ts';
import type { Phrase, Values } from '../shared/text/format.ts';
import { type PhraseKey, phrase } from '../shared/text.ts';
import type { AccessRule } from './contract/access.ts';
import type { Subject } from './handle.ts';

export type Access = { allowed: true } | { allowed: false; needs: Phrase };

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
  const refuse = (key: PhraseKey, values: Values = {}): Access => ({
    allowed: false,
    needs: phrase(key, values),
  });
  switch (principal.kind) {
    case 'anonymous':
      return refuse('needs.token');
    case 'user':
      if (rule.user === undefined) return refuse('needs.kind', { kinds: kindsOf(rule) });
      if (rule.user === 'any' || principal.admin) return { allowed: true };
      if (rule.user === 'admin') return refuse('needs.admin');
      if (subject?.shared && rule.job?.shared && level === 0) return { allowed: true };
      return level >= roles[rule.user] ? { allowed: true } : refuse('needs.role', { role: rule.user });
    case 'project':
      if (rule.project === undefined) return refuse('needs.person');
      if (subject !== null && subject.projectId !== principal.projectId)
        return subject.shared && rule.job?.shared ? { allowed: true } : refuse('needs.project');
      return roles[principal.role] >= roles[rule.project]
        ? { allowed: true }
        : refuse('needs.project_role', { role: rule.project });
    case 'job':
      if (rule.job === undefined) return refuse('needs.no_job');
      if (
        subject !== null &&
        subject.projectId !== principal.projectId &&
        !(rule.job.shared && subject.shared)
      )
        return refuse('needs.own_job');
      if (rule.job.site !== undefined && principal.site !== rule.job.site)
        return refuse('needs.site', { site: rule.job.site });
      if (rule.job.protectedRef && !principal.protectedRef) return refuse('needs.protected_ref');
      return { allowed: true };
    default:
      return rule.also?.includes(principal.kind)
        ? { allowed: true }
        : refuse('needs.kind', { kinds: kindsOf(rule) });
  }
}

function kindsOf(rule: AccessRule): string {
  return [...(rule.also ?? []), ...(rule.job ? ['job'] : []), ...(rule.user ? ['user'] : [])].join(' / ');
}

import { describe, expect, it } from 'vitest';
import { type AccessRule, access } from '../src/api/contract/access.ts';
import { decideAccess } from '../src/api/decide-access.ts';
import type { Subject } from '../src/api/handle.ts';
import { type Principal, type Role, roles, type Site } from '../src/identity/principal.ts';

const own = 1;
const foreign = 2;

interface Case {
  name: string;
  principal: Principal;
  level: number;
  subject: Subject;
  /** What this asker is, in the words of the table, for the independent reading below. */
  is: {
    kind: string;
    role?: Role;
    site?: Site;
    protectedRef?: boolean;
    ownProject: boolean;
    shared: boolean;
  };
}

const job = (site: Site, protectedRef: boolean): Principal => ({
  kind: 'job',
  jobId: 1,
  projectId: own,
  pipelineId: 1,
  userId: 1,
  ref: 'main',
  protectedRef,
  site,
  nodeId: null,
});

/** Every token kind × role × own or foreign × shared × site × protection. */
function everyCase(): Case[] {
  const cases: Case[] = [];
  for (const projectId of [own, foreign])
    for (const shared of [false, true]) {
      const subject = { projectId, shared };
      const ownProject = projectId === own;
      const add = (principal: Principal, level: number, is: Partial<Case['is']>) =>
        cases.push({
          name: JSON.stringify([principal, level, subject]),
          principal,
          level,
          subject,
          is: { kind: principal.kind, ownProject, shared, ...is },
        });
      add({ kind: 'anonymous' }, 0, {});
      add({ kind: 'gateway' }, 0, {});
      add({ kind: 'runner', runnerId: 1, nodeId: null, site: 'onprem' }, 0, {});
      add({ kind: 'node', nodeId: 'n', site: 'cloud' }, 0, {});
      add({ kind: 'user', userId: 1, name: 'nobody', admin: false }, 0, { kind: 'stranger' });
      add({ kind: 'user', userId: 1, name: 'root', admin: true }, 50, { role: 'admin' });
      for (const role of ['viewer', 'labeller', 'developer', 'maintainer'] as const) {
        add({ kind: 'user', userId: 1, name: role, admin: false }, ownProject ? roles[role] : 0, { role });
        add({ kind: 'project', projectId: own, role, name: role }, ownProject ? roles[role] : 0, { role });
      }
      for (const site of ['cloud', 'onprem'] as const)
        for (const protectedRef of [false, true]) add(job(site, protectedRef), 0, { site, protectedRef });
    }
  return cases;
}

/** The table read a second time, in its own words and not by the code under test. */
function expected(rule: AccessRule, { is }: Case): boolean {
  if (rule.scope === 'open') return true;
  const atLeast = (role: Role) => is.role !== undefined && roles[is.role] >= roles[role];
  const readsShared = rule.job?.shared === true && is.shared;
  switch (is.kind) {
    case 'user':
    case 'stranger':
      if (rule.user === undefined) return false;
      if (is.role === 'admin' || rule.user === 'any') return true;
      if (rule.user === 'admin') return false;
      if (rule.scope === 'project' && !is.ownProject) return readsShared;
      return rule.scope === 'project' && (is.kind === 'stranger' ? readsShared : atLeast(rule.user));
    case 'project':
      if (rule.project === undefined) return false;
      if (rule.scope === 'project' && !is.ownProject) return readsShared;
      return atLeast(rule.project);
    case 'job':
      return (
        rule.job !== undefined &&
        (rule.scope === 'installation' || is.ownProject || readsShared) &&
        (rule.job.site === undefined || rule.job.site === is.site) &&
        (!rule.job.protectedRef || is.protectedRef === true)
      );
    default:
      return (rule.also as readonly string[] | undefined)?.includes(is.kind) ?? false;
  }
}

describe('the access table', () => {
  it.each(Object.entries(access) as [string, AccessRule][])('%s', (_action, rule) => {
    const wrong = everyCase().filter((each) => {
      const subject = rule.scope === 'project' ? each.subject : null;
      const level = rule.scope === 'project' ? each.level : 0;
      return decideAccess(rule, each.principal, level, subject).allowed !== expected(rule, each);
    });
    expect(wrong.map(({ name }) => name)).toEqual([]);
  });

  it('lets no job on a cloud node or an unprotected ref deploy, write data or give a verdict', () => {
    for (const [action, principal] of [
      ['endpoint.deploy', job('cloud', true)],
      ['endpoint.deploy', job('onprem', false)],
      ['data.write', job('cloud', true)],
      ['data.write', job('onprem', false)],
      ['verdict.write', job('cloud', true)],
      ['image.write', job('cloud', true)],
      ['git.write', job('onprem', true)],
    ] as const)
      expect(decideAccess(access[action], principal, 0, { projectId: own }).allowed, action).toBe(false);
  });
});

import type { Clock } from '../shared/clock.ts';
import { newId, sha256 } from '../shared/ids.ts';
import type { Store } from '../store/store.ts';
import { type Audit, createAudit } from './audit.ts';
import { type Principal, type Role, roles, type TokenSource } from './principal.ts';
import { createProjects, type Project, type Projects } from './projects.ts';
import { createUsers, type Users } from './users.ts';

/** What other domains ask of identity. */
export interface Identity {
  installationId: string;
  /** Raised by each restore; 1 before the first. */
  epoch: number;
  audit: Audit;
  users: Users;
  projects: Projects;
  projectByPath(path: string): Project | null;
  project(id: number): Project | null;
  isProtected(projectId: number, ref: string): boolean;
  /** GitLab's access level of whoever asks; jobs and machines have none of their own (the table names them). */
  roleIn(principal: Principal, projectId: number): number;
  /** True for viewers and above, and for the project's own jobs. */
  canSee(principal: Principal, projectId: number): boolean;
  /** Who a token speaks for; null for an unknown one. */
  authenticate(token: string): Principal | null;
  /** Adds a part that gives out tokens of its own (jobs, runners, nodes, the gateway). */
  addTokens(source: TokenSource): void;
}

export function createIdentity(store: Store, clock: Clock): Identity {
  const audit = createAudit(store, clock);
  const users = createUsers(store, clock, audit);
  const projects = createProjects(store, clock, audit);
  const sources: TokenSource[] = [users];
  const roleIn = (principal: Principal, projectId: number): number => {
    if (principal.kind === 'user')
      return principal.admin ? roles.admin : projects.levelOf(principal.userId, projectId);
    return principal.kind === 'project' && principal.projectId === projectId ? roles[principal.role] : 0;
  };
  return {
    ...installation(store, clock),
    audit,
    users,
    projects,
    projectByPath: projects.byPath,
    project: projects.byId,
    isProtected: projects.isProtected,
    roleIn,
    canSee: (principal, projectId) =>
      principal.kind === 'job'
        ? principal.projectId === projectId
        : roleIn(principal, projectId) >= roles.viewer,
    authenticate: (token) => {
      const hash = sha256(token);
      for (const source of sources) {
        const found = source.find(hash);
        if (found) return found;
      }
      return null;
    },
    addTokens: (source) => {
      sources.push(source);
    },
  };
}

/** The level a role stands for. */
export function levelOf(role: Role): number {
  return roles[role];
}

function installation(store: Store, clock: Clock): { installationId: string; epoch: number } {
  const row = store.get<{ id: string; epoch: number }>('SELECT id, epoch FROM installation');
  if (row) return { installationId: row.id, epoch: row.epoch };
  const id = newId('seto');
  store.run('INSERT INTO installation (id, epoch, created_at) VALUES (?, 1, ?)', id, clock.now());
  return { installationId: id, epoch: 1 };
}

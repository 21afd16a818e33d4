import type { Clock } from '../shared/clock.ts';
import { fault } from '../shared/errors.ts';
import type { Store } from '../store/store.ts';
import type { Audit } from './audit.ts';
import { type Role, roles } from './principal.ts';

export interface Project {
  id: number;
  /** `group/name` */
  path: string;
  defaultBranch: string;
  ownerId: number;
}

interface ProjectRow {
  id: number;
  path: string;
  default_branch: string;
  owner_id: number;
}

const toProject = (row: ProjectRow): Project => ({
  id: row.id,
  path: row.path,
  defaultBranch: row.default_branch,
  ownerId: row.owner_id,
});

/** Lower case, digits, `-`, `_`, `.` inside; safe as a folder, a URL part and an OCI repository name. */
export const pathPattern = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?\/[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;

/** A branch or tag as git shows it, or a pattern with `*`; git-check-ref-format(1) in short. */
const refPattern = /^(?!refs\/|\/)(?!.*(?:\.\.|\/\/|@\{))[^\s~^:?[\\\p{Cc}]{1,250}(?<![/.])$/u;

/** Projects, who belongs to them, and which of their refs are protected. */
export interface Projects {
  /** @throws project.bad_path, core.conflict */
  requireFree(path: string): void;
  create(path: string, ownerId: number, actor: string, defaultBranch?: string): Project;
  byPath(path: string): Project | null;
  byId(id: number): Project | null;
  list(): Project[];
  setMember(projectId: number, userId: number, role: Role | null, actor: string): void;
  members(projectId: number): { userId: number; name: string; role: Role }[];
  /** GitLab's access level of a user in a project; 0 where not a member. */
  levelOf(userId: number, projectId: number): number;
  /** The default branch is always protected; others by name or with `*`. */
  isProtected(projectId: number, ref: string): boolean;
  /** @throws project.bad_ref */
  protect(projectId: number, pattern: string, actor: string): void;
  /** False where nothing of that name was protected. @throws project.default_branch */
  unprotect(projectId: number, pattern: string, actor: string): boolean;
  /** The default branch first, then the others in order. */
  protectedRefs(projectId: number): string[];
}

export function createProjects(store: Store, clock: Clock, audit: Audit): Projects {
  const byId = (id: number): Project | null => {
    const row = store.get<ProjectRow>('SELECT * FROM projects WHERE id = ?', id);
    return row ? toProject(row) : null;
  };
  const byPath = (path: string): Project | null => {
    const row = store.get<ProjectRow>('SELECT * FROM projects WHERE path = ?', path);
    return row ? toProject(row) : null;
  };
  const requireFree = (path: string): void => {
    if (!pathPattern.test(path) || path.includes('..')) throw fault('project.bad_path', { path });
    if (byPath(path)) throw fault('core.conflict', { what: path });
  };
  return {
    requireFree,
    create: (path, ownerId, actor, defaultBranch = 'main') =>
      store.transaction(() => {
        requireFree(path);
        const { lastInsertRowid: id } = store.run(
          'INSERT INTO projects (path, default_branch, owner_id, created_at) VALUES (?, ?, ?, ?)',
          path,
          defaultBranch,
          ownerId,
          clock.now(),
        );
        store.run(
          'INSERT INTO members (project_id, user_id, role) VALUES (?, ?, ?)',
          id,
          ownerId,
          'maintainer',
        );
        audit(actor, 'project.create', `project:${id}`, { path });
        return { id, path, defaultBranch, ownerId };
      }),
    byPath,
    byId,
    list: () => store.all<ProjectRow>('SELECT * FROM projects ORDER BY path').map(toProject),
    setMember: (projectId, userId, role, actor) =>
      store.transaction(() => {
        if (role === null)
          store.run('DELETE FROM members WHERE project_id = ? AND user_id = ?', projectId, userId);
        else
          store.run(
            'INSERT INTO members (project_id, user_id, role) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET role = excluded.role',
            projectId,
            userId,
            role,
          );
        audit(actor, 'member.set', `project:${projectId}`, { userId, role });
      }),
    members: (projectId) =>
      store.all<{ userId: number; name: string; role: Role }>(
        'SELECT user_id AS userId, name, role FROM members JOIN users ON users.id = user_id WHERE project_id = ? ORDER BY name',
        projectId,
      ),
    levelOf: (userId, projectId) => {
      const row = store.get<{ role: Role }>(
        'SELECT role FROM members WHERE user_id = ? AND project_id = ?',
        userId,
        projectId,
      );
      return row ? roles[row.role] : 0;
    },
    isProtected: (projectId, ref) => {
      if (byId(projectId)?.defaultBranch === ref) return true;
      return store
        .all<{ pattern: string }>('SELECT pattern FROM protected_refs WHERE project_id = ?', projectId)
        .some(({ pattern }) => matchesRef(pattern, ref));
    },
    protect: (projectId, pattern, actor) => {
      if (!refPattern.test(pattern)) throw fault('project.bad_ref', { ref: pattern });
      store.transaction(() => {
        store.run(
          'INSERT OR IGNORE INTO protected_refs (project_id, pattern) VALUES (?, ?)',
          projectId,
          pattern,
        );
        audit(actor, 'ref.protect', `project:${projectId}`, { pattern });
      });
    },
    unprotect: (projectId, pattern, actor) => {
      if (byId(projectId)?.defaultBranch === pattern) throw fault('project.default_branch', { ref: pattern });
      return store.transaction(() => {
        const { changes } = store.run(
          'DELETE FROM protected_refs WHERE project_id = ? AND pattern = ?',
          projectId,
          pattern,
        );
        if (changes > 0) audit(actor, 'ref.unprotect', `project:${projectId}`, { pattern });
        return changes > 0;
      });
    },
    protectedRefs: (projectId) => {
      const first = byId(projectId)?.defaultBranch;
      const others = store
        .all<{ pattern: string }>(
          'SELECT pattern FROM protected_refs WHERE project_id = ? ORDER BY pattern',
          projectId,
        )
        .map(({ pattern }) => pattern);
      return [...(first === undefined ? [] : [first]), ...others.filter((each) => each !== first)];
    },
  };
}

/** Matches a ref against a pattern whose `*` stands for any run of characters; linear in both lengths' product. */
export function matchesRef(pattern: string, ref: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === ref;
  const last = rest.pop() ?? '';
  if (!ref.startsWith(first) || !ref.endsWith(last) || ref.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of rest) {
    const found = ref.indexOf(part, at);
    if (found < 0 || found + part.length > ref.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}

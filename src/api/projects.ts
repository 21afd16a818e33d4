import type { Identity } from '../identity/identity.ts';
import { actorOf } from '../identity/principal.ts';
import type { Project } from '../identity/projects.ts';
import type { Clock } from '../shared/clock.ts';
import { fault, missing } from '../shared/errors.ts';
import {
  createProject,
  issueProjectToken,
  listProjects,
  listProjectTokens,
  protectRef,
  revokeProjectToken,
  setMember,
  showProject,
  unprotectRef,
} from './contract/projects.ts';
import { type Handler, handle, type Subject } from './handle.ts';
import { endOf } from './users.ts';

export interface ProjectDeps {
  identity: Identity;
  clock: Clock;
  /** The URL people reach the platform by, without a slash at the end. */
  url(): string;
  createRepository(path: string, defaultBranch: string): Promise<void>;
}

/** Projects and who belongs to them. */
export function projectHandlers({ identity, clock, url, createRepository }: ProjectDeps): Handler[] {
  const view = (project: Project) => ({
    id: project.id,
    path: project.path,
    defaultBranch: project.defaultBranch,
    gitUrl: `${url()}/git/${project.path}.git`,
  });
  const find = (params: { group: string; name: string }): Project => {
    const project = identity.projectByPath(`${params.group}/${params.name}`);
    if (project === null) throw missing('project', `${params.group}/${params.name}`);
    return project;
  };
  const subject = ({ params }: { params: { group: string; name: string } }): Subject => ({
    projectId: find(params).id,
  });
  return [
    handle(createProject, async ({ body, principal }) => {
      if (principal.kind !== 'user') throw fault('access.no_token');
      const { path, defaultBranch } = body;
      identity.projects.requireFree(path);
      // Before the row: an empty folder that no project owns harms nobody and is used by the next try, a project
      // without a repository can neither be pushed to nor made again.
      await createRepository(path, defaultBranch);
      return view(identity.projects.create(path, principal.userId, actorOf(principal), defaultBranch));
    }),
    handle(listProjects, ({ principal }) =>
      identity.projects
        .list()
        .filter((project) => identity.canSee(principal, project.id))
        .map(view),
    ),
    handle(
      showProject,
      ({ params }) => {
        const project = find(params);
        const members = identity.projects.members(project.id).map(({ name, role }) => ({ name, role }));
        return { ...view(project), members, protectedRefs: identity.projects.protectedRefs(project.id) };
      },
      { subject },
    ),
    handle(
      protectRef,
      ({ params, principal }) => {
        identity.projects.protect(find(params).id, params.ref, actorOf(principal));
        return undefined;
      },
      { subject },
    ),
    handle(
      unprotectRef,
      ({ params, principal }) => {
        if (!identity.projects.unprotect(find(params).id, params.ref, actorOf(principal)))
          throw missing('protected_ref', params.ref);
        return undefined;
      },
      { subject },
    ),
    handle(
      setMember,
      ({ params, body, principal }) => {
        const user = identity.users.byName(params.user);
        if (user === null) throw missing('user', params.user);
        identity.projects.setMember(find(params).id, user.id, body.role, actorOf(principal));
        return undefined;
      },
      { subject },
    ),
    handle(
      issueProjectToken,
      ({ params, body, principal }) => ({
        token: identity.users.issueToken(
          { projectId: find(params).id, role: body.role },
          body.name,
          actorOf(principal),
          endOf(body.days, clock),
        ),
      }),
      { subject },
    ),
    handle(listProjectTokens, ({ params }) => identity.users.tokens({ projectId: find(params).id }), {
      subject,
    }),
    handle(
      revokeProjectToken,
      ({ params, principal }) => {
        if (!identity.users.revokeToken({ projectId: find(params).id }, params.id, actorOf(principal)))
          throw missing('token', params.id);
        return undefined;
      },
      { subject },
    ),
  ];
}

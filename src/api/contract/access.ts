import type { PrincipalKind, Role, Site } from '../../identity/principal.ts';

/** What a job needs to be allowed something in its own project. */
export interface JobRule {
  site?: Site;
  protectedRef?: true;
  /** Also in other projects' things that are marked shared. */
  shared?: true;
}

/**
 * One row of the access table. `open` needs no token (the handler proves the caller by the body's secret);
 * `installation` concerns no project; `project` needs the role in the project of the thing asked for.
 * Kinds that a row does not name are refused. Admins have every role everywhere.
 */
export interface AccessRule {
  scope: 'open' | 'installation' | 'project';
  /** `both`: offered on the link face (what nodes and their jobs need) as well; else on the main face alone. */
  face: 'main' | 'both';
  user?: Role | 'any';
  /** Project access tokens, by their role. */
  project?: Role;
  job?: JobRule;
  also?: readonly Extract<PrincipalKind, 'runner' | 'node' | 'gateway'>[];
}

/** The one access table: action × token kind × role × ref protection × site. docs/access.md is made from it. */
export const access = {
  'health.read': { scope: 'open', face: 'both' },
  'console.open': { scope: 'open', face: 'main' },
  'session.sign_in': { scope: 'open', face: 'main' },
  'session.exchange': { scope: 'open', face: 'both' },
  'session.own': { scope: 'installation', face: 'both', user: 'any', project: 'viewer', job: {} },
  'status.read': { scope: 'installation', face: 'main', user: 'any' },
  'user.manage': { scope: 'installation', face: 'main', user: 'admin' },
  'platform.manage': { scope: 'installation', face: 'main', user: 'admin' },

  'project.list': { scope: 'installation', face: 'main', user: 'any', project: 'viewer' },
  'project.create': { scope: 'installation', face: 'main', user: 'any' },
  'project.read': { scope: 'project', face: 'main', user: 'viewer', project: 'viewer', job: {} },
  'project.manage': { scope: 'project', face: 'main', user: 'maintainer', project: 'maintainer' },
  'variable.manage': { scope: 'project', face: 'main', user: 'maintainer', project: 'maintainer' },

  'git.read': { scope: 'project', face: 'both', user: 'viewer', project: 'viewer', job: {} },
  'git.write': { scope: 'project', face: 'main', user: 'developer', project: 'developer' },
  'pipeline.read': { scope: 'project', face: 'main', user: 'viewer', project: 'viewer', job: {} },
  'pipeline.run': { scope: 'project', face: 'main', user: 'developer', project: 'developer' },
  'pipeline.cancel': { scope: 'project', face: 'main', user: 'developer', project: 'developer' },
  'job.read': { scope: 'project', face: 'main', user: 'viewer', project: 'viewer', job: {} },
  'job.play': { scope: 'project', face: 'main', user: 'developer', project: 'developer' },
  'job.allow': { scope: 'project', face: 'main', user: 'admin' },

  'runner.register': { scope: 'open', face: 'both' },
  'runner.request': { scope: 'installation', face: 'both', also: ['runner'] },
  'runner.leave': { scope: 'installation', face: 'both', also: ['runner'] },
  'job.deliver': { scope: 'project', face: 'both', job: {} },
  'artifact.read': { scope: 'project', face: 'both', user: 'viewer', project: 'viewer', job: {} },

  'node.enroll': { scope: 'open', face: 'both' },
  'node.beat': { scope: 'installation', face: 'both', also: ['node'] },
  'node.read': { scope: 'installation', face: 'main', user: 'any' },
  'node.manage': { scope: 'installation', face: 'main', user: 'admin' },

  'data.list': { scope: 'installation', face: 'both', user: 'any', project: 'viewer', job: {} },
  'data.read': { scope: 'project', face: 'both', user: 'viewer', project: 'viewer', job: { shared: true } },
  'data.write': {
    scope: 'project',
    face: 'main',
    user: 'labeller',
    project: 'developer',
    job: { site: 'onprem', protectedRef: true },
  },
  'data.delete': { scope: 'project', face: 'main', user: 'maintainer', project: 'maintainer' },

  'model.list': { scope: 'installation', face: 'both', user: 'any', project: 'viewer', job: {} },
  'model.read': { scope: 'project', face: 'both', user: 'viewer', project: 'viewer', job: { shared: true } },
  'model.write': {
    scope: 'project',
    face: 'main',
    user: 'developer',
    project: 'developer',
    job: { site: 'onprem' },
  },
  'metrics.write': { scope: 'project', face: 'both', user: 'developer', project: 'developer', job: {} },
  'verdict.write': { scope: 'project', face: 'main', job: { site: 'onprem' } },

  'image.list': { scope: 'installation', face: 'both', user: 'any', project: 'viewer', job: {} },
  'image.read': {
    scope: 'project',
    face: 'both',
    user: 'viewer',
    project: 'viewer',
    job: {},
    also: ['gateway'],
  },
  'image.write': {
    scope: 'project',
    face: 'main',
    user: 'developer',
    project: 'developer',
    job: { site: 'onprem' },
  },
  'image.delete': { scope: 'project', face: 'main', user: 'maintainer', project: 'maintainer' },

  'endpoint.list': { scope: 'installation', face: 'main', user: 'any', project: 'viewer', job: {} },
  'endpoint.read': { scope: 'project', face: 'main', user: 'viewer', project: 'viewer', job: {} },
  'endpoint.deploy': {
    scope: 'project',
    face: 'main',
    user: 'maintainer',
    project: 'maintainer',
    job: { site: 'onprem', protectedRef: true },
  },
  'endpoint.manage': { scope: 'project', face: 'main', user: 'maintainer', project: 'maintainer' },
  'monitoring.ingest': { scope: 'installation', face: 'main', also: ['gateway'] },
  'monitoring.read': { scope: 'project', face: 'main', user: 'viewer', project: 'viewer', job: {} },
  'feedback.write': { scope: 'project', face: 'main', user: 'labeller', project: 'labeller' },

  'pool.read': { scope: 'installation', face: 'main', user: 'any' },
  'pool.manage': { scope: 'installation', face: 'main', user: 'admin' },
  'cost.read': { scope: 'installation', face: 'main', user: 'any' },
  'prices.manage': { scope: 'installation', face: 'main', user: 'admin' },
  'budget.manage': { scope: 'installation', face: 'main', user: 'admin' },
} as const satisfies Record<string, AccessRule>;

export type Action = keyof typeof access;

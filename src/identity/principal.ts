/** GitLab's access levels, as Seto names them. */
export const roles = { viewer: 10, labeller: 20, developer: 30, maintainer: 40, admin: 50 } as const;
export type Role = keyof typeof roles;

export type Site = 'cloud' | 'onprem';

/** Who is asking, as established from a token. One kind a token kind. */
export type Principal =
  | { kind: 'anonymous' }
  | { kind: 'user'; userId: number; name: string; admin: boolean }
  | { kind: 'project'; projectId: number; role: Role; name: string }
  | JobPrincipal
  | { kind: 'runner'; runnerId: number; nodeId: string | null; site: Site }
  | { kind: 'node'; nodeId: string; site: Site }
  | { kind: 'gateway' };

/** A running attempt. Its rights end with the attempt, since its token is looked up by running jobs only. */
export interface JobPrincipal {
  kind: 'job';
  jobId: number;
  projectId: number;
  pipelineId: number;
  /** The person the pipeline runs as. */
  userId: number;
  ref: string;
  /** Whether the pipeline's ref is protected. */
  protectedRef: boolean;
  site: Site;
  nodeId: string | null;
}

export type PrincipalKind = Principal['kind'];

/** Finds the principal of a token's SHA-256; each part that gives out tokens supplies one (compose joins them). */
export interface TokenSource {
  find(tokenHash: string): Principal | null;
}

/** How audit rows name who acted: `user:3`, `job:12`, `node:node-…`, `system`. */
export function actorOf(principal: Principal): string {
  switch (principal.kind) {
    case 'user':
      return `user:${principal.userId}`;
    case 'project':
      return `project:${principal.projectId}`;
    case 'job':
      return `job:${principal.jobId}`;
    case 'runner':
      return `runner:${principal.runnerId}`;
    case 'node':
      return `node:${principal.nodeId}`;
    case 'gateway':
    case 'anonymous':
      return principal.kind;
  }
}

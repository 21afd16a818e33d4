import type { Identity } from '../identity/identity.ts';
import type { JobPrincipal } from '../identity/principal.ts';
import { fault } from '../shared/errors.ts';
import { exchange, signIn, whoAmI } from './contract/session.ts';
import { type Handler, handle } from './handle.ts';

export interface SessionDeps {
  identity: Identity;
  version: string;
  /** Opens a session for the running attempt an ID token was made for; null where there is none. */
  openJobSession(idToken: string): Promise<{ token: string; job: JobPrincipal } | null>;
}

/** Signing in, for people and for jobs. */
export function sessionHandlers({ identity, version, openJobSession }: SessionDeps): Handler[] {
  return [
    handle(exchange, async ({ body }) => {
      const session = await openJobSession(body.idToken);
      if (session === null) throw fault('access.bad_token');
      const projectPath = identity.project(session.job.projectId)?.path ?? '';
      return { token: session.token, projectPath, jobId: session.job.jobId };
    }),
    handle(signIn, ({ body }) => {
      const redeemed = identity.users.redeemSignIn(body.secret, body.device);
      if (redeemed === null) throw fault('access.sign_in_used');
      return { token: redeemed.token, user: redeemed.user.name, admin: redeemed.user.admin };
    }),
    handle(whoAmI, ({ principal }) => ({
      kind: principal.kind,
      name:
        'name' in principal
          ? principal.name
          : principal.kind === 'job'
            ? `job ${principal.jobId}`
            : principal.kind,
      admin: principal.kind === 'user' && principal.admin,
      installationId: identity.installationId,
      version,
    })),
  ];
}

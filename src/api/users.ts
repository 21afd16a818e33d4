import type { Identity } from '../identity/identity.ts';
import { actorOf } from '../identity/principal.ts';
import { fault } from '../shared/errors.ts';
import { createUser, issueUserToken, listUsers, removeUser } from './contract/users.ts';
import { type Handler, handle } from './handle.ts';

/** Who may sign in; for administrators. */
export function userHandlers({ identity, url }: { identity: Identity; url(): string }): Handler[] {
  const { users } = identity;
  const find = (name: string) => {
    const user = users.byName(name);
    if (user === null) throw fault('core.not_found', { what: `user ${name}` });
    return user;
  };
  return [
    handle(listUsers, () => users.list()),
    handle(createUser, ({ body, principal }) => {
      const user = users.create(body.name, body.admin, actorOf(principal));
      return { ...user, signInUrl: signInUrl(url(), users.issueSignIn(user.id, actorOf(principal))) };
    }),
    handle(removeUser, ({ params, principal }) => {
      users.remove(find(params.name).id, actorOf(principal));
      return undefined;
    }),
    handle(issueUserToken, ({ params, body, principal }) => ({
      token: users.issueToken({ userId: find(params.name).id }, body.label, actorOf(principal)),
    })),
  ];
}

/** The one-time link as people see it; `seto login` takes it as it is. */
export function signInUrl(url: string, secret: string): string {
  return `${url}/sign-in#${secret}`;
}

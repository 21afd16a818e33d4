import type { Identity } from '../identity/identity.ts';
import { actorOf } from '../identity/principal.ts';
import type { Clock } from '../shared/clock.ts';
import { missing } from '../shared/errors.ts';
import {
  createUser,
  issueUserToken,
  listUsers,
  listUserTokens,
  removeUser,
  revokeUserToken,
} from './contract/users.ts';
import { type Handler, handle } from './handle.ts';

/** Who may sign in; for administrators. */
export function userHandlers({
  identity,
  url,
  clock,
}: {
  identity: Identity;
  url(): string;
  clock: Clock;
}): Handler[] {
  const { users } = identity;
  const find = (name: string) => {
    const user = users.byName(name);
    if (user === null) throw missing('user', name);
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
      token: users.issueToken(
        { userId: find(params.name).id },
        body.label,
        actorOf(principal),
        endOf(body.days, clock),
      ),
    })),
    handle(listUserTokens, ({ params }) => users.tokens({ userId: find(params.name).id })),
    handle(revokeUserToken, ({ params, principal }) => {
      if (!users.revokeToken({ userId: find(params.name).id }, params.id, actorOf(principal)))
        throw missing('token', params.id);
      return undefined;
    }),
  ];
}

/** When a token made now for so many days ends; undefined for never. */
export function endOf(days: number | undefined, clock: Clock): number | undefined {
  return days === undefined ? undefined : clock.now() + days * 86_400_000;
}

/** The one-time link as people see it; `seto login` takes it as it is. */
export function signInUrl(url: string, secret: string): string {
  return `${url}/sign-in#${secret}`;
}

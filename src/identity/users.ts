import type { Clock } from '../shared/clock.ts';
import { fault } from '../shared/errors.ts';
import { newToken, sha256 } from '../shared/ids.ts';
import type { Store } from '../store/store.ts';
import type { Audit } from './audit.ts';
import { type Principal, type Role, roles, type TokenSource } from './principal.ts';

export interface User {
  id: number;
  name: string;
  admin: boolean;
}

interface TokenRow {
  kind: 'user' | 'project' | 'sign_in';
  user_id: number | null;
  project_id: number | null;
  role: Role | null;
  name: string;
  expires_at: number | null;
}

/** Whom a token speaks for. */
export type TokenOwner = { userId: number } | { projectId: number };

/** A token as lists show it: never the token itself. `role` is null for a person's. */
export interface TokenView {
  id: string;
  name: string;
  role: Role | null;
  createdAt: number;
  expiresAt: number | null;
}

/** Digits of a token's hash that name it in lists; 48 bits do not meet among the tokens of one owner. */
const idLength = 12;

/** How long a sign-in link works. */
const signInMs = 15 * 60_000;

/** People and the tokens that speak for them or for a project. Tokens are kept as SHA-256 only. */
export interface Users extends TokenSource {
  create(name: string, admin: boolean, actor: string): User;
  byName(name: string): User | null;
  byId(id: number): User | null;
  list(): User[];
  /** The user's tokens die with them; their name stays in the audit trail. @throws user.last_admin */
  remove(id: number, actor: string): void;
  issueToken(
    owner: { userId: number } | { projectId: number; role: Role },
    name: string,
    actor: string,
    expiresAt?: number,
  ): string;
  tokens(owner: TokenOwner): TokenView[];
  /** False where the owner has no token with this id. */
  revokeToken(owner: TokenOwner, id: string, actor: string): boolean;
  /** SHA-256 of the tokens of everybody who has at least this role in the project, admins included. */
  tokenHashes(projectId: number, role: Role): string[];
  /** A secret for one sign-in within 15 minutes. */
  issueSignIn(userId: number, actor: string): string;
  /** Uses up a sign-in secret: a user token in exchange; null where it is unknown, used or too old. */
  redeemSignIn(secret: string, name: string): { token: string; user: User } | null;
}

const namePattern = /^[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?$/i;

export function createUsers(store: Store, clock: Clock, audit: Audit): Users {
  const toUser = (row: { id: number; name: string; admin: number }): User => ({
    id: row.id,
    name: row.name,
    admin: row.admin === 1,
  });
  const select = 'SELECT id, name, admin FROM users WHERE removed_at IS NULL';
  const byId = (id: number): User | null => {
    const row = store.get<{ id: number; name: string; admin: number }>(`${select} AND id = ?`, id);
    return row ? toUser(row) : null;
  };
  const insertToken = (row: {
    kind: TokenRow['kind'];
    userId: number | null;
    projectId: number | null;
    role: Role | null;
    name: string;
    expiresAt: number | null;
  }): string => {
    const token = newToken();
    store.run(
      'INSERT INTO tokens (hash, kind, user_id, project_id, role, name, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      sha256(token),
      row.kind,
      row.userId,
      row.projectId,
      row.role,
      row.name,
      clock.now(),
      row.expiresAt,
    );
    return token;
  };

  return {
    create: (name, admin, actor) => {
      if (!namePattern.test(name)) throw fault('user.bad_name', { name });
      return store.transaction(() => {
        if (store.get('SELECT id FROM users WHERE name = ?', name))
          throw fault('core.conflict', { what: name });
        const { lastInsertRowid: id } = store.run(
          'INSERT INTO users (name, admin, created_at) VALUES (?, ?, ?)',
          name,
          admin ? 1 : 0,
          clock.now(),
        );
        audit(actor, 'user.create', `user:${id}`, { name, admin });
        return { id, name, admin };
      });
    },
    byName: (name) => {
      const row = store.get<{ id: number; name: string; admin: number }>(`${select} AND name = ?`, name);
      return row ? toUser(row) : null;
    },
    byId,
    list: () => store.all<{ id: number; name: string; admin: number }>(`${select} ORDER BY name`).map(toUser),
    remove: (id, actor) =>
      store.transaction(() => {
        const user = byId(id);
        // Without an administrator nobody could add one, and the next start would not know whom to let in.
        if (user?.admin && !store.get(`${select} AND admin = 1 AND id <> ?`, id))
          throw fault('user.last_admin', { name: user.name });
        store.run('UPDATE users SET removed_at = ? WHERE id = ?', clock.now(), id);
        store.run('DELETE FROM tokens WHERE user_id = ?', id);
        audit(actor, 'user.remove', `user:${id}`);
      }),
    issueToken: (owner, name, actor, expiresAt) =>
      store.transaction(() => {
        const token =
          'userId' in owner
            ? insertToken({
                kind: 'user',
                userId: owner.userId,
                projectId: null,
                role: null,
                name,
                expiresAt: expiresAt ?? null,
              })
            : insertToken({
                kind: 'project',
                userId: null,
                projectId: owner.projectId,
                role: owner.role,
                name,
                expiresAt: expiresAt ?? null,
              });
        audit(actor, 'token.issue', subjectOf(owner), { name, expiresAt: expiresAt ?? null });
        return token;
      }),
    tokens: (owner) =>
      store.all(
        `SELECT substr(hash, 1, ${idLength}) AS id, name, role, created_at AS createdAt, expires_at AS expiresAt
         FROM tokens WHERE ${ownedBy(owner)} ORDER BY created_at, hash`,
        idOf(owner),
      ),
    revokeToken: (owner, id, actor) =>
      store.transaction(() => {
        const { changes } = store.run(
          `DELETE FROM tokens WHERE ${ownedBy(owner)} AND substr(hash, 1, ${idLength}) = ?`,
          idOf(owner),
          id,
        );
        if (changes > 0) audit(actor, 'token.revoke', subjectOf(owner), { id });
        return changes > 0;
      }),
    tokenHashes: (projectId, role) =>
      store
        .all<{ hash: string; role: Role | null; admin: number }>(
          `SELECT hash, members.role AS role, admin FROM tokens JOIN users ON users.id = tokens.user_id
           LEFT JOIN members ON members.user_id = users.id AND members.project_id = ?
           WHERE kind = 'user' AND removed_at IS NULL AND (expires_at IS NULL OR expires_at > ?)`,
          projectId,
          clock.now(),
        )
        .filter((row) => row.admin === 1 || (row.role !== null && roles[row.role] >= roles[role]))
        .map(({ hash }) => hash),
    issueSignIn: (userId, actor) =>
      store.transaction(() => {
        audit(actor, 'sign_in.issue', `user:${userId}`);
        return insertToken({
          kind: 'sign_in',
          userId,
          projectId: null,
          role: null,
          name: 'sign-in link',
          expiresAt: clock.now() + signInMs,
        });
      }),
    redeemSignIn: (secret, name) =>
      store.transaction(() => {
        const row = store.get<{ user_id: number }>(
          "DELETE FROM tokens WHERE hash = ? AND kind = 'sign_in' AND expires_at > ? RETURNING user_id",
          sha256(secret),
          clock.now(),
        );
        const user = row ? byId(row.user_id) : null;
        if (!user) return null;
        audit(`user:${user.id}`, 'sign_in.redeem', `user:${user.id}`);
        const token = insertToken({
          kind: 'user',
          userId: user.id,
          projectId: null,
          role: null,
          name,
          expiresAt: null,
        });
        return { token, user };
      }),
    find: (hash): Principal | null => {
      const row = store.get<TokenRow>('SELECT * FROM tokens WHERE hash = ?', hash);
      if (!row || row.kind === 'sign_in' || (row.expires_at !== null && row.expires_at <= clock.now()))
        return null;
      if (row.kind === 'project' && row.project_id !== null && row.role !== null)
        return { kind: 'project', projectId: row.project_id, role: row.role, name: row.name };
      const user = row.user_id === null ? null : byId(row.user_id);
      return user ? { kind: 'user', userId: user.id, name: user.name, admin: user.admin } : null;
    },
  };
}

/** The condition for an owner's tokens, with one place for {@link idOf}. */
function ownedBy(owner: TokenOwner): string {
  return 'userId' in owner ? "kind = 'user' AND user_id = ?" : "kind = 'project' AND project_id = ?";
}

function idOf(owner: TokenOwner): number {
  return 'userId' in owner ? owner.userId : owner.projectId;
}

function subjectOf(owner: TokenOwner): string {
  return 'userId' in owner ? `user:${owner.userId}` : `project:${owner.projectId}`;
}

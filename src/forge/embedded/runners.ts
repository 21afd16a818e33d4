import type { Principal, Site, TokenSource } from '../../identity/principal.ts';
import { newToken, sha256 } from '../../shared/ids.ts';
import type { RunnerInfo } from '../forge.ts';
import { finishAttempt } from './advance-pipeline.ts';
import type { ForgeContext } from './forge-context.ts';
import { tagsOf } from './job-rows.ts';

export interface RunnerRow {
  id: number;
  token_hash: string | null;
  description: string;
  node_id: string | null;
  pool: string | null;
  site: Site;
  tags: string;
  run_untagged: number;
  created_at: number;
  contacted_at: number | null;
  removed_at: number | null;
}

/** Who may ask for jobs: our nodes' runners and foreign ones that an administrator let in. */
export interface Runners extends TokenSource {
  /** A node's runner; asking again gives a new token and kills the older one. */
  forNode(node: { nodeId: string; pool: string; site: Site; tags: readonly string[] }): { token: string };
  /** A foreign runner (a real gitlab-runner); its token starts with `glrt-`, as such a runner expects. */
  create(
    runner: { description: string; site: Site; tags: readonly string[]; runUntagged: boolean },
    actor: string,
  ): { id: number; token: string };
  /** The runner of a token; null for an unknown one. */
  verify(token: string): RunnerRow | null;
  /** A new token for a foreign runner; the old one dies. */
  renewToken(id: number, actor: string): string;
  byId(id: number): RunnerRow | null;
  list(): RunnerRow[];
  seen(id: number): void;
  /** Its token dies and its attempts are void. */
  remove(id: number, actor: string): void;
  removeNode(nodeId: string): void;
}

export function createRunners(ctx: ForgeContext): Runners {
  const { store, clock, identity } = ctx;
  const byId = (id: number): RunnerRow | null =>
    store.get<RunnerRow>('SELECT * FROM runners WHERE id = ? AND removed_at IS NULL', id) ?? null;
  const byHash = (hash: string): RunnerRow | null =>
    store.get<RunnerRow>('SELECT * FROM runners WHERE token_hash = ? AND removed_at IS NULL', hash) ?? null;
  const drop = (id: number) => {
    store.run(
      'UPDATE runners SET token_hash = NULL, node_id = NULL, removed_at = ? WHERE id = ?',
      clock.now(),
      id,
    );
    for (const job of store.all<{ id: number }>(
      "SELECT id FROM jobs WHERE runner_id = ? AND status IN ('running', 'canceling') AND finished_at IS NULL",
      id,
    ))
      finishAttempt(ctx, job.id, { status: 'failed', failureReason: 'runner_system_failure', lost: true });
  };
  return {
    find: (hash): Principal | null => {
      const row = byHash(hash);
      return row ? { kind: 'runner', runnerId: row.id, nodeId: row.node_id, site: row.site } : null;
    },
    forNode: ({ nodeId, pool, site, tags }) =>
      store.transaction(() => {
        const token = newToken();
        store.run(
          `INSERT INTO runners (token_hash, description, node_id, pool, site, tags, run_untagged, created_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (node_id) DO UPDATE SET token_hash = excluded.token_hash, tags = excluded.tags`,
          sha256(token),
          nodeId,
          nodeId,
          pool,
          site,
          JSON.stringify(tags),
          // A job without tags runs where nothing is billed.
          Number(site === 'onprem'),
          clock.now(),
        );
        return { token };
      }),
    create: ({ description, site, tags, runUntagged }, actor) =>
      store.transaction(() => {
        const token = `glrt-${newToken()}`;
        const { lastInsertRowid: id } = store.run(
          'INSERT INTO runners (token_hash, description, site, tags, run_untagged, created_at) VALUES (?, ?, ?, ?, ?, ?)',
          sha256(token),
          description,
          site,
          JSON.stringify(tags),
          Number(runUntagged),
          clock.now(),
        );
        identity.audit(actor, 'runner.create', `runner:${id}`, { description, site, tags });
        return { id, token };
      }),
    renewToken: (id, actor) =>
      store.transaction(() => {
        const token = `glrt-${newToken()}`;
        store.run('UPDATE runners SET token_hash = ? WHERE id = ? AND removed_at IS NULL', sha256(token), id);
        identity.audit(actor, 'runner.renew', `runner:${id}`);
        return token;
      }),
    verify: (token) => byHash(sha256(token)),
    byId,
    list: () => store.all<RunnerRow>('SELECT * FROM runners WHERE removed_at IS NULL ORDER BY id'),
    seen: (id) => {
      store.run('UPDATE runners SET contacted_at = ? WHERE id = ?', clock.now(), id);
    },
    remove: (id, actor) =>
      store.transaction(() => {
        drop(id);
        identity.audit(actor, 'runner.remove', `runner:${id}`);
      }),
    removeNode: (nodeId) =>
      store.transaction(() => {
        const row = store.get<{ id: number }>('SELECT id FROM runners WHERE node_id = ?', nodeId);
        if (row) drop(row.id);
      }),
  };
}

export function runnerInfo(row: RunnerRow): RunnerInfo {
  return { runnerId: row.id, nodeId: row.node_id, pool: row.pool, site: row.site, tags: tagsOf(row) };
}

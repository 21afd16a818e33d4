import type { Site } from '../identity/principal.ts';
import { newToken, sha256 } from '../shared/ids.ts';
import type { Store } from '../store/store.ts';
import type { Demand } from './node-pool.ts';

/**
 * `ordered`: the provider was or will be asked. `up`: it enrolled. `draining`: takes no new job. `ending`: the
 * provider is asked to end it until it has. `ended`: its interval is booked.
 */
export type NodeState = 'ordered' | 'up' | 'draining' | 'ending' | 'ended';

export type EndReason =
  | 'idle'
  | 'lease'
  | 'drained'
  | 'ordered'
  | 'lost'
  | 'failed'
  | 'boot_timeout'
  | 'rebind'
  | 'orphan'
  | 'down';

/** A node as its row tells it. Times are wall milliseconds. */
export interface NodeRow {
  id: string;
  pool: string;
  site: Site;
  demand: Demand;
  /** The URL it was told to call home by. */
  home: string;
  projectId: number | null;
  protectedRef: boolean | null;
  state: NodeState;
  orderedAt: number;
  enrolledAt: number | null;
  beatAt: number | null;
  activity: 'idle' | 'busy';
  activitySince: number | null;
  jobId: number | null;
  ranMs: number | null;
  endReason: EndReason | null;
  endedAt: number | null;
}

interface Raw {
  id: string;
  pool: string;
  site: Site;
  demand_kind: Demand['kind'];
  demand_id: string;
  home: string;
  project_id: number | null;
  protected_ref: number | null;
  state: NodeState;
  ordered_at: number;
  enrolled_at: number | null;
  beat_at: number | null;
  activity: 'idle' | 'busy';
  activity_since: number | null;
  job_id: number | null;
  ran_ms: number | null;
  end_reason: EndReason | null;
  ended_at: number | null;
}

const toNode = (row: Raw): NodeRow => ({
  id: row.id,
  pool: row.pool,
  site: row.site,
  demand: { kind: row.demand_kind, id: row.demand_id },
  home: row.home,
  projectId: row.project_id,
  protectedRef: row.protected_ref === null ? null : row.protected_ref === 1,
  state: row.state,
  orderedAt: row.ordered_at,
  enrolledAt: row.enrolled_at,
  beatAt: row.beat_at,
  activity: row.activity,
  activitySince: row.activity_since,
  jobId: row.job_id,
  ranMs: row.ran_ms,
  endReason: row.end_reason,
  endedAt: row.ended_at,
});

/** Queries on nodes and their tokens; callers hold the transaction. */
export interface NodeRows {
  alive(): NodeRow[];
  /** Alive ones and those that ended lately, newest first. */
  list(limit: number): NodeRow[];
  /** The nodes of a pool that ended last, newest first. */
  history(pool: string, limit: number): NodeRow[];
  find(id: string): NodeRow | null;
  insert(node: {
    id: string;
    pool: string;
    site: Site;
    demand: Demand;
    home: string;
    projectId: number | null;
    protectedRef: boolean | null;
    state?: NodeState;
    endReason?: EndReason;
  }): void;
  /** A token of the node; only its hash is kept. */
  issueToken(nodeId: string, kind: 'bootstrap' | 'node'): string;
  /** Whether the provider may have been asked to start it: its token is made just before. */
  startAsked(nodeId: string): boolean;
  /** The node a token was made for, and whether that token was used up before. */
  byToken(hash: string, kind: 'bootstrap' | 'node'): { node: NodeRow; used: boolean } | null;
  useTokens(nodeId: string): void;
  enrolled(id: string): void;
  beat(id: string, activity: 'idle' | 'busy', sinceMs: number): void;
  setJob(id: string, jobId: number | null): void;
  bind(id: string, projectId: number, protectedRef: boolean): void;
  drain(id: string): void;
  /** Intent: the provider will be asked to end it. The first reason stays. */
  end(id: string, reason: EndReason): void;
  setRan(id: string, ranMs: number): void;
  setHome(id: string, home: string): void;
  ended(id: string): void;
}

export function createNodeRows(store: Store, now: () => number): NodeRows {
  const find = (id: string): NodeRow | null => {
    const row = store.get<Raw>('SELECT * FROM nodes WHERE id = ?', id);
    return row ? toNode(row) : null;
  };
  return {
    alive: () =>
      store.all<Raw>("SELECT * FROM nodes WHERE state <> 'ended' ORDER BY ordered_at, rowid").map(toNode),
    list: (limit) =>
      store
        .all<Raw>("SELECT * FROM nodes ORDER BY state = 'ended', ordered_at DESC, rowid DESC LIMIT ?", limit)
        .map(toNode),
    history: (pool, limit) =>
      store
        .all<Raw>(
          "SELECT * FROM nodes WHERE pool = ? AND state = 'ended' ORDER BY ended_at DESC LIMIT ?",
          pool,
          limit,
        )
        .map(toNode),
    find,
    insert: (node) => {
      store.run(
        'INSERT INTO nodes (id, pool, site, demand_kind, demand_id, home, project_id, protected_ref, state, ordered_at, end_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        node.id,
        node.pool,
        node.site,
        node.demand.kind,
        node.demand.id,
        node.home,
        node.projectId,
        node.protectedRef === null ? null : Number(node.protectedRef),
        node.state ?? 'ordered',
        now(),
        node.endReason ?? null,
      );
    },
    issueToken: (nodeId, kind) => {
      const token = newToken();
      store.run(
        'INSERT INTO node_tokens (hash, node_id, kind) VALUES (?, ?, ?)',
        sha256(token),
        nodeId,
        kind,
      );
      return token;
    },
    startAsked: (nodeId) =>
      store.get("SELECT 1 FROM node_tokens WHERE node_id = ? AND kind = 'bootstrap'", nodeId) !== undefined,
    byToken: (hash, kind) => {
      const row = store.get<{ node_id: string; used_at: number | null }>(
        'SELECT node_id, used_at FROM node_tokens WHERE hash = ? AND kind = ?',
        hash,
        kind,
      );
      const node = row ? find(row.node_id) : null;
      return row && node ? { node, used: row.used_at !== null } : null;
    },
    useTokens: (nodeId) => {
      store.run(
        "UPDATE node_tokens SET used_at = ? WHERE node_id = ? AND kind = 'bootstrap' AND used_at IS NULL",
        now(),
        nodeId,
      );
    },
    enrolled: (id) => {
      store.run(
        "UPDATE nodes SET state = 'up', enrolled_at = ?1, beat_at = ?1, activity = 'idle', activity_since = ?1 WHERE id = ?2",
        now(),
        id,
      );
    },
    beat: (id, activity, sinceMs) => {
      store.run(
        'UPDATE nodes SET beat_at = ?1, activity = ?2, activity_since = ?3 WHERE id = ?4',
        now(),
        activity,
        now() - sinceMs,
        id,
      );
    },
    setJob: (id, jobId) => {
      store.run(
        'UPDATE nodes SET job_id = ?, activity = ?, activity_since = ? WHERE id = ?',
        jobId,
        jobId === null ? 'idle' : 'busy',
        now(),
        id,
      );
    },
    bind: (id, projectId, protectedRef) => {
      store.run(
        'UPDATE nodes SET project_id = ?, protected_ref = ? WHERE id = ?',
        projectId,
        Number(protectedRef),
        id,
      );
    },
    drain: (id) => {
      store.run("UPDATE nodes SET state = 'draining' WHERE id = ? AND state = 'up'", id);
    },
    end: (id, reason) => {
      store.run(
        "UPDATE nodes SET state = 'ending', end_reason = COALESCE(end_reason, ?) WHERE id = ? AND state <> 'ended'",
        reason,
        id,
      );
    },
    setRan: (id, ranMs) => {
      store.run('UPDATE nodes SET ran_ms = ? WHERE id = ?', ranMs, id);
    },
    setHome: (id, home) => {
      store.run('UPDATE nodes SET home = ? WHERE id = ?', home, id);
    },
    ended: (id) => {
      store.run(
        "UPDATE nodes SET state = 'ended', ended_at = ?, job_id = NULL WHERE id = ? AND state <> 'ended'",
        now(),
        id,
      );
      store.run('DELETE FROM node_tokens WHERE node_id = ?', id);
    },
  };
}

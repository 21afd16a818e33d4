import type { Store } from '../store/store.ts';
import type { Upstream } from './deploy-target.ts';
import type { ReleaseState } from './rollout.ts';

/** A release: one image behind one endpoint. */
export interface Release {
  id: string;
  endpointId: number;
  image: string;
  imageDigest: string;
  modelDigest: string | null;
  modelName: string | null;
  pipelineId: number | null;
  actor: string;
  ungated: boolean;
  state: ReleaseState;
  reason: string | null;
  wanted: number;
  since: number;
  upstream: Upstream | null;
  createdAt: number;
  liveAt: number | null;
}

interface ReleaseRow {
  id: string;
  endpoint_id: number;
  image: string;
  image_digest: string;
  model_digest: string | null;
  model_name: string | null;
  pipeline_id: number | null;
  actor: string;
  ungated: number;
  state: ReleaseState;
  reason: string | null;
  wanted: number;
  since: number;
  upstream: string | null;
  created_at: number;
  live_at: number | null;
}

const toRelease = (row: ReleaseRow): Release => ({
  id: row.id,
  endpointId: row.endpoint_id,
  image: row.image,
  imageDigest: row.image_digest,
  modelDigest: row.model_digest,
  modelName: row.model_name,
  pipelineId: row.pipeline_id,
  actor: row.actor,
  ungated: row.ungated === 1,
  state: row.state,
  reason: row.reason,
  wanted: row.wanted,
  since: row.since,
  upstream: row.upstream === null ? null : (JSON.parse(row.upstream) as Upstream),
  createdAt: row.created_at,
  liveAt: row.live_at,
});

/** Queries on releases. Changes are called inside the caller's transaction. */
export interface ReleaseRows {
  insert(release: Omit<Release, 'upstream' | 'liveAt' | 'reason'>): void;
  byId(id: string): Release | null;
  /** Newest wish first; releases that are gone only with `all`. */
  of(endpointId: number, all?: boolean): Release[];
  live(endpointId: number): Release | null;
  /** Endpoint ids whose roll-out may have something to do. */
  unsettled(): number[];
  /** Every release that can still be started: all but failed and gone ones. */
  startable(): string[];
  /** Whether a release that can still be started runs this image. */
  keeps(imageDigest: string): boolean;
  move(id: string, state: ReleaseState, now: number, reason?: string | null): void;
  setUpstream(id: string, upstream: Upstream): void;
  /** Wanted again by a rollback. */
  wantAgain(id: string, wanted: number, now: number): void;
  wentLive(id: string, now: number): void;
}

export function createReleaseRows(store: Store): ReleaseRows {
  const one = (row: ReleaseRow | undefined): Release | null => (row ? toRelease(row) : null);
  return {
    insert: (release) => {
      store.run(
        'INSERT INTO releases (id, endpoint_id, image, image_digest, model_digest, model_name, pipeline_id, actor, ungated, state, wanted, since, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        release.id,
        release.endpointId,
        release.image,
        release.imageDigest,
        release.modelDigest,
        release.modelName,
        release.pipelineId,
        release.actor,
        release.ungated ? 1 : 0,
        release.state,
        release.wanted,
        release.since,
        release.createdAt,
      );
    },
    byId: (id) => one(store.get<ReleaseRow>('SELECT * FROM releases WHERE id = ?', id)),
    of: (endpointId, all = false) =>
      store
        .all<ReleaseRow>(
          `SELECT * FROM releases WHERE endpoint_id = ? ${all ? '' : "AND state != 'gone'"} ORDER BY wanted DESC LIMIT 100`,
          endpointId,
        )
        .map(toRelease),
    live: (endpointId) =>
      one(
        store.get<ReleaseRow>("SELECT * FROM releases WHERE endpoint_id = ? AND state = 'live'", endpointId),
      ),
    unsettled: () =>
      store
        .all<{ id: number }>(
          "SELECT DISTINCT endpoint_id AS id FROM releases WHERE state NOT IN ('gone', 'failed')",
        )
        .map(({ id }) => id),
    startable: () =>
      store
        .all<{ id: string }>("SELECT id FROM releases WHERE state NOT IN ('gone', 'failed')")
        .map(({ id }) => id),
    keeps: (imageDigest) =>
      store.get(
        "SELECT 1 FROM releases WHERE image_digest = ? AND state NOT IN ('gone', 'failed')",
        imageDigest,
      ) !== undefined,
    move: (id, state, now, reason = null) => {
      store.run('UPDATE releases SET state = ?, since = ?, reason = ? WHERE id = ?', state, now, reason, id);
    },
    setUpstream: (id, upstream) => {
      store.run('UPDATE releases SET upstream = ? WHERE id = ?', JSON.stringify(upstream), id);
    },
    wantAgain: (id, wanted, now) => {
      store.run(
        "UPDATE releases SET state = 'starting', wanted = ?, since = ?, reason = NULL WHERE id = ?",
        wanted,
        now,
        id,
      );
    },
    wentLive: (id, now) => {
      store.run("UPDATE releases SET state = 'live', since = ?, live_at = ? WHERE id = ?", now, now, id);
    },
  };
}

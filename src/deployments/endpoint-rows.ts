import type { Store } from '../store/store.ts';

/** A stable URL: a name in the installation, owned by a project. */
export interface Endpoint {
  id: number;
  name: string;
  projectId: number;
  open: boolean;
  memoryMb: number;
  /** Releases kept for a rollback, beside the live one. */
  keep: number;
  createdAt: number;
}

interface EndpointRow {
  id: number;
  name: string;
  project_id: number;
  open: number;
  memory_mb: number;
  keep: number;
  created_at: number;
}

const toEndpoint = (row: EndpointRow): Endpoint => ({
  id: row.id,
  name: row.name,
  projectId: row.project_id,
  open: row.open === 1,
  memoryMb: row.memory_mb,
  keep: row.keep,
  createdAt: row.created_at,
});

/** Queries on endpoints and their keys. Changes are called inside the caller's transaction. */
export interface EndpointRows {
  insert(
    name: string,
    projectId: number,
    defaults: { memoryMb: number; keep: number },
    now: number,
  ): Endpoint;
  byName(name: string): Endpoint | null;
  byId(id: number): Endpoint | null;
  list(): Endpoint[];
  update(id: number, change: { open: boolean; memoryMb: number; keep: number }): void;
  /** The name becomes free. */
  remove(id: number, now: number): void;
  nextWanted(id: number): number;
  addKey(id: number, hash: string, name: string, now: number): void;
  removeKey(id: number, name: string): boolean;
  keys(id: number): { hash: string; name: string; createdAt: number }[];
  /** Counts every change of routes; the gateway refuses a lower one. */
  raiseRevision(): number;
  revision(): number;
}

export function createEndpointRows(store: Store): EndpointRows {
  const select = 'SELECT * FROM endpoints WHERE removed_at IS NULL';
  const one = (row: EndpointRow | undefined): Endpoint | null => (row ? toEndpoint(row) : null);
  const byId = (id: number): Endpoint | null => one(store.get<EndpointRow>(`${select} AND id = ?`, id));
  const revision = (): number =>
    store.get<{ revision: number }>('SELECT revision FROM routing')?.revision ?? 1;
  return {
    insert: (name, projectId, { memoryMb, keep }, now) => {
      const { lastInsertRowid: id } = store.run(
        'INSERT INTO endpoints (name, project_id, memory_mb, keep, created_at) VALUES (?, ?, ?, ?, ?)',
        name,
        projectId,
        memoryMb,
        keep,
        now,
      );
      return { id, name, projectId, open: false, memoryMb, keep, createdAt: now };
    },
    byName: (name) => one(store.get<EndpointRow>(`${select} AND name = ?`, name)),
    byId,
    list: () => store.all<EndpointRow>(`${select} ORDER BY name`).map(toEndpoint),
    update: (id, { open, memoryMb, keep }) => {
      store.run(
        'UPDATE endpoints SET open = ?, memory_mb = ?, keep = ? WHERE id = ?',
        open ? 1 : 0,
        memoryMb,
        keep,
        id,
      );
    },
    remove: (id, now) => {
      store.run("UPDATE endpoints SET removed_at = ?, name = name || '#' || id WHERE id = ?", now, id);
      store.run('DELETE FROM endpoint_keys WHERE endpoint_id = ?', id);
    },
    nextWanted: (id) =>
      store.get<{ sequence: number }>(
        'UPDATE endpoints SET sequence = sequence + 1 WHERE id = ? RETURNING sequence',
        id,
      )?.sequence ?? 0,
    addKey: (id, hash, name, now) => {
      store.run(
        'INSERT INTO endpoint_keys (hash, endpoint_id, name, created_at) VALUES (?, ?, ?, ?)',
        hash,
        id,
        name,
        now,
      );
    },
    removeKey: (id, name) =>
      store.run('DELETE FROM endpoint_keys WHERE endpoint_id = ? AND name = ?', id, name).changes > 0,
    keys: (id) =>
      store.all(
        'SELECT hash, name, created_at AS createdAt FROM endpoint_keys WHERE endpoint_id = ? ORDER BY created_at',
        id,
      ),
    raiseRevision: () => {
      store.run('UPDATE routing SET revision = revision + 1');
      return revision();
    },
    revision,
  };
}

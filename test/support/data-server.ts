import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { datasetHandlers } from '../../src/api/datasets.ts';
import type { Handler } from '../../src/api/handle.ts';
import { createApi } from '../../src/api/server.ts';
import { type Client, createClient } from '../../src/client/client.ts';
import { createDatasets, type Datasets } from '../../src/datasets/datasets.ts';
import { createIdentity, type Identity } from '../../src/identity/identity.ts';
import type { Principal } from '../../src/identity/principal.ts';
import { createLineage, type Lineage } from '../../src/lineage/lineage.ts';
import type { Clock } from '../../src/shared/clock.ts';
import { newToken, sha256 } from '../../src/shared/ids.ts';
import { silentLog } from '../../src/shared/log.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { createProjectBlobs, type ProjectBlobs } from '../../src/storage/project-blobs.ts';
import { createDiskStore } from '../../src/storage/stores/disk-store.ts';
import { openMigrated } from '../../src/store/migrations.ts';
import type { Store } from '../../src/store/store.ts';

/** A control plane of data alone: real database, real disk, real HTTP; the clock is turned by hand. */
export interface DataServer {
  folder: string;
  url: string;
  store: Store;
  clock: Clock & { advance(ms: number): void };
  objects: ObjectStore;
  blobs: ProjectBlobs;
  lineage: Lineage;
  identity: Identity;
  datasets: Datasets;
  /** A client that speaks as an owner of `shop/parts`. */
  client: Client;
  projectId: number;
  clientOf(principal: Principal): Client;
  close(): Promise<void>;
}

export async function startDataServer(
  more: (
    deps: Omit<DataServer, 'url' | 'client' | 'clientOf' | 'close' | 'projectId'>,
  ) => Handler[] = () => [],
): Promise<DataServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'seto-data-'));
  const store = openMigrated(path.join(folder, 'seto.db'));
  let now = Date.UTC(2026, 10, 1);
  const clock = {
    now: () => now,
    monotonic: () => now,
    sleep: () => Promise.resolve(),
    advance: (ms: number) => {
      now += ms;
    },
  };
  const objects = createDiskStore(path.join(folder, 'objects'), { reserve: { bytes: 0, share: 0 } });
  const identity = createIdentity(store, clock);
  const lineage = createLineage(store, clock);
  const blobs = createProjectBlobs({ store, objects, clock });
  const datasets = createDatasets({ store, clock, blobs, lineage, audit: identity.audit });
  const tokens = new Map<string, Principal>();
  identity.addTokens({ find: (hash) => tokens.get(hash) ?? null });
  const owner = identity.users.create('hanako', false, 'system');
  const project = identity.projects.create('shop/parts', owner.id, 'system');
  const parts = { folder, store, clock, objects, blobs, lineage, identity, datasets };
  const api: FastifyInstance = createApi(
    'main',
    [...datasetHandlers({ datasets, blobs, identity }), ...more(parts)],
    { identity, log: silentLog, hosts: () => [] },
  );
  const url = await api.listen({ host: '127.0.0.1', port: 0 });
  const clients: Client[] = [];
  const clientOf = (principal: Principal): Client => {
    const token = newToken();
    tokens.set(sha256(token), principal);
    const client = createClient({ url, token });
    clients.push(client);
    return client;
  };
  return {
    ...parts,
    url,
    projectId: project.id,
    client: clientOf({ kind: 'user', userId: owner.id, name: 'hanako', admin: false }),
    clientOf,
    close: async () => {
      for (const client of clients) await client.close();
      await api.close();
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { imageHandlers } from '../../src/api/images.ts';
import { registryHandlers } from '../../src/api/registry.ts';
import { createApi } from '../../src/api/server.ts';
import { createIdentity, type Identity } from '../../src/identity/identity.ts';
import type { JobPrincipal } from '../../src/identity/principal.ts';
import { createImages, type Images } from '../../src/images/images.ts';
import { createRegistry, type Registry } from '../../src/images/registry/registry.ts';
import { type Clock, systemClock } from '../../src/shared/clock.ts';
import { sha256 } from '../../src/shared/ids.ts';
import { silentLog } from '../../src/shared/log.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { createDiskStore } from '../../src/storage/stores/disk-store.ts';
import { openMigrated } from '../../src/store/migrations.ts';
import type { Store } from '../../src/store/store.ts';

export interface RegistryFixture {
  url: string;
  /** A maintainer's token for the projects `factory/one` and `factory/two`. */
  token: string;
  /** The token of a job of `factory/one` on site onprem. */
  jobToken: string;
  registry: Registry;
  images: Images;
  identity: Identity;
  objects: ObjectStore;
  store: Store;
  /** Milliseconds that the clock is ahead. */
  ahead: { ms: number };
  fetch(path: string, init?: RequestInit & { token?: string | null; duplex?: 'half' }): Promise<Response>;
  close(): Promise<void>;
}

/** The registry behind a real listener, with real identity, database and disk store. */
export async function registryFixture(): Promise<RegistryFixture> {
  const dir = mkdtempSync(path.join(tmpdir(), 'seto-registry-'));
  const store = openMigrated(path.join(dir, 'seto.db'));
  const ahead = { ms: 0 };
  const clock: Clock = { ...systemClock, now: () => Date.now() + ahead.ms };
  const identity = createIdentity(store, clock);
  const user = identity.users.create('hanako', false, 'system');
  const other = identity.users.create('taro', false, 'system');
  const project = identity.projects.create('factory/one', user.id, 'system');
  identity.projects.create('factory/two', user.id, 'system');
  identity.projects.create('factory/secret', other.id, 'system');
  const jobToken = 'seto_job';
  const job: JobPrincipal = {
    kind: 'job',
    jobId: 7,
    projectId: project.id,
    pipelineId: 3,
    userId: user.id,
    ref: 'main',
    protectedRef: true,
    site: 'onprem',
    nodeId: null,
  };
  identity.addTokens({ find: (hash) => (hash === sha256(jobToken) ? job : null) });
  const token = identity.users.issueToken({ userId: user.id }, 'test', 'system');
  const objects = createDiskStore(path.join(dir, 'objects'));
  const registry = createRegistry({ store, clock, objects });
  const images = createImages({ store, clock, audit: identity.audit, registry });
  const handlers = [...registryHandlers({ registry, identity }), ...imageHandlers({ images, identity })];
  const app = createApi('main', handlers, { identity, log: silentLog, hosts: () => [] });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  return {
    url,
    token,
    jobToken,
    registry,
    images,
    identity,
    objects,
    store,
    ahead,
    fetch: (at, { token: given = token, headers, ...init } = {}) =>
      fetch(at.startsWith('http') ? at : url + at, {
        ...init,
        headers: {
          ...(given === null
            ? {}
            : { authorization: `Basic ${Buffer.from(`x:${given}`).toString('base64')}` }),
          ...(headers as Record<string, string> | undefined),
        },
      }),
    close: async () => {
      await app.close();
      store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

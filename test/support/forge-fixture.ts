import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gitHandlers } from '../../src/api/git.ts';
import { jobHandlers } from '../../src/api/jobs.ts';
import { oidcHandlers } from '../../src/api/oidc.ts';
import { pipelineHandlers } from '../../src/api/pipelines.ts';
import { projectHandlers } from '../../src/api/projects.ts';
import { runnerProtocolHandlers } from '../../src/api/runner-protocol.ts';
import { createApi } from '../../src/api/server.ts';
import { sessionHandlers } from '../../src/api/session.ts';
import { variableHandlers } from '../../src/api/variables.ts';
import { createEmbeddedForge, type EmbeddedForge } from '../../src/forge/embedded/embedded-forge.ts';
import { createIdentity, type Identity } from '../../src/identity/identity.ts';
import { type Clock, systemClock } from '../../src/shared/clock.ts';
import { createLog, silentLog } from '../../src/shared/log.ts';
import { createSeal } from '../../src/shared/sealed.ts';
import { type RunResult, run } from '../../src/shared/subprocess.ts';
import { createDiskStore } from '../../src/storage/stores/disk-store.ts';
import { openMigrated } from '../../src/store/migrations.ts';
import type { Store } from '../../src/store/store.ts';

export interface ForgeFixture {
  dir: string;
  url: string;
  store: Store;
  identity: Identity;
  forge: EmbeddedForge;
  /** A clock that `turn` moves ahead, both faces of it. */
  clock: Clock;
  turn(ms: number): void;
  /** Tokens: hanako is maintainer of `factory/line`, jiro developer, mei viewer. */
  tokens: { maintainer: string; developer: string; viewer: string };
  projectId: number;
  fetch(path: string, init?: RequestInit & { token?: string | null; json?: unknown }): Promise<Response>;
  git(cwd: string, ...args: string[]): Promise<RunResult>;
  /** A clone of `factory/line` with these files committed on main; nothing pushed. */
  clone(name: string, files: Record<string, string>, token?: string): Promise<string>;
  commit(folder: string, files: Record<string, string>, message?: string): Promise<string>;
  /** Ends the server as a crash would (nothing is finished), and starts another on the same folder. */
  restart(before?: () => void | Promise<void>): Promise<void>;
  close(): Promise<void>;
}

const key = Buffer.alloc(32, 7);

/** The embedded forge behind a real listener, with real git, identity, database and disk store. */
export async function forgeFixture(): Promise<ForgeFixture> {
  const dir = mkdtempSync(path.join(tmpdir(), 'seto-forge-'));
  const ahead = { ms: 0 };
  const clock: Clock = {
    ...systemClock,
    now: () => Date.now() + ahead.ms,
    monotonic: () => performance.now() + ahead.ms,
  };
  let live = await listen(dir, clock, 0);
  const hanako = live.identity.users.create('hanako', false, 'system');
  const jiro = live.identity.users.create('jiro', false, 'system');
  const mei = live.identity.users.create('mei', false, 'system');
  const tokenOf = (userId: number) => live.identity.users.issueToken({ userId }, 'test', 'system');
  const tokens = { maintainer: tokenOf(hanako.id), developer: tokenOf(jiro.id), viewer: tokenOf(mei.id) };
  const project = live.identity.projects.create('factory/line', hanako.id, 'system');
  live.identity.projects.setMember(project.id, jiro.id, 'developer', 'system');
  live.identity.projects.setMember(project.id, mei.id, 'viewer', 'system');
  await live.forge.createRepository(project.path, project.defaultBranch);

  const git = (cwd: string, ...args: string[]) =>
    run(['git', ...args], {
      cwd,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: dir,
        LANG: 'C.UTF-8',
        GIT_TERMINAL_PROMPT: '0',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: 'Hanako',
        GIT_AUTHOR_EMAIL: 'hanako@example.com',
        GIT_COMMITTER_NAME: 'Hanako',
        GIT_COMMITTER_EMAIL: 'hanako@example.com',
      },
      timeoutMs: 60_000,
    });
  const commit = async (folder: string, files: Record<string, string>, message = 'Change') => {
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    await git(folder, 'add', '--all');
    await git(folder, 'commit', '--quiet', '--allow-empty', '-m', message);
    return (await git(folder, 'rev-parse', 'HEAD')).stdout.toString().trim();
  };
  return {
    dir,
    get url() {
      return live.url;
    },
    get store() {
      return live.store;
    },
    get identity() {
      return live.identity;
    },
    get forge() {
      return live.forge;
    },
    clock,
    turn: (ms) => {
      ahead.ms += ms;
    },
    tokens,
    projectId: project.id,
    fetch: (where, { token = tokens.maintainer, json, ...init } = {}) =>
      fetch(live.url + where, {
        ...init,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...(init.headers as Record<string, string> | undefined),
        },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      }),
    git,
    commit,
    clone: async (name, files, token = tokens.maintainer) => {
      const folder = path.join(dir, 'work', name);
      const remote = new URL(`${live.url}/git/factory/line.git`);
      remote.username = 'someone';
      remote.password = token;
      await run(['mkdir', '-p', folder]);
      await git(folder, 'init', '--quiet', '-b', 'main');
      await git(folder, 'remote', 'add', 'origin', remote.href);
      await commit(folder, files, 'First');
      return folder;
    },
    restart: async (before) => {
      await live.close();
      await before?.();
      live = await listen(dir, clock, Number(new URL(live.url).port));
    },
    close: async () => {
      await live.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function listen(dir: string, clock: Clock, port: number) {
  const store = openMigrated(path.join(dir, 'seto.db'));
  const identity = createIdentity(store, clock);
  const log = process.env['SETO_TEST_LOG'] ? createLog('test') : silentLog;
  let url = '';
  const forge = createEmbeddedForge({
    store,
    clock,
    log,
    objects: createDiskStore(path.join(dir, 'objects')),
    identity,
    seal: createSeal(key),
    url: () => url,
    urlFor: () => url,
    gitDir: path.join(dir, 'git'),
    tracesDir: path.join(dir, 'traces'),
  });
  for (const source of forge.tokens) identity.addTokens(source);
  const app = createApi(
    'main',
    [
      ...gitHandlers({ forge, identity }),
      ...runnerProtocolHandlers({ forge }),
      ...pipelineHandlers({ forge, identity }),
      ...jobHandlers({ forge, identity, allow: () => undefined }),
      ...variableHandlers({ forge, identity }),
      ...oidcHandlers({ forge }),
      ...projectHandlers({ identity, clock, url: () => url, createRepository: forge.createRepository }),
      ...sessionHandlers({ identity, version: '0', openJobSession: forge.openJobSession }),
    ],
    { identity, log, hosts: () => [] },
  );
  await app.listen({ host: '127.0.0.1', port });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const stop = new AbortController();
  await forge.start(stop.signal);
  return {
    url,
    store,
    identity,
    forge,
    close: async () => {
      stop.abort();
      forge.close();
      app.server.closeAllConnections();
      await app.close();
      store.close();
    },
  };
}

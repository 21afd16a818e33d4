import path from 'node:path';
import { createApi } from '../api/server.ts';
import { signInUrl } from '../api/users.ts';
import { rememberBaseLayer } from '../images/base-layer.ts';
import { removeOldTrees } from '../runtime/old-trees.ts';
import { ensureRuntimeTree } from '../runtime/tree.ts';
import { detectSandbox } from '../sandbox/detect.ts';
import { systemClock } from '../shared/clock.ts';
import { explain, fault } from '../shared/errors.ts';
import { createLog } from '../shared/log.ts';
import { readOrCreateKey } from '../shared/sealed.ts';
import type { Lang } from '../shared/text/format.ts';
import { say } from '../shared/text.ts';
import { version } from '../shared/version.ts';
import { openMigrated } from '../store/migrations.ts';
import { isLoopback, splitAddress } from './address.ts';
import { type Composed, compose } from './compose.ts';
import type { Config } from './config.ts';
import { serveOwner } from './control-socket.ts';
import { openDataFolder } from './data-folder.ts';
import { lockFolder } from './lock.ts';
import { createUrls } from './urls.ts';

export interface Platform {
  url: string;
  linkUrl: string;
  gatewayUrl: string;
  dataDir: string;
  installationId: string;
  /** True where this start made the installation: somebody must sign in. */
  firstStart: boolean;
  /** A link for the owner of the data folder: works once, for 15 minutes. */
  signInUrl(): string;
  /** What the user should know: no isolation, simulated pools. */
  notes(lang: Lang): string[];
  /** Ends the control plane alone; answers the endpoints that go on serving. */
  stop(): Promise<string[]>;
  /** Ends everything: nodes first, then releases, the gateway, and this. */
  down(): Promise<{ nodes: number }>;
  isDown(): boolean;
  /** Resolves when the platform was ended by `seto down`. */
  ended: Promise<void>;
  /** For tests and the demo that run in this process. */
  parts: Composed;
}

export interface PlatformStart {
  dataDir: string;
  config: Config;
  env: Readonly<Record<string, string | undefined>>;
}

/** Opens the folder, composes the parts, listens, and goes on with whatever an earlier process left. */
export async function startPlatform({ dataDir, config }: PlatformStart): Promise<Platform> {
  useProxy(config);
  const folder = openDataFolder(dataDir);
  const lock = lockFolder(dataDir);
  const log = createLog('control-plane');
  const store = openMigrated(folder.database, (error) => {
    // Nothing may be promised any more; the gateway and the nodes are processes of their own and go on.
    const { message, remedy } = explain(
      'store.damaged',
      { file: folder.database, reason: String(error) },
      'en',
    );
    log.error({ err: error }, `${message} ${remedy}`);
    process.exit(1);
  });
  const opened: (() => unknown)[] = [];
  try {
    const sandbox = await detectSandbox(
      config.isolation === undefined ? {} : { isolation: config.isolation },
    );
    refuseWithoutIsolation(config, sandbox.ability);
    const urls = createUrls(config);
    const runtime = await ensureRuntimeTree(folder.runtime, { prepare: rememberBaseLayer });
    const parts = await compose({
      config,
      folder,
      store,
      clock: systemClock,
      log,
      sandbox,
      urls,
      secretsKey: await readOrCreateKey(path.join(folder.root, 'secrets.key')),
      runtimeDir: runtime.dir,
    });
    opened.push(parts.close);
    const { identity } = parts;
    const firstStart = identity.users.list().length === 0;
    const owner = firstStart
      ? identity.users.create('admin', true, 'system')
      : (identity.users.list().find(({ admin }) => admin) ?? identity.users.create('admin', true, 'system'));

    const apis = (['main', 'link'] as const).map((face) =>
      createApi(face, parts.handlers, { identity, log, hosts: urls.hosts, tls: parts.tls }),
    );
    opened.push(...apis.map((api) => () => api.close()));
    const [mainApi, linkApi] = apis;
    if (!mainApi || !linkApi) throw new Error('two faces');
    const address = splitAddress(config.listen, 7480);
    const listen = (api: typeof mainApi, port: number) =>
      api.listen({ host: address.host, port }).then(
        // Fastify does not know that the server which we made for it speaks TLS.
        (url) => (parts.tls ? url.replace(/^http:/, 'https:') : url),
        (error: NodeJS.ErrnoException) => {
          throw error.code === 'EADDRINUSE'
            ? fault('platform.port_taken', { port, host: address.host }, { cause: error })
            : error;
        },
      );
    urls.listening({
      main: await listen(mainApi, address.port),
      link: await listen(linkApi, config.link.port),
    });

    let down = false;
    let markEnded: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      markEnded = resolve;
    });
    const close = async (): Promise<void> => {
      await parts.close();
      ownerServer.close();
      for (const api of apis) {
        api.server.closeAllConnections();
        await api.close();
      }
      store.close();
      lock.release();
    };
    const platform: Platform = {
      url: urls.main(),
      linkUrl: urls.link(),
      gatewayUrl: '',
      dataDir,
      installationId: identity.installationId,
      firstStart,
      signInUrl: () => signInUrl(urls.main(), identity.users.issueSignIn(owner.id, 'system')),
      notes: (lang) => [
        ...(sandbox.ability.isolation === 'none'
          ? [say(lang, 'up.isolation_none', { reason: sandbox.ability.reason ?? '' })]
          : []),
        ...config.pools
          .filter(({ site }) => site === 'cloud')
          .map(({ name }) => say(lang, 'up.simulated', { pool: name })),
      ],
      stop: async () => {
        const serving = parts.servingEndpoints();
        await close();
        return serving;
      },
      down: async () => {
        const nodes = await parts.endAll();
        down = true;
        setImmediate(() => void close().then(markEnded, markEnded));
        return { nodes };
      },
      isDown: () => down,
      ended,
      parts,
    };
    await parts.start();
    void removeOldTrees(folder.runtime, runtime.dir).catch((error: unknown) =>
      log.warn({ err: error }, 'old runtime trees were not removed'),
    );
    platform.gatewayUrl = urls.gateway();
    const ownerServer = await serveOwner(dataDir, {
      identity: () => ({
        installationId: identity.installationId,
        version,
        pid: process.pid,
        url: urls.main(),
        gatewayUrl: urls.gateway(),
      }),
      signIn: () => ({ url: platform.signInUrl() }),
      down: () => platform.down(),
    });
    return platform;
  } catch (error) {
    for (const close of opened) await close();
    store.close();
    lock.release();
    throw error;
  }
}

/** Beyond loopback, foreign code without walls is refused unless the user wrote `isolation: none`. */
function refuseWithoutIsolation(
  config: Config,
  ability: { isolation: 'bubblewrap' | 'none'; reason: string | null },
): void {
  const beyond = [config.listen, config.gateway.listen].find((each) => !isLoopback(each));
  if (ability.isolation === 'bubblewrap' || config.isolation === 'none' || beyond === undefined) return;
  throw fault('platform.no_isolation', { reason: ability.reason ?? '', why: beyond });
}

/** `proxy:` of seto.yaml goes before the environment's; gateway and nodes inherit it. */
function useProxy({ proxy }: Config): void {
  if (proxy?.https) process.env['HTTPS_PROXY'] = proxy.https;
  if (proxy && proxy.noProxy.length > 0) process.env['NO_PROXY'] = proxy.noProxy.join(',');
}

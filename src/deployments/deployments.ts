import type { ServerSpec } from '../api/contract/gateway.ts';
import type { Audit } from '../identity/audit.ts';
import type { TokenSource } from '../identity/principal.ts';
import type { Clock } from '../shared/clock.ts';
import { fault, missing } from '../shared/errors.ts';
import { newId, newToken, sha256 } from '../shared/ids.ts';
import type { Log } from '../shared/log.ts';
import type { Store } from '../store/store.ts';
import type { DeployTarget } from './deploy-target.ts';
import { createEndpointRows, type Endpoint } from './endpoint-rows.ts';
import type { GatewayLink } from './gateway-link.ts';
import type { FeedbackTokens, GateBook, ImageBook, ModelLabels, Relate } from './ports.ts';
import { createPublisher } from './publisher.ts';
import { createReleaseRows, type Release } from './release-rows.ts';
import { createRolloutRunner } from './rollout-runner.ts';

export interface DeploymentsDeps {
  store: Store;
  clock: Clock;
  log: Log;
  audit: Audit;
  dataDir: string;
  installationId: string;
  /** Raised by a restore; 1 otherwise. */
  epoch: number;
  target: DeployTarget & {
    serverSpec?(releaseId: string): ServerSpec | null;
    /** Prepares what most releases need; called once after the start, in the background. */
    warm?(): Promise<void>;
    close?(): Promise<void>;
  };
  gateway: GatewayLink;
  /** Finds or starts the gateway; called when it does not answer. */
  ensureGateway(): Promise<unknown>;
  gates: GateBook;
  images: ImageBook;
  relate: Relate;
  feedbackTokens: FeedbackTokens;
  labels: ModelLabels;
  /** Where the gateway hands over what it spooled: this control plane's own URL, and the authority it needs for it. */
  ship(): { url: string; ca: string | null };
  predictions: { keep: 'all' | 'unsure' | 'sample'; maxGb: number };
}

export interface DeployRequest {
  endpoint: string;
  projectId: number;
  /** A reference, or null for what the pipeline built. */
  image: string | null;
  pipelineId: number | null;
  actor: string;
  /** Asked for by an administrator: a model without a passed gate. */
  ungated: boolean;
}

/** Where a new endpoint begins: memory that onnxruntime with Node needs (RLIMIT_DATA counts reservations), three kept. */
const defaults = { memoryMb: 2048, keep: 3 };
/** How often roll-outs are looked at while nothing happens, and while something does. */
const pause = { idleMs: 2000, busyMs: 50 };
const namePattern = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export type Deployments = ReturnType<typeof createDeployments>;

/** Endpoints, releases and their roll-outs. */
export function createDeployments(deps: DeploymentsDeps) {
  const { store, clock, log, audit, target } = deps;
  const endpoints = createEndpointRows(store);
  const releases = createReleaseRows(store);
  const gatewayToken = newToken();
  const gatewayTokenHash = sha256(gatewayToken);
  const tokens: TokenSource = { find: (hash) => (hash === gatewayTokenHash ? { kind: 'gateway' } : null) };
  let wake: () => void = () => undefined;
  const waiters = new Set<() => void>();
  const changed = (): void => {
    wake();
    for (const each of [...waiters]) each();
  };
  const publisher = createPublisher(
    deps.dataDir,
    {
      installationId: deps.installationId,
      epoch: deps.epoch,
      endpoints,
      releases,
      feedbackTokens: deps.feedbackTokens,
      labels: deps.labels,
      serverSpec: (id) => target.serverSpec?.(id) ?? null,
      get ship() {
        return { ...deps.ship(), token: gatewayToken };
      },
      predictions: { keep: deps.predictions.keep, spoolBytes: deps.predictions.maxGb * 1e9 },
    },
    endpoints,
    deps.gateway,
    log,
  );
  const runner = createRolloutRunner({
    store,
    clock,
    log,
    audit,
    target,
    endpoints,
    releases,
    publisher,
    relate: deps.relate,
    changed,
  });

  const find = (name: string): Endpoint => {
    const endpoint = endpoints.byName(name);
    if (endpoint === null) throw fault('endpoint.unknown', { endpoint: name });
    return endpoint;
  };
  const subject = (endpoint: Endpoint): string => `endpoint:${endpoint.name}`;

  /** Creates the endpoint at its first deployment; another project's name is refused. */
  const ownEndpoint = (name: string, projectId: number, actor: string): Endpoint => {
    const there = endpoints.byName(name);
    if (there !== null && there.projectId !== projectId) throw fault('endpoint.foreign', { endpoint: name });
    if (there !== null) return there;
    if (!namePattern.test(name)) throw fault('endpoint.bad_name', { endpoint: name });
    audit(actor, 'endpoint.create', `endpoint:${name}`, { projectId });
    return endpoints.insert(name, projectId, defaults, clock.now());
  };

  /** Commits the wish; the roll-out follows. Asked again by the same pipeline for the same image, it is the same release. */
  const deploy = async (request: DeployRequest): Promise<Release> => {
    const reference =
      request.image ?? (request.pipelineId === null ? null : deps.images.imageOfPipeline(request.pipelineId));
    if (reference === null)
      throw request.pipelineId === null
        ? fault('deploy.name_image')
        : fault('deploy.no_image', { pipeline: request.pipelineId });
    const image = await deps.images.describe(reference, request.projectId);
    if (image === null) throw missing('image', reference);
    const gated = image.modelDigest !== null && deps.gates.hasPassed(image.modelDigest, request.projectId);
    if (!gated && !request.ungated)
      throw fault('deploy.not_gated', {
        model: image.modelDigest?.slice(0, 12) ?? image.digest.slice(0, 19),
      });
    const pipelineId = image.pipelineId ?? request.pipelineId;
    const release = store.transaction((): Release => {
      const now = clock.now();
      const endpoint = ownEndpoint(request.endpoint, request.projectId, request.actor);
      const all = releases.of(endpoint.id);
      const same = all.find(
        (each) =>
          each.imageDigest === image.digest &&
          each.pipelineId === pipelineId &&
          (each.state === 'live' || each.state === 'starting' || each.state === 'healthy'),
      );
      if (same) return same;
      const newest = all.find(({ state }) => state === 'live' || state === 'starting' || state === 'healthy');
      if (newest && newest.pipelineId !== null && pipelineId !== null && pipelineId < newest.pipelineId)
        throw fault('deploy.older', { live: newest.pipelineId, pipeline: pipelineId });
      const id = newId('rel');
      releases.insert({
        id,
        endpointId: endpoint.id,
        image: image.reference,
        imageDigest: image.digest,
        modelDigest: image.modelDigest,
        modelName: image.modelName,
        pipelineId,
        actor: request.actor,
        ungated: !gated,
        state: 'starting',
        wanted: endpoints.nextWanted(endpoint.id),
        since: now,
        createdAt: now,
      });
      audit(request.actor, gated ? 'release.deploy' : 'release.deploy_ungated', subject(endpoint), {
        release: id,
        image: image.reference,
      });
      deps.relate(`release:${id}`, 'of', `image:${image.digest}`);
      if (pipelineId !== null) deps.relate(`release:${id}`, 'by', `pipeline:${pipelineId}`);
      const created = releases.byId(id);
      if (created === null) throw new Error(`release ${id} vanished`);
      return created;
    });
    changed();
    return release;
  };

  /** Starts a kept release again: the one named, else the one that was live before. */
  const rollback = (name: string, to: string | null, actor: string): Release => {
    const release = store.transaction((): Release => {
      const endpoint = find(name);
      const kept = releases
        .of(endpoint.id)
        .filter(({ state, liveAt }) => (state === 'retired' || state === 'draining') && liveAt !== null)
        .sort((a, b) => (b.liveAt ?? 0) - (a.liveAt ?? 0));
      const chosen = to === null ? kept[0] : kept.find(({ id }) => id === to);
      if (!chosen && to !== null) throw fault('deploy.not_kept', { endpoint: name, release: to });
      if (!chosen) throw fault('deploy.no_rollback', { endpoint: name });
      releases.wantAgain(chosen.id, endpoints.nextWanted(endpoint.id), clock.now());
      audit(actor, 'release.rollback', subject(endpoint), { release: chosen.id });
      return { ...chosen, state: 'starting' };
    });
    changed();
    return release;
  };

  const stop = (name: string, actor: string): void => {
    store.transaction(() => {
      const endpoint = find(name);
      for (const { id, state } of releases.of(endpoint.id)) {
        if (state === 'live') releases.move(id, 'draining', clock.now(), 'stopped');
        if (state === 'starting' || state === 'healthy') releases.move(id, 'failed', clock.now(), 'stopped');
      }
      audit(actor, 'endpoint.stop', subject(endpoint));
    });
    changed();
  };

  const remove = (name: string, actor: string): void => {
    store.transaction(() => {
      const endpoint = find(name);
      for (const { id, state } of releases.of(endpoint.id))
        if (state !== 'gone') releases.move(id, 'gone', clock.now());
      audit(actor, 'endpoint.remove', subject(endpoint));
      endpoints.remove(endpoint.id, clock.now());
    });
    changed();
  };

  const set = (
    name: string,
    change: { open?: boolean | undefined; memoryMb?: number | undefined; keep?: number | undefined },
    actor: string,
  ): Endpoint => {
    const endpoint = store.transaction(() => {
      const before = find(name);
      const after = {
        ...before,
        open: change.open ?? before.open,
        memoryMb: change.memoryMb ?? before.memoryMb,
        keep: change.keep ?? before.keep,
      };
      endpoints.update(before.id, after);
      audit(actor, 'endpoint.set', subject(before), change);
      return after;
    });
    changed();
    return endpoint;
  };

  /** A key that predicts and gives feedback; shown once. */
  const createKey = (name: string, keyName: string, actor: string): string => {
    const key = newToken();
    store.transaction(() => {
      const endpoint = find(name);
      if (endpoints.keys(endpoint.id).some((each) => each.name === keyName))
        throw fault('core.conflict', { what: keyName });
      endpoints.addKey(endpoint.id, sha256(key), keyName, clock.now());
      audit(actor, 'endpoint.key_create', subject(endpoint), { name: keyName });
    });
    changed();
    return key;
  };
  const revokeKey = (name: string, keyName: string, actor: string): void => {
    store.transaction(() => {
      const endpoint = find(name);
      if (!endpoints.removeKey(endpoint.id, keyName)) throw missing('key', keyName);
      audit(actor, 'endpoint.key_revoke', subject(endpoint), { name: keyName });
    });
    changed();
  };

  /**
   * Resolves with the release once it takes requests, failed or was given up, or after `waitMs` as it is then. What the
   * database calls live is `healthy` here until the gateway uses the new routes.
   */
  const waitFor = async (id: string, waitMs: number, signal?: AbortSignal): Promise<Release> => {
    const until = clock.monotonic() + waitMs;
    for (;;) {
      const row = releases.byId(id);
      if (row === null) throw missing('release', id);
      const release: Release =
        row.state === 'live' && !publisher.routes(id) ? { ...row, state: 'healthy' } : row;
      const settled = release.state !== 'starting' && release.state !== 'healthy';
      const leftMs = until - clock.monotonic();
      if (settled || leftMs <= 0 || signal?.aborted) return release;
      const alarm = new AbortController();
      const ring = (): void => alarm.abort();
      waiters.add(ring);
      signal?.addEventListener('abort', ring, { once: true });
      await clock.sleep(leftMs, alarm.signal);
      waiters.delete(ring);
      signal?.removeEventListener('abort', ring);
    }
  };

  const stopping = new AbortController();
  let loop: Promise<void> | null = null;
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const alarm = new AbortController();
      wake = () => alarm.abort();
      let idle = false;
      try {
        await deps.gateway.identity().catch(() => deps.ensureGateway());
        idle = !(await runner.pass()) && releases.unsettled().every((id) => isSettled(releases.of(id)));
      } catch (error) {
        idle = true;
        log.error({ err: error }, 'a roll-out pass failed');
      }
      await clock.sleep(idle ? pause.idleMs : pause.busyMs, idle ? alarm.signal : stopping.signal);
    }
  };

  return {
    deploy,
    rollback,
    stop,
    remove,
    set,
    createKey,
    revokeKey,
    waitFor,
    endpoint: find,
    endpointNamed: endpoints.byName,
    endpointById: endpoints.byId,
    endpoints: endpoints.list,
    keys: (name: string) => endpoints.keys(find(name).id),
    releases: (endpointId: number) => releases.of(endpointId),
    release: releases.byId,
    live: (endpointId: number) => releases.live(endpointId),
    /** Whether a release that is live or can be rolled back to runs this image. */
    keeps: releases.keeps,
    logs: (releaseId: string, lines: number) => target.logs(releaseId, lines),
    /** The gateway's own token while this control plane lives. */
    tokens,
    /** Port ProductionModels of the gate: the newest live release of the project with a model of that name. */
    newestLive: (
      projectId: number,
      modelName: string,
      endpointName?: string,
    ): { modelDigest: string; endpoint: string } | null => {
      const found = endpoints
        .list()
        .filter(
          ({ projectId: owner, name }) =>
            owner === projectId && (endpointName === undefined || name === endpointName),
        )
        .flatMap((endpoint) => {
          const live = releases.live(endpoint.id);
          return live?.modelDigest && (endpointName !== undefined || live.modelName === modelName)
            ? [{ modelDigest: live.modelDigest, endpoint: endpoint.name, liveAt: live.liveAt ?? 0 }]
            : [];
        })
        .sort((a, b) => b.liveAt - a.liveAt)[0];
      return found ? { modelDigest: found.modelDigest, endpoint: found.endpoint } : null;
    },
    /** One pass, for tests that turn the clock by hand. */
    reconcile: () => runner.pass(),
    /** Starts the gateway where it does not run, and goes on with whatever roll-out was under way. */
    start: async (): Promise<void> => {
      await deps.ensureGateway();
      await publisher.publish();
      loop ??= run();
      void target.warm?.().catch((error: unknown) => {
        if (!stopping.signal.aborted) log.warn({ err: error }, 'the base layer is not ready');
      });
    },
    /** Stops looking; releases and gateway go on. */
    close: async (): Promise<void> => {
      stopping.abort();
      wake();
      await loop;
      await target.close?.();
    },
  };
}

function isSettled(all: readonly Release[]): boolean {
  return all.every(({ state }) => state === 'live' || state === 'retired' || state === 'failed');
}

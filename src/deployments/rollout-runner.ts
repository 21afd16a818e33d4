import type { Audit } from '../identity/audit.ts';
import type { Clock } from '../shared/clock.ts';
import { SetoError } from '../shared/errors.ts';
import type { Log } from '../shared/log.ts';
import type { Store } from '../store/store.ts';
import type { DeployTarget } from './deploy-target.ts';
import type { EndpointRows } from './endpoint-rows.ts';
import type { Relate } from './ports.ts';
import type { Publisher } from './publisher.ts';
import type { ReleaseRows } from './release-rows.ts';
import { nextSteps, type Observed, type Step } from './rollout.ts';

/** How long a release may take to become healthy: unpacking a large image comes before this clock starts to matter. */
export const healthMs = 90_000;
/** How long requests that an old release still has may take. */
export const drainMs = 30_000;
const attempts = 3;

export interface RolloutDeps {
  store: Store;
  clock: Clock;
  log: Log;
  audit: Audit;
  target: DeployTarget;
  endpoints: EndpointRows;
  releases: ReleaseRows;
  publisher: Publisher;
  relate: Relate;
  /** Called after each change of a release's state. */
  changed(): void;
}

/** Carries out the steps that `nextSteps` names, endpoint by endpoint. */
export interface RolloutRunner {
  /** One pass over everything unsettled; true where something was done, so that another pass may find more. */
  pass(): Promise<boolean>;
}

export function createRolloutRunner(deps: RolloutDeps): RolloutRunner {
  const { store, clock, log, target, endpoints, releases, publisher } = deps;
  /** Starts under way; `start` may pull an image for long, and other endpoints must not wait for it. */
  const starting = new Set<string>();
  const stopping = new Set<string>();
  /** What the target was last told to keep; nothing yet, so that the first pass clears up after an earlier process. */
  let pruned: string | null = null;

  const observe = async (): Promise<Observed> => {
    const routed = await publisher.publish();
    try {
      const running = await target.list();
      return { running: new Map(running.map((each) => [each.releaseId, each])), routed };
    } catch (error) {
      log.warn({ err: error }, 'the target cannot be asked what runs');
      return { running: null, routed: false };
    }
  };

  const fail = (id: string, reason: string): void =>
    store.transaction(() => {
      releases.move(id, 'failed', clock.now(), reason);
      deps.audit('system', 'release.failed', `release:${id}`, { reason });
    });

  const start = (id: string): boolean => {
    if (starting.has(id)) return false;
    const release = releases.byId(id);
    const endpoint = release === null ? null : endpoints.byId(release.endpointId);
    if (release === null || endpoint === null) return false;
    starting.add(id);
    void target
      .start({ releaseId: id, endpoint: endpoint.name, image: release.image, memoryMb: endpoint.memoryMb })
      .then((upstream) => {
        releases.setUpstream(id, upstream);
      })
      .catch(async (error: unknown) => {
        const retry = !(error instanceof SetoError) || error.toBody('en').error.retryable;
        log.warn({ release: id, err: error, retry }, 'a release could not be started');
        if (!retry && releases.byId(id)?.state === 'starting') fail(id, messageOf(error));
        else await clock.sleep(500);
      })
      .finally(() => {
        starting.delete(id);
        deps.changed();
      });
    return true;
  };

  const stop = (id: string, draining: boolean): boolean => {
    if (stopping.has(id)) return false;
    stopping.add(id);
    void target
      .stop(id, draining ? drainMs : 0)
      .catch((error: unknown) => log.warn({ release: id, err: error }, 'a release could not be stopped'))
      .finally(() => {
        stopping.delete(id);
        deps.changed();
      });
    return true;
  };

  /** True where the step changed something now. */
  const carryOut = async (step: Step): Promise<boolean> => {
    const { id } = step;
    switch (step.do) {
      case 'start':
        start(id);
        return false;
      case 'stop':
        stop(id, releases.byId(id)?.state === 'draining');
        return false;
      case 'mark-healthy':
        releases.move(id, 'healthy', clock.now());
        return true;
      case 'switch':
        if (releases.byId(id)?.upstream === null) start(id);
        else switchTo(deps, id, step.from);
        return true;
      case 'retire':
        store.transaction(() => releases.move(id, 'retired', clock.now()));
        return true;
      case 'fail':
        fail(
          id,
          step.reason === 'ends-by-itself' ? await lastWords(target, id, step.detail) : reasonOf(step),
        );
        return true;
      case 'forget':
        store.transaction(() => releases.move(id, 'gone', clock.now()));
        return true;
    }
  };

  /** Lets the target remove what belongs to no release that runs, is under way, or can be started again. */
  const prune = async (running: ReadonlyMap<string, unknown>): Promise<void> => {
    const keep = new Set([...releases.startable(), ...running.keys(), ...starting, ...stopping]);
    const wanted = [...keep].sort().join(' ');
    if (wanted === pruned) return;
    try {
      await target.prune(keep);
      pruned = wanted;
    } catch (error) {
      log.warn({ err: error }, 'what releases left behind could not be removed');
    }
  };

  return {
    pass: async () => {
      const unsettled = releases.unsettled();
      const observed = await observe();
      let did = false;
      for (const id of observed.running?.keys() ?? []) {
        const state = releases.byId(id)?.state ?? 'gone';
        if (state === 'failed' || state === 'gone') stop(id, false);
      }
      for (const endpointId of unsettled) {
        const keep = endpoints.byId(endpointId)?.keep ?? 0;
        const rules = { now: clock.now(), keep, healthMs, attempts };
        for (const step of nextSteps(releases.of(endpointId), observed, rules)) {
          // A release that is being started or stopped is left alone until that is over.
          if ((starting.has(step.id) || stopping.has(step.id)) && step.do !== 'fail') continue;
          if (await carryOut(step)) did = true;
        }
      }
      if (observed.running !== null) await prune(observed.running);
      if (did) {
        await publisher.publish();
        deps.changed();
      }
      return did;
    },
  };
}

function switchTo(
  { store, releases, clock, audit, relate }: RolloutDeps,
  id: string,
  from: string | null,
): void {
  store.transaction(() => {
    const now = clock.now();
    if (from !== null) releases.move(from, 'draining', now);
    releases.wentLive(id, now);
    const release = releases.byId(id);
    audit(release?.actor ?? 'system', 'release.live', `release:${id}`, { from });
    if (release) relate(`release:${id}`, 'runs', `image:${release.imageDigest}`);
  });
}

function reasonOf(step: Step & { do: 'fail' }): string {
  return step.reason === 'superseded' ? `superseded by ${step.detail}` : `not healthy after ${step.detail}`;
}

/** What a server wrote last explains its end better than its exit code. */
async function lastWords(target: DeployTarget, id: string, exit: string): Promise<string> {
  const log = await target.logs(id, 5).catch(() => '');
  return `it ended by itself (${exit})${log.trim() === '' ? '' : `: ${log.trim().slice(-500)}`}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

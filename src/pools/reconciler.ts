import type { Forge, WaitReason } from '../forge/forge.ts';
import { closeDays } from '../ledger/closed-days.ts';
import type { Clock } from '../shared/clock.ts';
import type { Store } from '../store/store.ts';
import { endMarginMs } from './admission.ts';
import { bookEnd, bookLateComer, bookWithoutProvider, correctFromProvider } from './booking.ts';
import type { ClockWatch } from './clock-watch.ts';
import { decideScaling, type ScalingNode, type ScalingPool, silentMs } from './decide-scaling.ts';
import type { Machine } from './node-pool.ts';
import type { NodeRow } from './node-rows.ts';
import { callLimitMs, createObserver, type Observed } from './observe-providers.ts';
import { createNodeOrders, minimumLeaseMs, type NodeOrdersDeps } from './order-nodes.ts';
import type { Pool } from './pool.ts';
import { startDelayMs } from './start-delay.ts';
import { within } from './within.ts';

export interface ReconcilerDeps extends NodeOrdersDeps {
  store: Store;
  clock: Clock;
  installationId: string;
  timeZone: string;
  clockWatch: ClockWatch;
  forge(): Pick<Forge, 'waitingJobs' | 'removeRunner' | 'setJobNote'>;
  held(pool: string): WaitReason | null;
}

export interface Reconciler {
  /** Asks for a pass soon; cheap, may be called often. */
  wake(): void;
  /** A node spoke; silence is counted from here on the monotonic clock. */
  heard(nodeId: string): void;
  /** One pass: observe, decide and write in one transaction, then act. Resolves when the acts are under way. */
  tick(): Promise<void>;
  start(): void;
  /** Ends every node and waits until the providers say so, at most `limitMs`. Resolves to how many ended. */
  endAll(limitMs: number): Promise<number>;
  /** Stops looking; nodes live on and are found again at the next start. */
  stop(): Promise<void>;
}

const tickMs = 1000;
/** Between tries of an act that failed. */
const retryMs = 5000;
/** How often the provider's bill is compared with the ledger. */
const billingMs = 60_000;

export function createReconciler(deps: ReconcilerDeps): Reconciler {
  const { store, clock, log, ledger, nodes, pools, clockWatch } = deps;
  const startedAt = clock.monotonic();
  const acting = new Map<string, Promise<void>>();
  const notBefore = new Map<string, number>();
  const notes = new Map<number, string>();
  const heardAt = new Map<string, number>();
  /** The nodes of a pool that ended last; read again once another one ended. */
  const histories = new Map<string, readonly NodeRow[]>();
  const orders = createNodeOrders(deps);
  const observe = createObserver(deps);
  let billedAt = Number.NEGATIVE_INFINITY;
  let running = false;
  let stopped = false;
  let wakeUp: () => void = () => undefined;
  let loop: Promise<void> = Promise.resolve();

  /** Starts an act of a node or a pool unless one is under way or failed just now. */
  const act = (of: string, what: string, work: () => Promise<void>): void => {
    if (acting.has(of) || (notBefore.get(of) ?? 0) > clock.monotonic()) return;
    const done = within(clock, callLimitMs, work())
      .then(() => {
        notBefore.delete(of);
      })
      .catch((error: unknown) => {
        notBefore.set(of, clock.monotonic() + retryMs);
        log.warn({ of, err: error }, `${what} failed; it is tried again`);
      })
      .finally(() => {
        acting.delete(of);
        wakeUp();
      });
    acting.set(of, done);
  };

  const silence = (node: NodeRow): number => clock.monotonic() - (heardAt.get(node.id) ?? startedAt);

  /** By its last beat and the monotonic clock since then: a wall clock that is set forward ends no node. */
  const idleMs = (node: NodeRow): number => {
    const { beatAt, activitySince } = node;
    return beatAt === null || activitySince === null
      ? 0
      : Math.max(0, beatAt - activitySince + silence(node));
  };

  const scalingNode = (node: NodeRow, home: string, listed: boolean | null): ScalingNode | null => {
    if (node.state === 'ended') return null;
    const lease = ledger.lease(node.id);
    const now = clock.now();
    return {
      id: node.id,
      state: node.state,
      demandKind: node.demand.kind,
      ageMs: lease?.elapsedMs ?? Math.max(0, now - node.orderedAt),
      idleMs: node.jobId !== null ? null : idleMs(node),
      silentMs: silence(node),
      leaseLeftMs: lease === null ? null : lease.leasedMs - lease.elapsedMs,
      listed,
      astray: node.state === 'up' && node.home !== home,
      binding:
        node.projectId === null || node.protectedRef === null
          ? null
          : { projectId: node.projectId, protectedRef: node.protectedRef },
    };
  };

  const historyOf = (pool: string): readonly NodeRow[] => {
    const known = histories.get(pool) ?? nodes.history(pool, 10);
    histories.set(pool, known);
    return known;
  };

  const scalingPools = (seen: Observed): ScalingPool[] => {
    const alive = nodes.alive();
    return [...pools.values()].map((pool) => {
      const { config, price, containers } = pool;
      const home = deps.home(pool).url;
      const listed = seen.get(config.name) ?? null;
      return {
        ...config,
        containers,
        billed: price !== null,
        startDelayMs: startDelayMs(historyOf(config.name), clock.now()),
        held: deps.held(config.name) ?? (price === null ? null : clockWatch.trouble()),
        nodes: alive
          .filter((node) => node.pool === config.name)
          .flatMap((node) => scalingNode(node, home, listed === null ? null : listed.has(node.id)) ?? []),
      };
    });
  };

  const decide = (seen: Observed): void => {
    const jobs = deps.forge().waitingJobs();
    store.transaction(() => {
      for (const pool of pools.values()) {
        const listed = seen.get(pool.config.name) ?? new Set<string>();
        ledger.listed(listed);
        for (const nodeId of listed)
          if (orders.adopt(pool, nodeId) === 'over')
            act(nodeId, 'ending a node that came back', () => pool.driver.end(nodeId));
      }
      const decision = decideScaling(scalingPools(seen), jobs, orders.purse());
      for (const action of decision.actions) {
        if (action.kind === 'start') continue;
        nodes.end(action.nodeId, action.reason);
        log.info({ nodeId: action.nodeId, reason: action.reason }, 'a node is to end');
      }
      for (const node of nodes.alive()) if (node.demand.kind === 'minimum') prolong(node);
      for (const [jobId, reason] of decision.notes) {
        const text = JSON.stringify(reason);
        if (notes.get(jobId) === text) continue;
        deps.forge().setJobNote(jobId, reason);
        // A pass that is rolled back has told nobody: it is told again in the next one.
        store.afterCommit(() => notes.set(jobId, text));
      }
      for (const jobId of notes.keys()) if (!decision.notes.has(jobId)) notes.delete(jobId);
    });
  };

  const prolong = (node: NodeRow): void => {
    const lease = node.state === 'up' ? ledger.lease(node.id) : null;
    if (lease && lease.leasedMs - lease.elapsedMs < minimumLeaseMs / 2)
      ledger.extendLease(node.id, lease.elapsedMs + minimumLeaseMs, null);
  };

  /** What the provider bills. Whomever it was asked for, what it told of any node of ours is remembered. */
  const machinesOf = async ({ driver }: Pool): Promise<readonly Machine[]> => {
    const machines = await driver.machines();
    const ours = machines.filter(({ installationId }) => installationId === deps.installationId);
    ledger.listed(new Set(ours.flatMap(({ nodeId }) => nodeId ?? [])));
    return machines;
  };

  const start = async (pool: Pool, node: NodeRow): Promise<void> => {
    const lease = ledger.lease(node.id);
    const home = deps.home(pool);
    const oneTimeToken = store.transaction(() => {
      nodes.setHome(node.id, home.url);
      return nodes.issueToken(node.id, 'bootstrap');
    });
    await pool.driver.start({
      nodeId: node.id,
      installationId: deps.installationId,
      pool: node.pool,
      demand: node.demand,
      bootstrap: {
        ...home,
        oneTimeToken,
        // A node counts from when it runs, which is at the end of the boot time at the latest: one that never reaches us
        // must not live on for the time that its machine took to boot.
        leaseMs:
          lease === null
            ? null
            : Math.max(
                0,
                lease.leasedMs - Math.max(lease.elapsedMs, pool.config.bootTimeoutMs) - endMarginMs,
              ),
      },
    });
    await endIfOver(pool, node, 'failed');
  };

  /** A machine that the provider no longer bills is over, whatever the node itself would say. */
  const endIfOver = async (pool: Pool, node: NodeRow, reason: 'failed' | 'lost'): Promise<void> => {
    const machine = (await machinesOf(pool)).find((each) => each.nodeId === node.id);
    if (machine === undefined) return;
    if (machine.to === null) {
      ledger.billedOn(node.id, machine.from, clockWatch.providerNow(pool.config.name));
      return;
    }
    store.transaction(() => nodes.end(node.id, reason));
    log.warn({ nodeId: node.id, pool: node.pool, reason }, 'a node ended by itself');
  };

  const end = async (pool: Pool, node: NodeRow): Promise<void> => {
    await pool.driver.end(node.id);
    if ((await pool.driver.started()).includes(node.id)) throw new Error('the provider still lists it');
    const machine = (await machinesOf(pool)).find((each) => each.nodeId === node.id) ?? null;
    if (machine !== null && machine.to === null) {
      ledger.billedOn(node.id, machine.from, clockWatch.providerNow(pool.config.name));
      throw new Error('the provider still bills it');
    }
    store.transaction(() => {
      bookEnd(ledger, nodes.find(node.id) ?? node, machine, nodes.startAsked(node.id));
      close(node);
    });
  };

  const close = (node: NodeRow): void => {
    nodes.ended(node.id);
    store.afterCommit(() => histories.delete(node.pool));
    heardAt.delete(node.id);
    deps.forge().removeRunner(node.id);
    deps.audit('system', 'node.ended', `node:${node.id}`, { reason: nodes.find(node.id)?.endReason });
  };

  /**
   * Of a pool that left seto.yaml no provider can be asked any more. Its nodes take no new job; one is over when it
   * says so, or when its lease is, after which no node lives on.
   */
  const endWithoutPool = (node: NodeRow): void => {
    const lease = ledger.lease(node.id);
    const saidSo = node.state === 'ending' && node.ranMs !== null;
    const over = lease === null ? silence(node) > silentMs : lease.elapsedMs >= lease.leasedMs;
    if (saidSo || over) {
      store.transaction(() => {
        nodes.end(node.id, 'lost');
        bookWithoutProvider(ledger, node);
        close(node);
      });
      log.warn({ nodeId: node.id, pool: node.pool }, 'a node of a pool that left seto.yaml is over');
    } else nodes.drain(node.id);
  };

  const carryOut = (seen: Observed): void => {
    for (const node of nodes.alive()) {
      const pool = pools.get(node.pool);
      if (pool === undefined) endWithoutPool(node);
      else if (node.state === 'ending') act(node.id, 'ending a node', () => end(pool, node));
      else if (node.state === 'ordered' && seen.get(node.pool)?.has(node.id) === false)
        act(node.id, 'starting a node', () => start(pool, node));
      else if (seen.get(node.pool)?.has(node.id) === false)
        act(node.id, 'looking for a node', () => endIfOver(pool, node, 'lost'));
    }
  };

  const compareBill = async (pool: Pool): Promise<void> => {
    const machines = await machinesOf(pool);
    const providerNow = clockWatch.providerNow(pool.config.name);
    for (const machine of machines) {
      const { nodeId, from, to, installationId } = machine;
      const told = { nodeId, pool: pool.config.name };
      if (to === null && nodeId !== null && installationId === deps.installationId) {
        ledger.billedOn(nodeId, from, providerNow);
        if (bookLateComer(ledger, nodeId, from, providerNow))
          log.warn(told, 'a machine is billed whose node was over; booked as far as it is');
      }
      if (correctFromProvider(ledger, machine, deps.installationId))
        log.warn(told, 'the provider’s bill differs; corrected');
    }
  };

  const compareBills = (): void => {
    if (clock.monotonic() - billedAt < billingMs) return;
    billedAt = clock.monotonic();
    for (const pool of pools.values())
      if (pool.price !== null) act(`bill of ${pool.config.name}`, 'reading a bill', () => compareBill(pool));
    closeDays(store, deps.timeZone, clock.now());
  };

  const tick = async (): Promise<void> => {
    const seen = await observe(pools.values());
    if (stopped) return;
    clockWatch.note();
    decide(seen);
    carryOut(seen);
    compareBills();
  };

  return {
    wake: () => wakeUp(),
    heard: (nodeId) => void heardAt.set(nodeId, clock.monotonic()),
    tick,
    start: () => {
      if (running) return;
      running = true;
      loop = (async () => {
        while (!stopped) {
          let woken = false;
          const soon = new AbortController();
          wakeUp = () => {
            woken = true;
            soon.abort();
          };
          await tick().catch((error: unknown) => log.error({ err: error }, 'a pass of the pools failed'));
          if (!woken && !stopped) await clock.sleep(tickMs, soon.signal);
          // A wake in a burst waits a little, so that a hundred changes make one pass.
          else await clock.sleep(20);
        }
      })();
    },
    endAll: async (limitMs) => {
      stopped = true;
      wakeUp();
      await loop;
      const doomed = nodes.alive();
      store.transaction(() => {
        for (const node of doomed) nodes.end(node.id, 'down');
      });
      const until = clock.monotonic() + limitMs;
      while (nodes.alive().some((node) => pools.has(node.pool)) && clock.monotonic() < until) {
        notBefore.clear();
        carryOut(new Map());
        await Promise.race([Promise.all(acting.values()), clock.sleep(200)]);
      }
      return doomed.length - nodes.alive().length;
    },
    stop: async () => {
      stopped = true;
      wakeUp();
      await loop;
    },
  };
}

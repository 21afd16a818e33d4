import type { Admission, Forge, WaitReason } from '../forge/forge.ts';
import type { Audit } from '../identity/audit.ts';
import type { TokenSource } from '../identity/principal.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Clock } from '../shared/clock.ts';
import { fault } from '../shared/errors.ts';
import { sha256 } from '../shared/ids.ts';
import type { Log } from '../shared/log.ts';
import type { Store } from '../store/store.ts';
import { affordJob, createAdmission, endMarginMs } from './admission.ts';
import { type BudgetNotes, noNotes } from './budget-notes.ts';
import { createClockWatch } from './clock-watch.ts';
import { carries } from './decide-scaling.ts';
import type { NodePool } from './node-pool.ts';
import { createNodeRows, type EndReason, type NodeRow } from './node-rows.ts';
import type { Pool } from './pool.ts';
import type { PoolConfig } from './pool-config.ts';
import { createReconciler, type Reconciler } from './reconciler.ts';

export interface PoolsDeps {
  store: Store;
  clock: Clock;
  log: Log;
  audit: Audit;
  installationId: string;
  timeZone: string;
  /** What an hour of a pool's node costs now, nano-yen; null where nothing is billed. A lease keeps the price it began with. */
  price(config: PoolConfig): bigint | null;
  ledger: Ledger;
  /** Asked when needed: the forge is made after us, since it wants our admission. */
  forge(): Pick<Forge, 'waitingJobs' | 'registerRunner' | 'removeRunner' | 'setJobNote' | 'cancelJob'>;
  /** Pools of seto.yaml, each with its driver. */
  pools: readonly { config: PoolConfig; driver: NodePool }[];
  home(pool: Pool): { url: string; ca: string | null };
  /** Hears what the budget held back, and who let it go or stopped it. */
  notes?: BudgetNotes;
  /** Between a node's heartbeats, milliseconds. */
  heartbeatMs?: number;
}

export interface PoolView {
  config: PoolConfig;
  /** Nano-yen an hour; null where nothing is billed. */
  price: bigint | null;
  simulated: boolean;
  /** Whether its executor runs container images. */
  containers: boolean;
  held: WaitReason | null;
  nodes: NodeRow[];
}

/** What a node hears of its lease; `wholeMs` and `unsure` where it has one, as in the contract. */
export interface LeaseTold {
  leaseMs: number | null;
  wholeMs?: number;
  unsure?: boolean;
}

/** What a node gets when it enrolls. */
export interface Enrolment extends LeaseTold {
  nodeToken: string;
  runnerToken: string;
  idleTimeoutMs: number | null;
  heartbeatMs: number;
}

/** Pools: demands become nodes, nodes end, and every start and hand-out is paid for beforehand. */
export interface Pools {
  admission: Admission;
  /** Tokens of kind `node`. */
  nodeTokens: TokenSource;
  reconciler: Reconciler;
  enroll(oneTimeToken: string): Enrolment;
  beat(
    nodeId: string,
    state: 'idle' | 'busy',
    sinceMs: number,
  ): LeaseTold & { command: 'run' | 'drain' | 'end' };
  ended(nodeId: string, ranMs: number, reason: EndReason): void;
  list(): PoolView[];
  show(name: string): PoolView;
  /** Nothing new starts in it and no job is handed to it; what runs goes on. `name` null: all pools. */
  pause(name: string | null, actor: string): void;
  /**
   * Pauses all pools and ends what costs: billed nodes without a job at once, the others after their job, which is
   * cancelled (its clean-up runs). What is not billed goes on. Answers how many.
   */
  stopSpending(actor: string): { nodes: number; jobs: number };
  resume(name: string | null, actor: string): void;
  /** After a restore: billed pools wait until an admin resumes them. */
  holdAfterRestore(): void;
  nodes(limit: number): NodeRow[];
  node(id: string): NodeRow | null;
  /** `now` ends it with its job; else it finishes the job it has. */
  stopNode(id: string, now: boolean, actor: string): void;
  /** Lets one job past the budget, on record. Inside or outside a transaction. */
  allowJob(jobId: number, actor: string, reason: string): void;
}

export function createPools(deps: PoolsDeps): Pools {
  const { store, clock, audit, ledger, forge } = deps;
  const heartbeatMs = deps.heartbeatMs ?? 5000;
  const nodes = createNodeRows(store, clock.now);
  const clockWatch = createClockWatch(store, clock);
  const pools: ReadonlyMap<string, Pool> = new Map(
    deps.pools.map(({ config, driver }) => [
      config.name,
      {
        config,
        driver,
        get price() {
          return deps.price(config);
        },
        simulated: config.driver === 'process',
        containers: false,
      },
    ]),
  );
  const held = (name: string): WaitReason | null => {
    const row = store.get<{ held: 'paused' | 'restored' | null }>(
      'SELECT held FROM pool_states WHERE pool = ?',
      name,
    );
    if (!row?.held) return null;
    return { code: row.held === 'paused' ? 'pool_paused' : 'restored', values: { pool: name } };
  };
  const allowances = {
    of: (jobId: number): string | null =>
      store.get<{ actor: string }>('SELECT actor FROM job_allowances WHERE job_id = ?', jobId)?.actor ?? null,
  };
  const { notes = noNotes } = deps;
  const heed = (jobId: number, reason: WaitReason | null, pool: Pool | undefined): void => {
    if (reason?.code === 'budget') notes.refused(jobId, reason, pool?.simulated ?? false);
  };
  const carrying = (jobId: number): Pool | undefined => {
    const tags = forge()
      .waitingJobs()
      .find((job) => job.jobId === jobId)?.tags;
    return [...pools.values()].find(({ config, price }) => price !== null && carries(config, tags ?? []));
  };
  const heeded = (): ReturnType<PoolsDeps['forge']> => {
    const { waitingJobs, registerRunner, removeRunner, setJobNote, cancelJob } = forge();
    return {
      ...{ waitingJobs, registerRunner, removeRunner, cancelJob },
      setJobNote: (jobId, reason) => {
        setJobNote(jobId, reason);
        if (reason?.code === 'budget') heed(jobId, reason, carrying(jobId));
      },
    };
  };
  const reconciler: Reconciler = createReconciler({
    ...deps,
    ...{ nodes, pools, clockWatch, held, allowances },
    forge: heeded,
    afford: (nodeId, job) => affordJob({ ledger, nodes, pools, allowances }, nodeId, job),
  });
  const admission = createAdmission({
    store,
    clock,
    ledger,
    nodes,
    pools,
    clockWatch,
    allowances,
    held,
    wake: () => reconciler.wake(),
  });
  const tellLease = (nodeId: string): LeaseTold => {
    const lease = ledger.lease(nodeId);
    if (lease === null) return { leaseMs: null };
    const wholeMs = Math.max(0, lease.leasedMs - endMarginMs);
    return { leaseMs: Math.max(0, wholeMs - lease.elapsedMs), wholeMs, unsure: ledger.ageUnsure(nodeId) };
  };
  const poolOf = (name: string): Pool => {
    const pool = pools.get(name);
    if (pool === undefined) throw fault('pool.unknown', { pool: name, known: [...pools.keys()].join(', ') });
    return pool;
  };
  const view = ({ config, price, simulated, containers }: Pool): PoolView => ({
    config,
    price,
    simulated,
    containers,
    held: held(config.name),
    nodes: nodes.alive().filter((node) => node.pool === config.name),
  });
  const hold = (names: readonly string[], state: 'paused' | 'restored' | null, actor: string): void =>
    store.transaction(() => {
      for (const name of names) {
        store.run(
          'INSERT INTO pool_states (pool, held, actor, at) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET held = excluded.held, actor = excluded.actor, at = excluded.at',
          name,
          state,
          actor,
          clock.now(),
        );
        audit(actor, state === null ? 'pool.resume' : 'pool.hold', `pool:${name}`, { held: state });
      }
      store.afterCommit(() => reconciler.wake());
    });
  const named = (name: string | null): string[] =>
    name === null ? [...pools.keys()] : [poolOf(name).config.name];

  return {
    admission: {
      ...admission,
      admit: (job, runner) => {
        const answer = admission.admit(job, runner);
        if (answer !== 'go') heed(job.jobId, answer, pools.get(runner.pool ?? ''));
        return answer;
      },
    },
    reconciler,
    nodeTokens: {
      find: (hash) => {
        const found = nodes.byToken(hash, 'node');
        return found === null || found.node.state === 'ended'
          ? null
          : { kind: 'node', nodeId: found.node.id, site: found.node.site };
      },
    },
    enroll: (oneTimeToken) =>
      store.transaction(() => {
        const found = nodes.byToken(sha256(oneTimeToken), 'bootstrap');
        const pool = found && pools.get(found.node.pool);
        if (!found || !pool) throw fault('node.bad_token');
        const { node } = found;
        if (found.used || node.state !== 'ordered') throw fault('node.token_used', { node: node.id });
        nodes.useTokens(node.id);
        nodes.enrolled(node.id);
        reconciler.heard(node.id);
        ledger.seen(node.id);
        const nodeToken = nodes.issueToken(node.id, 'node');
        const { token: runnerToken } = forge().registerRunner({
          nodeId: node.id,
          pool: node.pool,
          site: node.site,
          tags: pool.config.tags,
        });
        audit(`node:${node.id}`, 'node.enroll', `node:${node.id}`, { pool: node.pool });
        store.afterCommit(() => reconciler.wake());
        return {
          nodeToken,
          runnerToken,
          ...tellLease(node.id),
          idleTimeoutMs: node.demand.kind === 'minimum' ? null : pool.config.idleTimeoutMs,
          heartbeatMs,
        };
      }),
    beat: (nodeId, state, sinceMs) =>
      store.transaction(() => {
        nodes.beat(nodeId, state, sinceMs);
        reconciler.heard(nodeId);
        ledger.seen(nodeId);
        const node = nodes.find(nodeId);
        const command = node?.state === 'up' ? 'run' : node?.state === 'draining' ? 'drain' : 'end';
        return { ...tellLease(nodeId), command };
      }),
    ended: (nodeId, ranMs, reason) =>
      store.transaction(() => {
        nodes.setRan(nodeId, ranMs);
        nodes.end(nodeId, reason);
        store.afterCommit(() => reconciler.wake());
      }),
    list: () => [...pools.values()].map(view),
    show: (name) => view(poolOf(name)),
    pause: (name, actor) => hold(named(name), 'paused', actor),
    stopSpending: (actor) =>
      store.transaction(() => {
        hold(named(null), 'paused', actor);
        // By its lease: a node of a pool that left seto.yaml costs as much.
        const billed = nodes
          .alive()
          .filter(({ id, state }) => state !== 'ending' && ledger.lease(id) !== null);
        const busy = billed.filter(({ state, jobId }) => state !== 'ordered' && jobId !== null);
        for (const node of billed) {
          if (node.jobId !== null && busy.includes(node)) {
            nodes.drain(node.id);
            forge().cancelJob(node.jobId, actor, 'spending_stopped');
          } else nodes.end(node.id, 'ordered');
          audit(actor, 'node.stop', `node:${node.id}`, { spending: 'stopped' });
        }
        const ended = { nodes: billed.length, jobs: busy.length };
        notes.stopped(actor, ended);
        return ended;
      }),
    resume: (name, actor) =>
      store.transaction(() => {
        if (clockWatch.trouble()?.code === 'clock') audit(actor, 'clock.accept', 'installation');
        clockWatch.accept();
        hold(named(name), null, actor);
        if (name === null) notes.resumed(actor);
      }),
    holdAfterRestore: () =>
      hold(
        [...pools.values()].flatMap(({ config, price }) => (price === null ? [] : [config.name])),
        'restored',
        'system',
      ),
    nodes: nodes.list,
    node: nodes.find,
    stopNode: (id, now, actor) =>
      store.transaction(() => {
        const node = nodes.find(id);
        if (node === null || node.state === 'ended') throw fault('node.unknown', { node: id });
        if (now || node.state === 'ordered' || (node.state === 'up' && node.jobId === null))
          nodes.end(id, 'ordered');
        else nodes.drain(id);
        audit(actor, 'node.stop', `node:${id}`, { now });
        store.afterCommit(() => reconciler.wake());
      }),
    allowJob: (jobId, actor, reason) =>
      store.transaction(() => {
        store.run(
          'INSERT INTO job_allowances (job_id, actor, reason, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
          jobId,
          actor,
          reason,
          clock.now(),
        );
        audit(actor, 'job.allow', `job:${jobId}`, { reason });
        notes.letThrough(jobId, actor, reason);
        store.afterCommit(() => reconciler.wake());
      }),
  };
}

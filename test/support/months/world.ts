import { nanoYen } from '../../../src/cost/money.ts';
import type { RunnerInfo, WaitingJob } from '../../../src/forge/forge.ts';
import type { BudgetConfig } from '../../../src/ledger/budget.ts';
import { declareFixedCosts } from '../../../src/ledger/declared-costs.ts';
import { createLedger, type Ledger } from '../../../src/ledger/ledger.ts';
import type { PoolConfig } from '../../../src/pools/pool-config.ts';
import { createPools, type Pools } from '../../../src/pools/pools.ts';
import { silentLog } from '../../../src/shared/log.ts';
import type { Store } from '../../../src/store/store.ts';
import { type FakeProvider, fakeNodePool } from '../fake-node-pool.ts';
import { poolsSchema } from '../pools-schema.ts';
import { Killed, Life, providerOfLife, storeOfLife } from './crashing.ts';
import type { Plan } from './plan.ts';
import { type SimNode, simNode } from './sim-node.ts';
import { settled, type WorldClock, worldClock } from './world-clock.ts';

/** A job as its author knows it. */
export interface SimJob {
  wanted: WaitingJob;
  durationMs: number;
  retries: number;
  allowed: boolean;
}

export const installationId = 'seto-months';
const moneyTables = new Set(['leases', 'ledger_entries', 'fixed_costs']);
const tagsOfPools = [['a'], ['a', 'b'], ['c']];

/** One month: the real ledger, pools and reconciler, providers that misbehave, nodes that live by what they are told. */
export class World {
  readonly clock: WorldClock;
  readonly providers = new Map<string, FakeProvider>();
  readonly configs: PoolConfig[];
  readonly budget: BudgetConfig;
  readonly runners = new Map<string, RunnerInfo>();
  readonly jobs = new Map<number, SimJob>();
  readonly nodes = new Map<string, SimNode>();
  /** Jobs that no runner has. */
  waiting: WaitingJob[] = [];
  /** Nodes cannot reach us before this steady time. */
  cutUntil = 0;
  faulty = false;
  private readonly prices = new Map<string, bigint>();
  /** Our wall clock was set since an administrator last said that it is right. */
  jumped = false;
  /** By how much in all our wall clock was set, milliseconds. */
  setByMs = 0;
  crashes = 0;
  passes = 0;
  ledger: Ledger;
  pools: Pools;
  /** Something was written that may change what a month costs; the oracle that has looked sets it back. */
  moneyMoved = true;
  /** The fixed cost that exists now; null where there is none. */
  declared: { price: number; count: number; simulated: boolean } | null | 'either' = null;
  life: Life;
  /** Called when time or the control plane moved. */
  watch: () => void = () => undefined;
  private readonly orderedAt = new Map<string, number>();
  private restart = { at: 0, boot: false };
  private nextJob = 1;
  private nextRunner = 1;

  readonly store: Store;
  readonly plan: Plan;

  constructor(store: Store, plan: Plan) {
    this.store = store;
    this.plan = plan;
    this.clock = worldClock(plan.start);
    this.life = this.born();
    this.configs = poolsSchema.parse(
      plan.pools.map(({ money, yen, minNodes, maxNodes, idleMinutes, bootMinutes }, index) => ({
        ...{ name: `p${index}`, driver: 'process', tags: tagsOfPools[index] },
        ...(money === 'none' ? { site: 'onprem' } : { site: 'cloud', pricePerHour: { yen } }),
        ...{ maxNodes, minNodes: Math.min(minNodes, maxNodes) },
        ...{ idleTimeout: `${idleMinutes}m`, bootTimeout: `${bootMinutes}m` },
      })),
    );
    for (const [index, config] of this.configs.entries()) {
      const { money, yen } = plan.pools[index] ?? { money: 'simulated', yen: 0 };
      if (money !== 'none') this.setPrice(config.name, yen);
      // What the process driver bills is pretended; no driver that bills really can be configured yet.
      if (money === 'real') Object.assign(config, { driver: 'real' });
    }
    for (const [index, { name }] of this.configs.entries()) {
      const { trueWall: wall, steady } = this.clock;
      const provider = fakeNodePool(this.clock, { installationId, wall, steady });
      const { aheadMs = 0, memory } = plan.pools[index] ?? {};
      Object.assign(provider.faults, { aheadMs, bounds: memory === 'bounds', forgets: memory === 'forgets' });
      this.providers.set(name, provider);
    }
    this.budget = {
      yenPerMonth: plan.budgetYen,
      mode: 'enforce',
      taxRate: plan.taxRate,
      projectYenPerMonth: (id) => (id === 1 ? plan.projectYen : null),
    };
    ({ ledger: this.ledger, pools: this.pools } = this.open());
  }

  provider(pool: string): FakeProvider {
    const found = this.providers.get(pool);
    if (found === undefined) throw new Error(`no pool ${pool}`);
    return found;
  }

  /** The database as this life sees it. */
  get tracked(): Store {
    return storeOfLife(this.store, this.life);
  }

  private born(): Life {
    return new Life((table, ageOnly) => {
      this.moneyMoved ||= moneyTables.has(table) && !ageOnly;
    });
  }

  private open(): { ledger: Ledger; pools: Pools } {
    const { clock, plan, life, tracked: store } = this;
    const { timeZone } = plan;
    const ledger = createLedger({ store, clock, timeZone, bootId: clock.boot(), budget: () => this.budget });
    const pools = createPools({
      ...{ store, clock, log: silentLog, installationId, timeZone, ledger },
      audit: () => undefined,
      price: ({ name }) => this.priceOf(name),
      forge: () => ({
        waitingJobs: () => [...this.waiting],
        registerRunner: ({ nodeId, pool, site, tags }) => {
          this.runners.set(nodeId, { runnerId: this.nextRunner++, nodeId, pool, site, tags });
          return { token: `glrt-${nodeId}` };
        },
        removeRunner: () => undefined,
        setJobNote: () => undefined,
        cancelJob: () => undefined,
      }),
      pools: this.configs.map((config) => ({
        config,
        driver: providerOfLife(this.provider(config.name), life),
      })),
      home: () => ({ url: 'http://127.0.0.1:1', ca: null }),
    });
    return { ledger, pools };
  }

  /** What a node of that pool costs an hour from now on, nano-yen; null where nothing is billed. */
  priceOf(pool: string): bigint | null {
    return this.prices.get(pool) ?? null;
  }

  setPrice(pool: string, yen: number): void {
    this.prices.set(pool, nanoYen(yen));
  }

  /** A load balancer, an address: from now on there is one at that price, in place of what there was. */
  declare(yen: number, count: number, simulated: boolean): void {
    const price = Number(nanoYen(yen));
    const wanted = price === 0 ? null : { price, count, simulated };
    const written = this.ask(() =>
      declareFixedCosts(
        this.tracked,
        wanted === null ? [] : [{ name: 'lb', formula: '(2)', ...wanted }],
        this.clock.now(),
      ),
    );
    // Killed over it, it has or has not come about.
    this.declared = written === undefined ? 'either' : wanted;
  }

  /** Something that the control plane does; undefined where it was killed over it or is away. */
  ask<T>(work: () => T): T | undefined {
    if (this.life.dead) return undefined;
    try {
      return work();
    } catch (error) {
      if (error instanceof Killed) return undefined;
      throw error;
    }
  }

  /** Lights a fuse: so many steps later the control plane dies, and comes back after `downMs`. */
  crash(fuse: number, downMs: number, boot: boolean): void {
    if (this.life.dead) return;
    this.life.fuse = fuse;
    this.restart = { at: downMs, boot };
  }

  /** Kills it now, if the fuse burns. */
  killNow(): void {
    if (this.life.fuse !== null) this.life.dead = true;
  }

  addJob(over: Omit<SimJob, 'wanted' | 'allowed'>, wanted: Partial<WaitingJob>): void {
    const jobId = this.nextJob++;
    const job: WaitingJob = {
      ...{ jobId, projectId: 1, pipelineId: 1, name: `job-${jobId}`, tags: ['a'], image: null, userId: 1 },
      ...{ protectedRef: true, timeoutMs: 600_000, since: this.clock.now() },
      ...wanted,
    };
    this.jobs.set(jobId, { ...over, wanted: job, allowed: false });
    this.waiting.push(job);
  }

  /** Whether billed starts may wait for the clock's sake. */
  clockDoubted(): boolean {
    const { clock, providers } = this;
    const apart = [...providers.values()].map(({ faults }) =>
      Math.abs(clock.trueWall() + faults.aheadMs - clock.now()),
    );
    return this.jumped || Math.max(...apart) > 5 * 60_000;
  }

  get reachable(): boolean {
    return !this.life.dead && this.clock.steady() >= this.cutUntil;
  }

  /** The job's attempt is over; a failed one may come again. */
  finish(jobId: number, good: boolean): void {
    const job = this.jobs.get(jobId);
    this.waiting = this.waiting.filter((each) => each.jobId !== jobId);
    if (job === undefined || good || job.retries === 0) return;
    const { jobId: _, since: __, ...wanted } = job.wanted;
    this.addJob({ durationMs: job.durationMs, retries: job.retries - 1 }, wanted);
  }

  /** Machines that were started since the last look get a node on them. */
  private meetMachines(): void {
    for (const [pool, provider] of this.providers) {
      provider.truth();
      for (const order of provider.orders)
        if (!this.nodes.has(order.nodeId)) {
          const { traits } = this.plan;
          const trait = traits[this.nodes.size % traits.length] ?? { bootMs: 1000, shutdownMs: 0 };
          this.nodes.set(order.nodeId, simNode(this, pool, order, trait));
        }
    }
  }

  /** When the row of a node was written, steady milliseconds. */
  ordered(nodeId: string): number {
    return this.orderedAt.get(nodeId) ?? this.clock.steady();
  }

  contact(): void {
    for (const { node_id } of this.store.all<{ node_id: string }>(
      'SELECT node_id FROM leases WHERE closed = 0',
    ))
      if (!this.orderedAt.has(node_id)) this.orderedAt.set(node_id, this.clock.steady());
    this.meetMachines();
    for (const node of this.nodes.values()) node.contact();
  }

  /** One pass of the reconciler, with what nodes say before and after it. */
  async pass(): Promise<void> {
    this.passes += 1;
    this.contact();
    const { pools, life } = this;
    if (!life.dead)
      await pools.reconciler.tick().catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
      });
    await settled();
    this.contact();
    this.mourn();
    this.watch();
  }

  private mourn(): void {
    if (!this.life.dead || this.life.fuse === null) return;
    this.crashes += 1;
    this.life.fuse = null;
    this.restart.at += this.clock.steady();
  }

  private rise(): void {
    this.clock.restart(this.restart.boot);
    this.life = this.born();
    Object.assign(this, this.open());
  }

  /** Whether anything is there that a look of the control plane could find changed by time alone. */
  private busy(): boolean {
    return (
      this.store.get("SELECT 1 FROM nodes WHERE state <> 'ended'") !== undefined ||
      [...this.nodes.values()].some(({ endedAt, hung }) => endedAt === null && !hung)
    );
  }

  /** Lets time pass, from one thing that happens to the next. */
  async advance(ms: number): Promise<void> {
    const { clock } = this;
    const target = clock.steady() + ms;
    // Looks come every second in truth; here ever more rarely while nothing happens.
    let gap = 6000;
    for (;;) {
      this.meetMachines();
      this.mourn();
      const events = [...this.nodes.values()].map((node) => node.next());
      if (this.life.dead) events.push(this.restart.at);
      else if (this.busy()) events.push(clock.steady() + gap);
      const at = Math.min(target, ...events.filter((each) => each > clock.steady()));
      gap *= 4;
      await clock.advanceTo(at);
      if (this.life.dead && clock.steady() >= this.restart.at) this.rise();
      for (const node of this.nodes.values()) node.happen();
      await this.pass();
      if (clock.steady() >= target) return;
    }
  }

  /** The providers are well again; their clocks stay as they are. */
  heal(): void {
    for (const { faults } of this.providers.values())
      Object.assign(faults, {
        ...{ startFails: false, startHangs: false, startUnseen: false, silent: false, endFails: false },
        ...{
          endHangs: false,
          billSilent: false,
          listsLateMs: 0,
          billsLateMs: 0,
          startLateMs: 0,
          endTakesMs: 0,
        },
      });
    this.faulty = false;
  }

  /** Everything comes to rest: no faults, no more jobs, no node; and the provider's bill has been compared. */
  async rest(): Promise<void> {
    this.cutUntil = 0;
    this.killNow();
    this.mourn();
    if (this.life.dead) await this.advance(Math.max(0, this.restart.at - this.clock.steady()) + 1);
    this.heal();
    this.waiting = [];
    for (const job of this.jobs.values()) job.retries = 0;
    this.pools.pause(null, 'user:1');
    for (let round = 0; ; round++) {
      for (const node of this.pools.nodes(100))
        if (node.state === 'ordered' || node.state === 'up') this.pools.stopNode(node.id, false, 'user:1');
      await this.advance(round < 2 ? 61_000 : 3_600_000);
      const billed = [...this.providers.values()].some((provider) =>
        provider.truth().some(({ to, installationId: owner }) => to === null && owner === installationId),
      );
      if (!billed && this.pools.nodes(100).every(({ state }) => state === 'ended')) break;
      if (round > 100) throw new Error('it does not come to rest');
    }
    // What starts or is listed late has come, and its bill has been compared.
    await this.advance(25 * 60_000);
    await this.advance(61_000);
  }
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { shippedBook } from '../../src/cost/prices/shipped-book.ts';
import type { RunnerInfo, WaitingJob, WaitReason } from '../../src/forge/forge.ts';
import type { BudgetConfig } from '../../src/ledger/budget.ts';
import { createLedger, type Ledger } from '../../src/ledger/ledger.ts';
import type { NodeRow } from '../../src/pools/node-rows.ts';
import { type PoolConfig, poolPrice } from '../../src/pools/pool-config.ts';
import { createPools, type Pools } from '../../src/pools/pools.ts';
import { silentLog } from '../../src/shared/log.ts';
import { openMigrated } from '../../src/store/migrations.ts';
import type { Store } from '../../src/store/store.ts';
import { type FakeProvider, fakeNodePool } from './fake-node-pool.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';
import { poolsSchema } from './pools-schema.ts';

/** Pools on a real database, with a provider in memory and a forge that is a list of waiting jobs. */
export interface PoolsFixture {
  store: Store;
  clock: ManualClock;
  ledger: Ledger;
  pools: Pools;
  providers: Map<string, FakeProvider>;
  provider(pool?: string): FakeProvider;
  waiting: WaitingJob[];
  notes: Map<number, WaitReason | null>;
  /** Jobs that pools had cancelled, with why. */
  canceled: Map<number, string | null>;
  /** Nodes whose runner token lives. */
  runners: Map<string, RunnerInfo>;
  budget: BudgetConfig;
  audits: string[];
  /** A pass, and every act it began brought to its end (or to a hang). */
  tick(): Promise<void>;
  /** A control plane that was killed and started again on the same database and providers, with these pools. */
  restart(pools?: object[]): void;
  wait(jobId: number, over?: Partial<WaitingJob>): WaitingJob;
  /** Every machine that was started and did not enroll yet does so now. */
  enrollAll(): void;
  /** Nodes that are not over. */
  alive(): NodeRow[];
  /** The one node that is. */
  only(): NodeRow;
  /** Has one node of `train` born for job 1 and enrolled; answers its id. */
  warm(): Promise<string>;
  /** Hands a waiting job to the node of that id. */
  hand(jobId: number, nodeId: string): 'go' | WaitReason;
  close(): void;
}

export const defaultPools = [
  { name: 'onprem', site: 'onprem', driver: 'process', tags: ['onprem'] },
  {
    name: 'train',
    site: 'cloud',
    driver: 'process',
    tags: ['cloud'],
    pricePerHour: { yen: 100 },
    maxNodes: 2,
  },
];

export function poolsFixture(config: object[] = defaultPools): PoolsFixture {
  const folder = mkdtempSync(path.join(tmpdir(), 'seto-pools-'));
  const store = openMigrated(path.join(folder, 'seto.db'));
  const clock = manualClock();
  let configs: PoolConfig[] = poolsSchema.parse(config);
  const providers = new Map(configs.map(({ name }) => [name, fakeNodePool(clock)]));
  const enrolled = new Set<string>();
  let nextRunner = 1;
  const open = (): { ledger: Ledger; pools: Pools } => {
    const ledger = createLedger({ store, clock, timeZone: 'Asia/Tokyo', budget: () => fixture.budget });
    const pools = createPools({
      store,
      clock,
      log: silentLog,
      audit: (_actor, action, subject) => void fixture.audits.push(`${action} ${subject}`),
      installationId: 'seto-test',
      timeZone: 'Asia/Tokyo',
      price: (each) => poolPrice(each, shippedBook, 150),
      ledger,
      forge: () => ({
        waitingJobs: () => [...fixture.waiting],
        registerRunner: ({ nodeId, pool, site, tags }) => {
          fixture.runners.set(nodeId, { runnerId: nextRunner++, nodeId, pool, site, tags });
          return { token: `glrt-${nodeId}` };
        },
        removeRunner: (nodeId) => void fixture.runners.delete(nodeId),
        cancelJob: (jobId, _actor, reason) => void fixture.canceled.set(jobId, reason ?? null),
        setJobNote: (jobId, reason) => void fixture.notes.set(jobId, reason),
      }),
      pools: configs.map((each) => ({ config: each, driver: fixture.provider(each.name) })),
      home: () => ({ url: 'http://127.0.0.1:1', ca: null }),
    });
    return { ledger, pools };
  };
  const fixture: PoolsFixture = {
    store,
    clock,
    providers,
    provider: (name = 'train') => {
      const found = providers.get(name);
      if (found === undefined) throw new Error(`no provider for ${name}`);
      return found;
    },
    waiting: [],
    notes: new Map(),
    canceled: new Map(),
    runners: new Map(),
    budget: { yenPerMonth: 1000, mode: 'enforce', taxRate: 0, projectYenPerMonth: () => null },
    audits: [],
    tick: async () => {
      await fixture.pools.reconciler.tick();
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    },
    restart: (pools) => {
      if (pools !== undefined) configs = poolsSchema.parse(pools);
      Object.assign(fixture, open());
    },
    wait: (jobId, over = {}) => {
      const job: WaitingJob = {
        jobId,
        projectId: 1,
        pipelineId: 1,
        userId: 1,
        name: `job-${jobId}`,
        tags: ['cloud'],
        image: null,
        protectedRef: true,
        timeoutMs: 600_000,
        since: clock.now(),
        ...over,
      };
      fixture.waiting.push(job);
      return job;
    },
    enrollAll: () => {
      for (const { orders } of providers.values())
        for (const { nodeId, bootstrap } of orders) {
          if (enrolled.has(nodeId) || fixture.pools.node(nodeId)?.state !== 'ordered') continue;
          enrolled.add(nodeId);
          fixture.pools.enroll(bootstrap.oneTimeToken);
        }
    },
    alive: () => fixture.pools.nodes(1000).filter((node) => node.state !== 'ended'),
    only: () => {
      const [node] = fixture.alive();
      if (node === undefined) throw new Error('no node');
      return node;
    },
    warm: async () => {
      fixture.wait(1);
      await fixture.tick();
      fixture.enrollAll();
      return fixture.only().id;
    },
    hand: (jobId, nodeId) => {
      const job = fixture.waiting.find((each) => each.jobId === jobId);
      const runner = fixture.runners.get(nodeId);
      if (job === undefined || runner === undefined) throw new Error(`no job ${jobId} or runner ${nodeId}`);
      const answer = fixture.pools.admission.admit(job, runner);
      if (answer === 'go') fixture.waiting = fixture.waiting.filter((each) => each !== job);
      return answer;
    },
    close: () => {
      store.close();
      rmSync(folder, { recursive: true });
    },
    ...({} as { ledger: Ledger; pools: Pools }),
  };
  fixture.restart();
  return fixture;
}

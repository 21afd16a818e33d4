import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { shippedBook } from '../../src/cost/prices/shipped-book.ts';
import type { WaitingJob, WaitReason } from '../../src/forge/forge.ts';
import { entriesOf } from '../../src/ledger/lease-rows.ts';
import { createLedger } from '../../src/ledger/ledger.ts';
import type { Machine, NodePool } from '../../src/pools/node-pool.ts';
import { poolPrice } from '../../src/pools/pool-config.ts';
import { createPools, type Pools } from '../../src/pools/pools.ts';
import { silentLog } from '../../src/shared/log.ts';
import { openMigrated } from '../../src/store/migrations.ts';
import { type CallFaults, faultyPool, noFaults } from './faulty-pool.ts';
import { poolsSchema } from './pools-schema.ts';
import { type SteppedClock, steppedClock } from './stepped-clock.ts';

/** A driver on that clock, and the same provider as another installation uses it. */
export interface FaultFixture {
  pool: NodePool;
  other: NodePool;
  close(): Promise<void>;
}

const installationId = 'seto-test';
const timeZone = 'Asia/Tokyo';

/** Each way in which a provider's call goes wrong; whatever happens, the promises below hold once it is mended. */
const faults: Record<string, Partial<CallFaults>> = {
  'start fails': { start: 'fails' },
  'start hangs': { start: 'hangs' },
  'start succeeds unseen': { start: 'unseen' },
  'started lists late': { started: 'late' },
  'started fails': { started: 'fails' },
  'machines lists late': { machines: 'late' },
  'machines fails': { machines: 'fails' },
  'everything lists late and start is unseen': { start: 'unseen', started: 'late', machines: 'late' },
  'end fails': { end: 'fails' },
  'end hangs': { end: 'hangs' },
  'end succeeds unseen': { end: 'unseen' },
};

/**
 * The reconciler on a driver whose provider misbehaves: one machine for one order, orphans of ours ended and booked,
 * another installation's never touched, and never less booked than billed. Runs on fakes and real drivers alike.
 */
export function nodePoolFaultSuite(name: string, open: (clock: SteppedClock) => Promise<FaultFixture>): void {
  describe(`a misbehaving provider: ${name}`, () => {
    let stage: Awaited<ReturnType<typeof openStage>> | null = null;
    afterEach(async () => {
      await stage?.close();
      stage = null;
    });
    const ready = async () => {
      stage = await openStage(open);
      return stage;
    };

    it.each(Object.entries(faults))(
      '%s: one machine, ended in the end, booked no less than billed',
      async (_, fault) => {
        const on = await ready();
        const job = on.wait(1);
        Object.assign(on.driver.faults, fault);
        await on.pass(8);
        Object.assign(on.driver.faults, noFaults);
        await on.until('one machine runs', async () => (await on.running()).length === 1);
        on.waiting.splice(on.waiting.indexOf(job), 1);
        const [nodeId = ''] = await on.running();
        Object.assign(on.driver.faults, fault);
        on.pools().stopNode(nodeId, true, 'user:1');
        await on.pass(8);
        Object.assign(on.driver.faults, noFaults);
        await on.until('every machine is ended', async () => (await on.running()).length === 0);
        await on.until('every node is booked', async () => on.alive() === 0);
        const machines = (await on.pool.machines()).filter((each) => each.installationId === installationId);
        expect(new Set(machines.map((each) => each.nodeId)).size).toBe(machines.length);
        // What the provider told of late is corrected when its bill is compared, each minute.
        await on.until('no less is booked than was billed', () => machines.every(on.covered));
      },
    );

    it('ends and books an orphan of ours over a start, and never touches another’s', async () => {
      const on = await ready();
      const orphan = on.order('node-orphan', installationId);
      const foreign = on.order('node-foreign', 'seto-other');
      await on.pool.start(orphan);
      await on.other.start(foreign);
      on.restart();
      await on.until('the orphan is ended', async () => (await on.running()).length === 0);
      await on.until('it is booked', async () => on.alive() === 0);
      const [machine] = (await on.pool.machines()).filter((each) => each.nodeId === 'node-orphan');
      if (machine === undefined) throw new Error('no machine');
      expect(on.covered(machine)).toBe(true);
      expect(entriesOf(on.store, 'node-orphan').map(({ kind }) => kind)).toEqual(['orphan']);
      expect(await on.other.started()).toEqual(['node-foreign']);
      expect(on.driver.ended).not.toContain('node-foreign');
      expect(on.driver.ended).not.toContain('node-listed');
      expect(entriesOf(on.store, 'node-foreign')).toEqual([]);
    });

    it('starts nothing while the provider’s clock is ten minutes ahead, and says so', async () => {
      const on = await ready();
      on.wait(1);
      on.driver.faults.aheadMs = 600_000;
      await on.pass(3);
      expect(await on.running()).toEqual([]);
      expect(on.notes.get(1)?.code).toBe('clock_provider');
      on.driver.faults.aheadMs = 0;
      await on.until('a machine runs', async () => (await on.running()).length === 1);
    });
  });
}

async function openStage(open: (clock: SteppedClock) => Promise<FaultFixture>) {
  const clock = steppedClock();
  const { pool, other, close } = await open(clock);
  const listed: Machine = {
    ...{ machineId: 'theirs', nodeId: 'node-listed', installationId: 'seto-other' },
    ...{ from: clock.now(), to: null },
  };
  const driver = faultyPool(pool, clock, [listed]);
  const folder = mkdtempSync(path.join(tmpdir(), 'seto-faults-'));
  const store = openMigrated(path.join(folder, 'seto.db'));
  const [config] = poolsSchema.parse([
    {
      ...{ name: 'train', site: 'cloud', driver: 'process', tags: ['cloud'], maxNodes: 1 },
      ...{ pricePerHour: { yen: 100 }, bootTimeout: '2h', idleTimeout: '2h' },
    },
  ]);
  if (config === undefined) throw new Error('no pool');
  const waiting: WaitingJob[] = [];
  const notes = new Map<number, WaitReason | null>();
  const budget = {
    ...{ yenPerMonth: 1e6, mode: 'enforce' as const, taxRate: 0.1 },
    projectYenPerMonth: () => null,
  } as const;
  const compose = (): Pools =>
    createPools({
      ...{ store, clock, log: silentLog, audit: () => undefined, installationId, timeZone },
      ledger: createLedger({ store, clock, timeZone, budget: () => budget }),
      price: (each) => poolPrice(each, shippedBook, 150),
      forge: () => ({
        waitingJobs: () => waiting,
        registerRunner: () => ({ token: 'glrt-x' }),
        removeRunner: () => undefined,
        setJobNote: (jobId, reason) => void notes.set(jobId, reason),
        cancelJob: () => undefined,
      }),
      pools: [{ config, driver }],
      home: () => ({ url: 'http://127.0.0.1:1', ca: null }),
    });
  let pools = compose();
  /** Passes with six seconds between them: a failed act is tried again after five, a hanging one after sixty. */
  const pass = async (times: number): Promise<void> => {
    for (let turn = 0; turn < times; turn++) {
      await pools.reconciler.tick();
      await new Promise((resolve) => setTimeout(resolve, 15));
      clock.advance(turn % 4 === 3 ? 61_000 : 6000);
    }
  };
  return {
    pool,
    other,
    driver,
    store,
    waiting,
    notes,
    pass,
    pools: () => pools,
    restart: () => {
      pools = compose();
    },
    running: () => pool.started(),
    alive: () => pools.nodes(100).filter(({ state }) => state !== 'ended').length,
    order: (nodeId: string, owner: string) => ({
      ...{ nodeId, installationId: owner, pool: 'train', demand: { kind: 'job' as const, id: '9' } },
      bootstrap: { url: 'http://127.0.0.1:1', ca: null, oneTimeToken: 'seto_x', leaseMs: 60_000 },
    }),
    wait: (jobId: number): WaitingJob => {
      const job: WaitingJob = {
        ...{ jobId, projectId: 1, pipelineId: 1, name: `job-${jobId}`, userId: 1, tags: ['cloud'] },
        ...{ image: null, protectedRef: true, timeoutMs: 600_000, since: clock.now() },
      };
      waiting.push(job);
      return job;
    },
    until: async (what: string, holds: () => Promise<boolean> | boolean): Promise<void> => {
      for (let tries = 0; tries < 60; tries++) {
        if (await holds()) return;
        await pass(1);
      }
      throw new Error(`${what}: not after sixty passes`);
    },
    /** Whether what the ledger has of a node covers what its provider billed. */
    covered: ({ nodeId, from, to }: Machine): boolean => {
      const entries = entriesOf(store, nodeId ?? '');
      const booked = entries.reduce((sum, each) => sum + each.to - each.from, 0);
      return booked >= (to ?? Number.POSITIVE_INFINITY) - from;
    },
    close: async () => {
      for (const each of [pool, other]) for (const nodeId of await each.started()) await each.end(nodeId);
      await close();
      store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

import { afterEach, describe, expect, it } from 'vitest';
import { defaultPools, type PoolsFixture, poolsFixture } from '../../test/support/pools-fixture.ts';
import { sha256 } from '../shared/ids.ts';

let on: PoolsFixture;
afterEach(() => on.close());

const warm = () => {
  on = poolsFixture();
  return on.warm();
};

describe('a demand', () => {
  it('becomes a prepaid node, a job on it, an interval by the provider’s word', async () => {
    const nodeId = await warm();
    // 15 min boot, 10 min job, 5 min idle, 2 min margin.
    expect(on.ledger.lease(nodeId)?.leasedMs).toBe(32 * 60_000);
    expect(on.notes.get(1)?.code).toBe('starting');
    await on.clock.advance(30_000);
    expect(on.hand(1, nodeId)).toBe('go');
    expect(on.pools.node(nodeId)).toMatchObject({ state: 'up', jobId: 1, projectId: 1, protectedRef: true });
    await on.clock.advance(60_000);
    on.pools.admission.released(1, { runnerId: 1, nodeId, pool: 'train', site: 'cloud', tags: [] });
    expect(on.pools.node(nodeId)?.jobId).toBe(null);
    await on.clock.advance(60_000);
    on.provider().kill(nodeId);
    on.pools.ended(nodeId, 150_000, 'idle');
    await on.clock.advance(5000);
    await on.tick();
    expect(on.pools.node(nodeId)).toMatchObject({ state: 'ended', endReason: 'idle' });
    const entry = on.ledger.entry(nodeId);
    expect(entry).toMatchObject({ source: 'provider', simulated: true });
    expect((entry?.to ?? 0) - (entry?.from ?? 0)).toBe(150_000);
    expect(on.runners.size).toBe(0);
  });

  it('of a hundred jobs at once with room for ten starts exactly ten', async () => {
    on = poolsFixture([{ ...defaultPools[1], maxNodes: 100 }]);
    // A lease of 32 minutes at 100 yen an hour is 53.3 yen; ten of them fit into 534.
    on.budget = { ...on.budget, yenPerMonth: 534 };
    for (let jobId = 1; jobId <= 100; jobId++) on.wait(jobId);
    await on.tick();
    expect(on.provider().orders.length).toBe(10);
    await on.tick();
    expect(on.provider().orders.length).toBe(10);
    const codes = [...on.notes.values()].map((note) => note?.code);
    expect(codes.filter((code) => code === 'starting').length).toBe(10);
    expect(codes.filter((code) => code === 'budget').length).toBe(90);
    expect(on.notes.get(100)?.values).toMatchObject({
      neededYen: '53.3',
      leftYen: '0.7',
      budgetYen: '534.0',
    });
  });

  it('is let past the budget by an admin, on record', async () => {
    on = poolsFixture();
    on.budget = { ...on.budget, yenPerMonth: 1 };
    on.wait(1);
    await on.tick();
    expect(on.notes.get(1)?.code).toBe('budget');
    on.pools.allowJob(1, 'user:1', 'the customer waits');
    await on.tick();
    on.enrollAll();
    expect(on.ledger.lease(on.only().id)?.forcedBy).toBe('user:1');
    expect(on.hand(1, on.only().id)).toBe('go');
    expect(on.audits).toContain('job.allow job:1');
  });

  it('hears why it waits from the next pass where one was rolled back', async () => {
    on = poolsFixture();
    on.budget = { ...on.budget, yenPerMonth: 1 };
    on.wait(1);
    on.wait(2);
    const told = new Map(on.notes);
    let full = true;
    on.notes.set = (jobId, reason) => {
      if (full && jobId === 2) throw new Error('the disk is full');
      told.set(jobId, reason);
      return on.notes;
    };
    await expect(on.tick()).rejects.toThrow('full');
    told.clear();
    full = false;
    await on.tick();
    expect([...told].map(([jobId, reason]) => [jobId, reason?.code])).toEqual([
      [1, 'budget'],
      [2, 'budget'],
    ]);
  });

  it('for an unbilled pool needs no lease', async () => {
    on = poolsFixture([{ ...defaultPools[0], minNodes: 1 }]);
    on.budget = { ...on.budget, yenPerMonth: 0 };
    await on.tick();
    const enrolment = on.pools.enroll(on.provider('onprem').orders[0]?.bootstrap.oneTimeToken ?? '');
    expect(enrolment).toMatchObject({ leaseMs: null, idleTimeoutMs: null });
    on.wait(7, { tags: ['onprem'] });
    expect(on.hand(7, on.only().id)).toBe('go');
    expect(on.ledger.leases()).toEqual([]);
  });
});

describe('a provider that', () => {
  it('fails is asked again, with one lease', async () => {
    on = poolsFixture();
    on.provider().faults.startFails = true;
    on.wait(1);
    await on.tick();
    await on.tick();
    expect(on.provider().starts).toBe(1);
    on.provider().faults.startFails = false;
    await on.clock.advance(5001);
    await on.tick();
    expect(on.provider().orders.length).toBe(1);
    expect(on.ledger.leases().length).toBe(1);
    on.enrollAll();
    expect(on.only().state).toBe('up');
  });

  it('hangs is asked again', async () => {
    on = poolsFixture();
    on.provider().faults.startHangs = true;
    on.wait(1);
    await on.tick();
    on.provider().faults.startHangs = false;
    await on.clock.advance(59_000);
    await on.tick();
    expect(on.provider().starts).toBe(1);
    await on.clock.advance(7000);
    await on.tick();
    expect(on.provider().orders.length).toBe(1);
  });

  it('succeeded unseen has started one node, and its first token still works', async () => {
    on = poolsFixture();
    on.provider().faults.startUnseen = true;
    on.provider().faults.listsLateMs = 20_000;
    on.wait(1);
    await on.tick();
    await on.clock.advance(6000);
    await on.tick();
    expect(on.provider().starts).toBe(2);
    expect(on.alive().length).toBe(1);
    on.enrollAll();
    expect(on.only().state).toBe('up');
  });

  it('never boots it is told to end, and the time is booked', async () => {
    on = poolsFixture();
    on.wait(1);
    await on.tick();
    on.waiting = [];
    const { id } = on.only();
    await on.clock.advance(15 * 60_000);
    await on.tick();
    expect(on.pools.node(id)).toMatchObject({ state: 'ended', endReason: 'boot_timeout' });
    expect((on.ledger.entry(id)?.to ?? 0) - (on.ledger.entry(id)?.from ?? 0)).toBe(15 * 60_000);
  });

  it('starts machines that die at once is asked ever more slowly', async () => {
    on = poolsFixture();
    on.wait(1);
    let starts = 0;
    for (let second = 0; second < 120; second++) {
      await on.tick();
      for (const { nodeId } of on.provider().orders.slice(starts)) on.provider().kill(nodeId);
      starts = on.provider().orders.length;
      await on.clock.advance(1000);
    }
    // At about 0, 5, 15, 35 and 75 seconds.
    expect(starts).toBeGreaterThanOrEqual(4);
    expect(starts).toBeLessThanOrEqual(6);
    expect(on.notes.get(1)?.code).toBe('starting');
    expect(on.pools.nodes(9).map((node) => node.endReason)).toContain('failed');
  });

  it('never heard of a node bills nothing for it', async () => {
    on = poolsFixture();
    on.provider().faults.startFails = true;
    on.wait(1);
    await on.tick();
    const { id } = on.only();
    on.waiting = [];
    await on.clock.advance(15 * 60_000);
    await on.tick();
    const entry = on.ledger.entry(id);
    expect([entry?.source, (entry?.to ?? 1) - (entry?.from ?? 0)]).toEqual(['provider', 0]);
  });

  it('hangs holds up the nodes of no other pool, and is asked again', async () => {
    on = poolsFixture();
    const { started, machines } = on.provider();
    const never = () => new Promise<never>(() => undefined);
    Object.assign(on.provider(), { started: never, machines: never });
    on.wait(1, { tags: ['onprem'] });
    on.wait(2);
    const pass = on.tick();
    await on.clock.advance(3000);
    await pass;
    expect(on.provider('onprem').orders).toHaveLength(1);
    expect(on.provider().orders).toHaveLength(0);
    // Later passes wait for nothing.
    await on.tick();
    Object.assign(on.provider(), { started, machines });
    await on.clock.advance(60_000);
    await on.tick();
    expect(on.provider().orders).toHaveLength(1);
  });

  it('answers after a pass has gone on is believed in the next one', async () => {
    on = poolsFixture();
    const { started } = on.provider();
    on.provider().started = async () => {
      await on.clock.sleep(10_000);
      return started();
    };
    on.wait(1);
    for (let pass = 0; pass < 4; pass++) {
      const done = on.tick();
      await new Promise((resolve) => setImmediate(resolve));
      await on.clock.advance(4000);
      await done;
    }
    expect(on.provider().orders).toHaveLength(1);
  });

  it('lists a machine that no row knows has an orphan: booked, reported, ended', async () => {
    on = poolsFixture();
    on.provider().plant('node-orphan');
    on.provider().plant('node-of-others', 'seto-other');
    await on.clock.advance(90_000);
    await on.tick();
    await on.tick();
    expect(on.pools.node('node-orphan')).toMatchObject({ state: 'ended', endReason: 'orphan' });
    expect(on.ledger.entry('node-orphan')).toMatchObject({ source: 'provider' });
    expect((on.ledger.entry('node-orphan')?.to ?? 0) - (on.ledger.entry('node-orphan')?.from ?? 0)).toBe(
      90_000,
    );
    expect(on.audits).toContain('node.orphan node:node-orphan');
    expect((await on.provider().machines()).find((each) => each.nodeId === 'node-of-others')?.to).toBe(null);
  });

  it('refuses to end one is asked until it does, and the node is billed on', async () => {
    const nodeId = await warm();
    on.waiting = [];
    on.provider().faults.endFails = true;
    on.pools.stopNode(nodeId, true, 'user:1');
    await on.tick();
    expect(on.pools.node(nodeId)?.state).toBe('ending');
    on.provider().faults.endFails = false;
    await on.clock.advance(40 * 60_000);
    await on.tick();
    expect(on.pools.node(nodeId)?.state).toBe('ended');
    expect((on.ledger.entry(nodeId)?.to ?? 0) - (on.ledger.entry(nodeId)?.from ?? 0)).toBe(40 * 60_000);
  });

  it('does not answer loses no node', async () => {
    const nodeId = await warm();
    on.provider().faults.silent = true;
    await on.clock.advance(60_000);
    await on.tick();
    expect(on.pools.node(nodeId)?.state).toBe('up');
  });
});

describe('a control plane that starts again', () => {
  it('finds its nodes, their tokens and leases', async () => {
    const nodeId = await warm();
    on.restart();
    await on.tick();
    expect(on.alive().map((node) => node.id)).toEqual([nodeId]);
    expect(on.provider().starts).toBe(1);
    expect(on.hand(1, nodeId)).toBe('go');
  });

  it('finishes what it intended: an order and an end', async () => {
    on = poolsFixture();
    on.provider().faults.startHangs = true;
    on.wait(1);
    await on.tick();
    on.restart();
    on.provider().faults.startHangs = false;
    await on.tick();
    on.enrollAll();
    expect(on.only().state).toBe('up');
    on.waiting = [];
    on.provider().faults.endFails = true;
    on.pools.stopNode(on.only().id, true, 'user:1');
    await on.tick();
    on.restart();
    on.provider().faults.endFails = false;
    await on.tick();
    expect(on.alive()).toEqual([]);
  });

  it('books a node that died meanwhile by its own record, else by the end of its lease', async () => {
    const nodeId = await warm();
    const lease = on.ledger.lease(nodeId);
    on.provider().machines = async () => [];
    on.provider().kill(nodeId);
    on.waiting = [];
    on.restart();
    await on.clock.advance(25_000);
    await on.tick();
    expect(on.ledger.entry(nodeId)).toMatchObject({
      source: 'bounded',
      to: (lease?.openedAt ?? 0) + (lease?.leasedMs ?? 0),
    });
  });
});

describe('a pool that left seto.yaml', () => {
  const others = defaultPools.slice(0, 1);

  it('hands its nodes no new job; one that says it ended is booked by its record', async () => {
    const nodeId = await warm();
    on.waiting = [];
    on.restart(others);
    await on.tick();
    expect(on.pools.beat(nodeId, 'idle', 0).command).toBe('drain');
    await on.clock.advance(100_000);
    on.pools.ended(nodeId, 100_000, 'drained');
    await on.tick();
    expect(on.alive()).toEqual([]);
    expect(on.ledger.entry(nodeId)).toMatchObject({ source: 'node' });
    expect(on.runners.size).toBe(0);
  });

  it('bills a node that says nothing no longer than its lease', async () => {
    const nodeId = await warm();
    const lease = on.ledger.lease(nodeId);
    on.waiting = [];
    on.restart(others);
    await on.clock.advance((lease?.leasedMs ?? 0) - 1000);
    await on.tick();
    expect(on.alive()).toHaveLength(1);
    await on.clock.advance(24 * 3_600_000);
    await on.tick();
    expect(on.alive()).toEqual([]);
    expect(on.ledger.leases()).toEqual([]);
    expect(on.ledger.entry(nodeId)).toMatchObject({
      source: 'bounded',
      to: (lease?.openedAt ?? 0) + (lease?.leasedMs ?? 0),
    });
  });

  it('is stopped with all spending: a busy node’s job is cancelled, an idle node ends', async () => {
    const nodeId = await warm();
    expect(on.hand(1, nodeId)).toBe('go');
    on.waiting = [];
    on.restart(others);
    expect(on.pools.stopSpending('user:1')).toEqual({ nodes: 1, jobs: 1 });
    expect(on.canceled).toEqual(new Map([[1, 'spending_stopped']]));
    on.pools.admission.released(1, { runnerId: 1, nodeId, pool: 'train', site: 'cloud', tags: [] });
    expect(on.pools.stopSpending('user:1')).toEqual({ nodes: 1, jobs: 0 });
    expect(on.pools.beat(nodeId, 'idle', 0).command).toBe('end');
  });

  it('forgets an unbilled node that fell silent', async () => {
    on = poolsFixture([...others, { ...others[0], name: 'line', minNodes: 1 }]);
    await on.tick();
    on.enrollAll();
    on.restart(others);
    await on.tick();
    expect(on.alive()).toHaveLength(1);
    await on.clock.advance(121_000);
    await on.tick();
    expect(on.alive()).toEqual([]);
  });
});

describe('a node', () => {
  it('enrols once', async () => {
    await warm();
    const token = on.provider().orders[0]?.bootstrap.oneTimeToken ?? '';
    expect(() => on.pools.enroll(token)).toThrow(/used before/);
    expect(() => on.pools.enroll('seto_guess')).toThrow(/belongs to no node/);
  });

  it('is known by its token until it ends, and hears its lease and what to do', async () => {
    on = poolsFixture();
    on.wait(1);
    await on.tick();
    const { nodeToken } = on.pools.enroll(on.provider().orders[0]?.bootstrap.oneTimeToken ?? '');
    const { id } = on.only();
    expect(on.pools.nodeTokens.find(sha256(nodeToken))).toEqual({ kind: 'node', nodeId: id, site: 'cloud' });
    await on.clock.advance(60_000);
    expect(on.pools.beat(id, 'idle', 1000)).toEqual({
      ...{ leaseMs: 29 * 60_000, wholeMs: 30 * 60_000, unsure: false, command: 'run' },
    });
    expect(on.hand(1, id)).toBe('go');
    on.pools.stopNode(id, false, 'user:1');
    expect(on.pools.beat(id, 'busy', 1000).command).toBe('drain');
    on.pools.stopNode(id, true, 'user:1');
    expect(on.pools.beat(id, 'busy', 1000).command).toBe('end');
    await on.tick();
    expect(on.pools.nodeTokens.find(sha256(nodeToken))).toBe(null);
  });

  it('ends with all others on the way down', async () => {
    await warm();
    on.waiting = [];
    expect(await on.pools.reconciler.endAll(10_000)).toBe(1);
    expect(on.alive()).toEqual([]);
    expect(on.ledger.leases()).toEqual([]);
  });
});

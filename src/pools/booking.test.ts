import { afterEach, describe, expect, it } from 'vitest';
import { type PoolsFixture, poolsFixture } from '../../test/support/pools-fixture.ts';

let on: PoolsFixture;
afterEach(() => on.close());

const warm = () => {
  on = poolsFixture();
  return on.warm();
};

describe('a node that its provider found gone', () => {
  const goneAfter = async (ms: number) => {
    const nodeId = await warm();
    const lease = on.ledger.lease(nodeId);
    if (lease === null) throw new Error('no lease');
    on.waiting = [];
    await on.clock.advance(20_000);
    on.pools.beat(nodeId, 'idle', 0);
    const { openedAt: from, leasedMs } = lease;
    on.provider().kill(nodeId);
    on.provider().machines = async () => [
      { machineId: 'm', nodeId, installationId: 'seto-test', from, to: from + ms, bounded: true },
    ];
    on.restart();
    await on.clock.advance(61_000);
    await on.tick();
    await on.clock.advance(61_000);
    await on.tick();
    const entry = on.ledger.entry(nodeId);
    expect(entry?.source).toBe('bounded');
    return { bookedMs: (entry?.to ?? 0) - from, leasedMs };
  };

  it('is booked until then', async () => {
    expect((await goneAfter(50_000)).bookedMs).toBe(50_000);
  });

  it('is booked no longer than its lease, which ended it', async () => {
    const { bookedMs, leasedMs } = await goneAfter(72 * 3_600_000);
    expect(bookedMs).toBe(leasedMs);
  });

  it('is booked at least until it was heard of, whatever the wall clock said', async () => {
    expect((await goneAfter(5000)).bookedMs).toBe(20_000);
  });
});

describe('a provider that forgets what has ended', () => {
  it('has what it listed booked to the end of the lease, though its node never spoke', async () => {
    on = poolsFixture();
    on.wait(1);
    await on.tick();
    const { id } = on.only();
    const lease = on.ledger.lease(id);
    on.provider().faults.forgets = true;
    await on.clock.advance(25_000);
    on.waiting = [];
    on.pools.stopNode(id, true, 'user:1');
    await on.tick();
    const entry = on.ledger.entry(id);
    expect(entry?.source).toBe('bounded');
    expect((entry?.to ?? 0) - (entry?.from ?? 0)).toBe(lease?.leasedMs);
  });

  it('has it booked too where it listed it only while it was to end', async () => {
    on = poolsFixture();
    Object.assign(on.provider().faults, { listsLateMs: 960_000, billsLateMs: 7_200_000 });
    on.wait(1);
    await on.tick();
    const { id } = on.only();
    on.waiting = [];
    on.provider().faults.endFails = true;
    await on.clock.advance(900_000);
    await on.tick();
    expect(on.only().state).toBe('ending');
    await on.clock.advance(60_000);
    await on.tick();
    Object.assign(on.provider().faults, { endFails: false, forgets: true });
    await on.clock.advance(6000);
    await on.tick();
    expect(on.ledger.entry(id)).toMatchObject({ source: 'bounded' });
  });

  it('has it booked too where it told of it when it was asked for another node', async () => {
    on = poolsFixture();
    const { faults } = on.provider();
    const { machines } = on.provider();
    // The first machine is begun, and the call that begins it fails; then the other one's call is answered.
    Object.assign(faults, { startUnseen: true, listsLateMs: 7_200_000, billSilent: true });
    on.wait(1);
    await on.tick();
    const { id } = on.only();
    Object.assign(faults, { startUnseen: false, billSilent: false });
    on.wait(2);
    await on.clock.advance(1000);
    await on.tick();
    expect(await machines()).toHaveLength(2);
    faults.forgets = true;
    on.provider().kill(id);
    on.waiting = [];
    on.pools.stopNode(id, true, 'user:1');
    await on.clock.advance(10_000);
    await on.tick();
    expect(on.ledger.entry(id)).toMatchObject({ source: 'bounded' });
  });

  it('has what it billed past the lease booked until now', async () => {
    const nodeId = await warm();
    const { leasedMs = 0 } = on.ledger.lease(nodeId) ?? {};
    on.waiting = [];
    on.provider().faults.endFails = true;
    await on.clock.advance(leasedMs + 300_000);
    await on.tick();
    expect(on.ledger.lease(nodeId)).not.toBeNull();
    Object.assign(on.provider().faults, { endFails: false, forgets: true });
    await on.clock.advance(100_000);
    await on.tick();
    const entry = on.ledger.entry(nodeId);
    expect((entry?.to ?? 0) - (entry?.from ?? 0)).toBe(leasedMs + 400_000);
  });
});

describe('a start that nobody heard the end of', () => {
  const backAfter = async (ms: number, asked: boolean) => {
    on = poolsFixture();
    on.wait(1);
    const { faults } = on.provider();
    // Its start is asked for and begins a machine, of which this control plane never hears.
    Object.assign(faults, { startUnseen: true, silent: !asked, listsLateMs: 7_200_000, billSilent: true });
    await on.tick();
    const { id } = on.only();
    const lease = on.ledger.lease(id);
    on.waiting = [];
    on.provider().kill(id);
    Object.assign(faults, { startUnseen: false, silent: false, billSilent: false, forgets: true });
    await on.clock.advance(ms);
    on.restart();
    await on.tick();
    const { source, from = 0, to = 0 } = on.ledger.entry(id) ?? {};
    expect(from).toBe(lease?.openedAt);
    return { source, whole: to - from === lease?.leasedMs, nothing: to === from };
  };

  it('is nothing by the word of a provider that would still remember it', async () => {
    expect(await backAfter(47 * 3_600_000, true)).toMatchObject({ source: 'provider', nothing: true });
  });

  it('is its lease after an absence that the provider’s memory does not last for', async () => {
    expect(await backAfter(49 * 3_600_000, true)).toMatchObject({ source: 'bounded', whole: true });
  });

  it('is nothing where the provider was never asked', async () => {
    expect(await backAfter(49 * 3_600_000, false)).toMatchObject({ source: 'provider', nothing: true });
  });
});

describe('a machine that came after its node was over', () => {
  it('is in the ledger while it is billed, not only once it has ended', async () => {
    on = poolsFixture();
    const { faults } = on.provider();
    faults.startLateMs = 1_200_000;
    on.wait(1);
    await on.tick();
    const { id } = on.only();
    on.waiting = [];
    on.pools.stopNode(id, true, 'user:1');
    await on.clock.advance(61_000);
    await on.tick();
    await on.clock.advance(6000);
    await on.tick();
    expect(on.ledger.entry(id)).toMatchObject({ from: on.ledger.entry(id)?.to, source: 'provider' });
    Object.assign(faults, { startLateMs: 0, endFails: true });
    const bookedMs = async (): Promise<number> => {
      await on.tick();
      const { from = 0, to = 0 } = on.ledger.entry(id) ?? {};
      return to - from;
    };
    await on.clock.advance(1_200_000);
    await on.tick();
    await on.clock.advance(61_000);
    expect(await bookedMs()).toBe(61_000);
    await on.clock.advance(3_600_000);
    expect(await bookedMs()).toBe(3_661_000);
    expect(on.store.all('SELECT kind FROM budget_events').map(({ kind }) => kind)).toEqual(['overrun']);
    faults.endFails = false;
    await on.clock.advance(600_000);
    await on.tick();
    await on.clock.advance(61_000);
    expect(await bookedMs()).toBe(4_261_000);
  });
});

describe('a node that ended', () => {
  it('is booked by its record in full where the wall clock was set back before it first spoke', async () => {
    on = poolsFixture();
    on.wait(1);
    await on.tick();
    const { id } = on.only();
    await on.clock.advance(90_000);
    on.clock.jump(-80_000);
    on.enrollAll();
    on.waiting = [];
    on.provider().machines = async () => [];
    await on.clock.advance(200_000);
    on.provider().kill(id);
    on.pools.ended(id, 200_000, 'idle');
    await on.tick();
    const entry = on.ledger.entry(id);
    expect(entry?.source).toBe('node');
    expect((entry?.to ?? 0) - (entry?.from ?? 0)).toBe(290_000);
  });

  it('without the provider’s word is booked by its own record, boot included', async () => {
    const nodeId = await warm();
    on.provider().machines = async () => [];
    await on.clock.advance(600_000);
    on.provider().kill(nodeId);
    on.pools.ended(nodeId, 400_000, 'idle');
    on.waiting = [];
    await on.tick();
    const entry = on.ledger.entry(nodeId);
    expect(entry?.source).toBe('node');
    expect((entry?.to ?? 0) - (entry?.from ?? 0)).toBe(400_000);
  });

  it('is corrected when the provider’s bill says otherwise later', async () => {
    const nodeId = await warm();
    on.waiting = [];
    await on.clock.advance(100_000);
    on.provider().kill(nodeId);
    on.pools.ended(nodeId, 100_000, 'idle');
    await on.tick();
    const from = on.ledger.entry(nodeId)?.from ?? 0;
    on.provider().machines = async () => [
      { machineId: 'm', nodeId, installationId: 'seto-test', from, to: from + 123_000 },
    ];
    await on.clock.advance(61_000);
    await on.tick();
    expect(on.ledger.entry(nodeId)?.to).toBe(from + 123_000);
  });
});

describe('an orphan', () => {
  const found = async () => {
    on = poolsFixture();
    on.provider().plant('node-orphan');
    const from = on.clock.now();
    await on.clock.advance(300_000);
    on.provider().faults.endFails = true;
    return from;
  };
  const booked = () => {
    const { from, to, source } = on.ledger.entry('node-orphan') ?? {};
    return { from, to, source };
  };

  it('is booked since its machine began, though its provider forgets it once it has ended', async () => {
    const from = await found();
    await on.tick();
    on.restart();
    await on.clock.advance(10_000);
    await on.tick();
    on.provider().faults.endFails = false;
    on.provider().faults.forgets = true;
    await on.clock.advance(10_000);
    await on.tick();
    expect(booked()).toEqual({ from, to: from + 420_000, source: 'bounded' });
  });

  it('is booked by the provider’s dates where that only knows when it found it gone', async () => {
    const from = await found();
    on.provider().faults.bounds = true;
    on.provider().faults.billSilent = true;
    await on.tick();
    await on.clock.advance(70_000);
    on.provider().kill('node-orphan');
    await on.clock.advance(70_000);
    on.provider().faults.endFails = false;
    on.provider().faults.billSilent = false;
    await on.tick();
    await on.clock.advance(70_000);
    await on.tick();
    expect(booked()).toEqual({ from, to: from + 440_000, source: 'bounded' });
  });
});

import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { defaultPools, type PoolsFixture, poolsFixture } from '../../test/support/pools-fixture.ts';

let on: PoolsFixture;
afterEach(() => on.close());

const warm = () => {
  on = poolsFixture();
  return on.warm();
};

describe('hand-out', () => {
  it('prolongs the lease in the same transaction, or the job waits', async () => {
    const nodeId = await warm();
    await on.clock.advance(60_000);
    on.wait(2, { timeoutMs: 3_600_000 });
    expect(on.hand(2, nodeId)).toBe('go');
    expect(on.ledger.lease(nodeId)?.leasedMs).toBe(60_000 + 3_600_000 + 7 * 60_000);
    on.pools.admission.released(2, { runnerId: 1, nodeId, pool: 'train', site: 'cloud', tags: [] });
    on.wait(3, { timeoutMs: 24 * 3_600_000 });
    expect(on.hand(3, nodeId)).toMatchObject({ code: 'budget', values: { budgetYen: '1000.0' } });
    expect(on.pools.node(nodeId)?.jobId).toBe(null);
    expect(on.ledger.lease(nodeId)?.leasedMs).toBe(60_000 + 3_600_000 + 7 * 60_000);
  });

  it('keeps a cloud node to its project and protection level', async () => {
    const nodeId = await warm();
    on.wait(2, { projectId: 2 });
    on.wait(3, { protectedRef: false });
    expect(on.hand(2, nodeId)).toMatchObject({ code: 'starting' });
    expect(on.hand(3, nodeId)).toMatchObject({ code: 'starting' });
    expect(on.hand(1, nodeId)).toBe('go');
  });

  it('never commits more than the budget, however many nodes ask at once', async () => {
    on = poolsFixture([{ ...defaultPools[1], maxNodes: 8 }]);
    on.budget = { ...on.budget, yenPerMonth: 600 };
    for (let jobId = 1; jobId <= 8; jobId++) on.wait(jobId);
    await on.tick();
    on.enrollAll();
    for (let jobId = 11; jobId <= 18; jobId++) on.wait(jobId, { timeoutMs: 40 * 60_000 });
    const answers = on.alive().map((node, index) => on.hand(11 + index, node.id));
    expect(answers.filter((answer) => answer === 'go').length).toBeGreaterThan(0);
    expect(answers.filter((answer) => answer !== 'go').length).toBeGreaterThan(0);
    const kept = on.ledger.leases().reduce((sum, lease) => sum + lease.leasedMs, 0);
    expect((kept * 100) / 3_600_000).toBeLessThanOrEqual(600);
  });

  it('whatever jobs come to whatever nodes, keeps within the budget and lets through what fits', async () => {
    let opened = false;
    const step = fc.record({ node: fc.nat(), minutes: fc.integer({ min: 1, max: 240 }), pass: fc.nat(10) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.integer({ min: 0, max: 900 }),
        async (steps, yen) => {
          if (opened) on.close();
          opened = true;
          on = poolsFixture([{ ...defaultPools[1], maxNodes: 5 }]);
          on.budget = { ...on.budget, yenPerMonth: yen, taxRate: 0.1 };
          for (let jobId = 1; jobId <= 5; jobId++) on.wait(jobId);
          await on.tick();
          on.enrollAll();
          for (const [index, { node, minutes, pass }] of steps.entries()) {
            const all = on.alive();
            const chosen = all[node % Math.max(1, all.length)];
            if (chosen === undefined) break;
            const jobId = 100 + index;
            on.wait(jobId, { timeoutMs: minutes * 60_000 });
            const answer = on.hand(jobId, chosen.id);
            const kept = on.ledger.leases().reduce((sum, lease) => sum + BigInt(lease.leasedMs), 0n);
            const limit = BigInt(yen) * 3_600_000n * 10n;
            expect(kept * 100n * 11n <= limit).toBe(true);
            if (answer !== 'go') expect(answer.code).toBe('budget');
            const runner = {
              runnerId: 1,
              nodeId: chosen.id,
              pool: 'train',
              site: 'cloud' as const,
              tags: [],
            };
            if (answer === 'go') on.pools.admission.released(jobId, runner);
            await on.clock.advance(pass * 1000);
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  it('refuses in a paused pool and goes on when it is resumed', async () => {
    const nodeId = await warm();
    on.pools.pause('train', 'user:1');
    expect(on.hand(1, nodeId)).toMatchObject({ code: 'pool_paused' });
    on.wait(2);
    await on.tick();
    expect(on.notes.get(2)?.code).toBe('pool_paused');
    on.pools.resume(null, 'user:1');
    expect(on.hand(1, nodeId)).toBe('go');
  });

  it('waits after a restore until an admin confirms', async () => {
    const nodeId = await warm();
    on.pools.holdAfterRestore();
    expect(on.hand(1, nodeId)).toMatchObject({ code: 'restored' });
    expect(on.pools.show('onprem').held).toBe(null);
    on.pools.resume(null, 'user:1');
    expect(on.hand(1, nodeId)).toBe('go');
  });

  it('waits while the wall clock is behind where it was, also after a start; unbilled work goes on', async () => {
    const nodeId = await warm();
    await on.clock.advance(100_000);
    await on.tick();
    on.clock.jump(-30 * 60_000);
    expect(on.hand(1, nodeId)).toMatchObject({ code: 'clock', values: { minutes: 30 } });
    on.restart();
    expect(on.hand(1, nodeId)).toMatchObject({ code: 'clock' });
    on.wait(2, { tags: ['onprem'] });
    await on.tick();
    expect(on.notes.get(2)?.code).toBe('starting');
    on.clock.jump(30 * 60_000);
    await on.tick();
    expect(on.hand(1, nodeId)).toBe('go');
  });

  it('waits while our clock and the provider’s are more than five minutes apart, no longer', async () => {
    const nodeId = await warm();
    on.provider().faults.aheadMs = 6 * 60_000;
    on.wait(2);
    await on.tick();
    const waits = { code: 'clock_provider', values: { pool: 'train', minutes: 6 } };
    expect(on.notes.get(2)).toEqual(waits);
    expect(on.hand(1, nodeId)).toEqual(waits);
    expect(on.provider().orders.length).toBe(1);
    on.clock.jump(2 * 60_000);
    expect(on.hand(1, nodeId)).toBe('go');
    await on.tick();
    // The provider in memory reads our clock, and so moved with it.
    expect(on.notes.get(2)).toMatchObject({ code: 'clock_provider' });
    on.provider().faults.aheadMs = -4 * 60_000;
    await on.tick();
    expect(on.provider().orders.length).toBe(2);
  });

  it('measures from the time that a provider told last, where it tells none now', async () => {
    const nodeId = await warm();
    on.provider().now = async () => null;
    await on.clock.advance(100_000);
    await on.tick();
    on.clock.jump(6 * 60_000);
    await on.tick();
    expect(on.hand(1, nodeId)).toMatchObject({ code: 'clock_provider', values: { minutes: 6 } });
  });

  it('takes an administrator’s word that the earlier time is right, for good', async () => {
    on = poolsFixture();
    on.clock.jump(400 * 86_400_000);
    await on.tick();
    on.clock.jump(-400 * 86_400_000);
    on.wait(1);
    await on.tick();
    expect(on.notes.get(1)?.code).toBe('clock');
    on.pools.resume(null, 'user:1');
    on.restart();
    await on.tick();
    expect(on.notes.get(1)?.code).toBe('starting');
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PoolsFixture, poolsFixture } from '../../test/support/pools-fixture.ts';
import { costLines } from '../forge/cost-lines.ts';
import { createExpectedCosts } from './expected-cost.ts';
import { median } from './median.ts';

// A pool at 100 yen an hour: boot 15 min, idle tail 5 min, margin 2 min; a job of 10 min takes a lease of 32 min.
const leaseYen = (100 * 32) / 60;

let on: PoolsFixture;
beforeEach(() => {
  on = poolsFixture([
    {
      ...{ name: 'train', site: 'cloud', driver: 'process', tags: ['cloud'], pricePerHour: { yen: 100 } },
      ...{ maxNodes: 5, idleTimeout: '5m', bootTimeout: '15m' },
    },
  ]);
  on.budget = { ...on.budget, yenPerMonth: leaseYen + 1 };
});
afterEach(() => on.close());

const waitsForBudget = (jobId: number) => on.notes.get(jobId)?.code === 'budget';

describe('a job that the budget holds starts by itself', () => {
  beforeEach(async () => {
    on.wait(1);
    await on.tick();
    on.enrollAll();
    expect(on.hand(1, on.only().id)).toBe('go');
    on.waiting.splice(0);
    on.wait(2, { protectedRef: false });
    await on.tick();
    expect(waitsForBudget(2)).toBe(true);
    expect(on.alive()).toHaveLength(1);
  });

  it('when the budget is raised, and not before', async () => {
    await on.clock.advance(60_000);
    await on.tick();
    expect(on.alive()).toHaveLength(1);
    on.budget = { ...on.budget, yenPerMonth: 2 * leaseYen };
    await on.tick();
    expect(on.alive()).toHaveLength(2);
    expect(on.notes.get(2)?.code).toBe('starting');
  });

  it('when a lease ends early and gives its rest back', async () => {
    const node = on.only().id;
    on.budget = { ...on.budget, yenPerMonth: leaseYen * 1.5 };
    for (let minute = 0; minute < 10; minute++) {
      await on.clock.advance(60_000);
      on.pools.beat(node, 'busy', 0);
      await on.tick();
    }
    expect(waitsForBudget(2)).toBe(true);
    on.pools.stopNode(node, true, 'user:1');
    await on.tick();
    await on.tick();
    // A third of the first lease was used; with the second that is within one and a half.
    expect(on.alive().filter(({ id }) => id !== node)).toHaveLength(1);
    expect(on.notes.get(2)?.code).toBe('starting');
  });

  it('when the month turns', async () => {
    // 10 November, noon in Tokyo: the first job ends after ten minutes, and its money is spent.
    const node = on.only().id;
    await on.clock.advance(10 * 60_000);
    on.pools.stopNode(node, true, 'user:1');
    await on.tick();
    await on.tick();
    on.budget = { ...on.budget, yenPerMonth: leaseYen };
    await on.tick();
    expect(waitsForBudget(2)).toBe(true);
    const turn = Date.UTC(2026, 10, 30, 15);
    await on.clock.advance(turn - on.clock.now() - 1000);
    await on.tick();
    // A second before the turn nearly all of the lease is next month's, whose budget is whole; what is missing is now.
    await on.clock.advance(1000);
    await on.tick();
    expect(on.alive()).toHaveLength(1);
    expect(on.notes.get(2)?.code).toBe('starting');
  });
});

describe('all spending stops at once', () => {
  it('ends booting and idle nodes now, cancels jobs with the reason, and starts nothing until it is resumed', async () => {
    on.budget = { ...on.budget, yenPerMonth: 100_000 };
    const busy = await on.warm();
    expect(on.hand(1, busy)).toBe('go');
    on.waiting.splice(0);
    on.wait(2, { protectedRef: false });
    await on.tick();
    expect(on.alive()).toHaveLength(2);
    expect(on.pools.stopSpending('user:1')).toEqual({ nodes: 2, jobs: 1 });
    expect(on.canceled).toEqual(new Map([[1, 'spending_stopped']]));
    expect(on.pools.node(busy)?.state).toBe('draining');
    expect(on.pools.beat(busy, 'busy', 0).command).toBe('drain');
    await on.tick();
    await on.tick();
    expect(on.alive().map(({ id }) => id)).toEqual([busy]);
    expect(on.notes.get(2)?.code).toBe('pool_paused');
    on.pools.ended(busy, 1000, 'drained');
    await on.tick();
    await on.tick();
    expect(on.alive()).toEqual([]);
    on.pools.resume(null, 'user:1');
    await on.tick();
    expect(on.alive()).toHaveLength(1);
  });
});

describe('what a pipeline is expected to cost', () => {
  const job = (jobId: number, more: object = {}) => ({
    ...{ jobId, pipelineId: 1, projectId: 1, name: 'train', tags: ['cloud'], image: null },
    ...{ timeoutMs: 600_000, manual: false, attempts: 1, ...more },
  });
  const costs = (nodes: readonly string[] = []) =>
    createExpectedCosts({
      ...{ store: on.store, clock: on.clock, ledger: on.ledger, pools: on.pools.list },
      pastRuns: () => nodes.map((nodeId) => ({ nodeId, ranMs: 240_000, nodeJobs: 2, nodeRanMs: 480_000 })),
      budget: () => ({
        ...{ month: '2026-11', taxRate: 0.1, mode: on.budget.mode },
        kinds: [{ simulated: true, committed: { yen: 3 }, budget: { yen: on.budget.yenPerMonth } }],
      }),
    });

  it('is a share of the limit before the first run, and the lease at most; unbilled jobs cost nothing', () => {
    costs().note([job(1), job(2, { tags: ['onprem'] }), job(3, { manual: true, attempts: 3 })]);
    const [found, ...rest] = costs().of(1);
    expect(rest).toEqual([]);
    expect(found?.jobs.map(({ jobId, basis }) => [jobId, basis.kind])).toEqual([
      [1, 'share'],
      [3, 'manual'],
    ]);
    // Half of ten minutes and the idle tail, at 100 yen an hour with tax; manual jobs only count at most.
    expect(found?.expectedYen).toBeCloseTo(((5 + 5) / 60) * 100 * 1.1, 9);
    expect(found?.mostYen).toBeCloseTo(leaseYen * 1.1 * (1 + 3), 9);
    expect(found).toMatchObject({ simulated: true, committedYen: 3, month: '2026-11' });
  });

  it('is the median of what earlier runs were billed, boot and idle shared by the node’s jobs', async () => {
    on.budget = { ...on.budget, yenPerMonth: 1000 };
    const node = await on.warm();
    await on.clock.advance(20 * 60_000);
    on.pools.stopNode(node, true, 'user:1');
    await on.tick();
    await on.tick();
    const billed = on.ledger.entry(node);
    const ms = (billed?.to ?? 0) - (billed?.from ?? 0);
    expect(ms).toBeGreaterThanOrEqual(20 * 60_000);
    costs([node, 'node-unknown']).note([job(9)]);
    const [found] = costs().of(1);
    expect(found?.jobs[0]?.basis).toEqual({ kind: 'runs', runs: 1 });
    expect(found?.expectedYen).toBeCloseTo(((240_000 + (ms - 480_000) / 2) / 3_600_000) * 110, 3);
  });

  it('says whether the budget holds all of it, one at a time, or none', () => {
    costs().note([job(1), job(2)]);
    const room = (yen: number) => {
      on.budget = { ...on.budget, yenPerMonth: yen };
      return costs().of(1)[0]?.room;
    };
    const said = () => costLines('en', costs().of(1))[1];
    expect(room(2 * leaseYen + 0.001)).toBe('all');
    expect(said()).toMatch(/There is room for it\.$/);
    expect(room(2 * leaseYen - 0.001)).toBe('one');
    expect(room(leaseYen - 0.001)).toBe('none');
    expect(said()).toMatch(
      /waits, unless a node that is up is paid for long enough\. See `seto cost budget`\.$/,
    );
    on.budget = { ...on.budget, mode: 'warn' };
    expect(said()).toMatch(/it starts all the same \(mode warn\)\.$/);
    on.budget = {
      ...on.budget,
      mode: 'enforce',
      yenPerMonth: 1e6,
      projectYenPerMonth: () => leaseYen + 0.001,
    };
    expect(said()).toMatch(/not for all at once: .*project’s own budget/);
  });

  it('says that there is room for some where a short job fits beside a long one that does not', () => {
    costs().note([job(1), job(2, { timeoutMs: 6_000_000 })]);
    on.budget = { ...on.budget, yenPerMonth: leaseYen + 0.001 };
    expect(costs().of(1)[0]?.room).toBe('one');
    on.budget = { ...on.budget, yenPerMonth: leaseYen - 0.001 };
    expect(costs().of(1)[0]?.room).toBe('none');
  });

  it('takes the middle', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 7])).toBe(6);
    expect(median([4])).toBe(4);
  });
});

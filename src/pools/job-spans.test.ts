import { afterEach, expect, it } from 'vitest';
import { type PoolsFixture, poolsFixture } from '../../test/support/pools-fixture.ts';
import { breakdownByShare } from '../ledger/breakdown.ts';
import { monthReport } from '../ledger/report.ts';

let on: PoolsFixture;
afterEach(() => on.close());

it('bills a node’s time to the jobs that had it: boot to the first, gaps and tail to the one before', async () => {
  on = poolsFixture();
  const nodeId = await on.warm();
  const since = on.ledger.lease(nodeId)?.elapsedMs ?? 0;
  const runner = { runnerId: 1, nodeId, pool: 'train', site: 'cloud' as const, tags: [] };
  await on.clock.advance(60_000);
  on.wait(2, { timeoutMs: 600_000, userId: 7 });
  expect(on.hand(2, nodeId)).toBe('go');
  await on.clock.advance(120_000);
  on.pools.admission.released(2, runner);
  await on.clock.advance(30_000);
  on.wait(3, { timeoutMs: 600_000, userId: 8 });
  expect(on.hand(3, nodeId)).toBe('go');
  // The wall clock may jump; a node's time does not.
  on.clock.jump(-45_000);
  await on.clock.advance(40_000);
  on.pools.admission.released(3, runner);
  await on.clock.advance(20_000);
  const report = monthReport({
    store: on.store,
    timeZone: 'Asia/Tokyo',
    now: on.clock.now(),
    leases: on.ledger.leases(),
    budget: on.budget,
    month: '2026-11',
  });
  const rows = breakdownByShare(
    {
      store: on.store,
      leases: on.ledger.leases(),
      report,
      names: { project: () => 'shop/inspection', person: (id) => `person-${id}` },
      reader: { seesProject: () => true, seesPerson: (id) => id === 7 },
      estimateOf: (id) => (id === 2 ? { expected: 10n, most: 20n } : null),
    },
    'person',
  );
  expect(rows.map(({ kind, name, workMs, waitMs }) => ({ kind, name, workMs, waitMs }))).toEqual([
    { kind: 'person', name: 'person-7', workMs: 120_000, waitMs: since + 60_000 + 30_000 },
    { kind: 'others', name: '', workMs: 40_000, waitMs: 20_000 },
  ]);
  expect(rows[0]).toMatchObject({ expected: { exact: '10' }, most: { exact: '20' } });
  expect(rows[1]?.expected).toBe(null);
});

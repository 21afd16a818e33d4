import { afterAll, beforeAll, expect, it } from 'vitest';
import { shippedBook } from '../../../src/cost/prices/shipped-book.ts';
import { createLedger } from '../../../src/ledger/ledger.ts';
import { endMarginMs } from '../../../src/pools/admission.ts';
import { poolPrice } from '../../../src/pools/pool-config.ts';
import { createPools } from '../../../src/pools/pools.ts';
import { silentLog } from '../../../src/shared/log.ts';
import { fakeNodePool } from '../../support/fake-node-pool.ts';
import { type ForgeFixture, forgeFixture } from '../../support/forge-fixture.ts';
import { sleep, until } from '../../support/platform.ts';
import { poolsSchema } from '../../support/pools-schema.ts';

let fixture: ForgeFixture;
beforeAll(async () => {
  fixture = await forgeFixture();
});
afterAll(() => fixture.close());

const minute = 60_000;

it('of a hundred nodes that ask for a job in the same moment, with money for ten, exactly ten get one', async () => {
  const { store, clock, forge } = fixture;
  const budget = { yenPerMonth: 1e6, mode: 'enforce' as const, taxRate: 0.1, projectYenPerMonth: () => null };
  const ledger = createLedger({ store, clock, timeZone: 'Asia/Tokyo', budget: () => budget });
  const [config] = poolsSchema.parse([
    {
      ...{ name: 'train', site: 'cloud', driver: 'process', tags: ['cloud'], pricePerHour: { yen: 60 } },
      ...{ maxNodes: 100, minNodes: 100, idleTimeout: '5m', bootTimeout: '10m' },
    },
  ]);
  if (config === undefined) throw new Error('no pool');
  const driver = fakeNodePool(clock);
  const pools = createPools({
    ...{ store, clock, log: silentLog, audit: () => undefined, installationId: 'seto-test', ledger },
    ...{
      timeZone: 'Asia/Tokyo',
      price: (pool) => poolPrice(pool, shippedBook, 150),
      forge: () => forge,
      pools: [{ config, driver }],
    },
    home: () => ({ url: fixture.url, ca: null }),
  });
  // A hundred warm nodes, each with a runner token of its own, paid for an hour and ten minutes.
  await pools.reconciler.tick();
  await new Promise((resolve) => setImmediate(resolve));
  const tokens = driver.orders.map(({ bootstrap }) => pools.enroll(bootstrap.oneTimeToken).runnerToken);
  expect(tokens.length).toBe(100);
  forge.setAdmission(pools.admission);
  const folder = await fixture.clone('race', {
    '.gitlab-ci.yml':
      'work: { tags: [cloud], parallel: 100, timeout: 2h, script: [sleep 1], variables: { GIT_STRATEGY: none } }',
  });
  const pushed = await fixture.git(folder, 'push', 'origin', 'main');
  expect(pushed.stderr).toContain('remote: Pipeline');
  // To run to its limit each job needs 2 h 7 min from now on, of which at most 70 minutes are paid. Room for ten.
  const leases = ledger.leases();
  const paidMs = leases.reduce((sum, { leasedMs }) => sum + leasedMs, 0);
  const wantedMs = 120 * minute + config.idleTimeoutMs + endMarginMs;
  const growths = leases.map(({ elapsedMs, leasedMs }) => elapsedMs + wantedMs - leasedMs);
  const growthMs = Math.min(...growths);
  // Half a growth more than ten, since each node is some milliseconds older than it was here.
  budget.yenPerMonth = (((paidMs + growthMs * 10.5) / 3_600_000) * 60 * 11) / 10;
  const enough = new AbortController();
  let given = 0;
  const asked = tokens.map((token) =>
    fixture
      .fetch('/api/v4/jobs/request', {
        ...{ method: 'POST', token: null, signal: enough.signal },
        json: { token, info: { executor: 'shell', features: {} } },
      })
      .then(
        ({ status }) => {
          given += Number(status === 201);
          return status;
        },
        () => 'held',
      ),
  );
  await until('ten jobs', 30_000, () => given >= 10);
  // Whoever is still to be answered is held by now; an eleventh would have come.
  await sleep(1500);
  enough.abort();
  const answers = await Promise.all(asked);
  expect(answers.filter((answer) => answer === 201).length).toBe(10);
  expect(answers.filter((answer) => answer === 'held').length).toBe(90);
  const [{ id: oneThatWaits } = { id: 0 }] = store.all<{ id: number }>(
    "SELECT id FROM jobs WHERE status = 'pending'",
  );
  const jobs = store.all<{ status: string; pending_reason: string | null }>('SELECT * FROM jobs');
  expect(jobs.filter(({ status }) => status === 'running').length).toBe(10);
  const waiting = jobs.filter(({ status }) => status === 'pending');
  expect(waiting.length).toBe(90);
  for (const { pending_reason } of waiting) expect(pending_reason).toContain('"budget"');
  const kept = ledger.leases().reduce((sum, { leasedMs }) => sum + leasedMs, 0);
  expect(((kept / 3_600_000) * 60 * 11) / 10 <= budget.yenPerMonth).toBe(true);
  // Wakes the requests that are held, whose time is over.
  fixture.turn(60_000);
  forge.setJobNote(oneThatWaits, null);
});

import { expect, it } from 'vitest';
import { hour, ledgerStage, roomyBudget, timeZone } from '../../test/support/ledger-stage.ts';
import { nanoYen } from '../cost/money.ts';
import { closeDays } from './closed-days.ts';
import { monthReport } from './report.ts';

const stage = ledgerStage();

const open = (nodeId: string) =>
  stage.ledger.openLease({
    ...{ nodeId, pool: 'a', price: nanoYen(60), vm: null, region: null },
    ...{ simulated: false, projectId: null, leasedMs: hour, forcedBy: null },
  });
const report = () =>
  monthReport({
    store: stage.store,
    timeZone,
    now: stage.clock.now(),
    leases: stage.ledger.leases(),
    budget: roomyBudget,
    month: '2026-11',
  });

it('tells corrections with what they replaced, why, and the difference', async () => {
  open('n');
  await stage.clock.advance(hour);
  const from = stage.clock.now() - hour;
  stage.ledger.closeLease('n', { source: 'bounded', to: from + hour });
  stage.ledger.correct('n', { from, to: from + hour / 2 }, 'the provider’s bill');
  const { corrections } = report();
  expect(corrections).toMatchObject({
    count: 1,
    latest: [
      {
        nodeId: 'n',
        reason: 'the provider’s bill',
        was: { to: from + hour, source: 'bounded' },
        is: { to: from + hour / 2, source: 'provider' },
        difference: { yen: -30 },
      },
    ],
  });
});

it('counts a node that runs in a closed day after the clock was set back', async () => {
  open('n');
  await stage.clock.advance(hour);
  stage.ledger.closeLease('n', { source: 'provider', to: stage.clock.now() });
  await stage.clock.advance(48 * hour);
  expect(closeDays(stage.store, timeZone, stage.clock.now())).toBe(2);
  stage.clock.jump(-48 * hour);
  open('m');
  await stage.clock.advance(hour);
  expect(report().items[0]?.nodeMs).toEqual({ 1: 2 * hour });
  stage.ledger.closeLease('m', { source: 'provider', to: stage.clock.now() });
  expect(report().items[0]?.nodeMs).toEqual({ 1: 2 * hour });
});

import { expect, it } from 'vitest';
import type { Shortfall } from './budget.ts';
import type { Ledger } from './ledger.ts';
import { warnOnOverspend } from './warn-on-overspend.ts';

it('says whose lease went past the budget, and nothing of one that fits', () => {
  const shortfall = { scope: 'project', neededYen: '2.0' } as Shortfall;
  let warning: Shortfall | null = shortfall;
  const ledger = {
    leases: () => [{ nodeId: 'node-a', projectId: 7 }],
    openLease: () => ({ fits: true, warning }),
  } as unknown as Ledger;
  const told: unknown[] = [];
  const heeding = warnOnOverspend(ledger, (lease, why) => void told.push([lease, why]));
  heeding.openLease({ nodeId: 'node-a' } as Parameters<Ledger['openLease']>[0]);
  warning = null;
  heeding.openLease({ nodeId: 'node-a' } as Parameters<Ledger['openLease']>[0]);
  expect(told).toEqual([[{ nodeId: 'node-a', projectId: 7 }, shortfall]]);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../shared/clock.ts';
import { silentLog } from '../shared/log.ts';
import { openMigrated } from '../store/migrations.ts';
import type { Store } from '../store/store.ts';
import { type BudgetAlert, createBudgetAlerts } from './budget-alerts.ts';
import type { BudgetView } from './cost-reports.ts';

let dir: string;
let store: Store;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'seto-alerts-'));
  store = openMigrated(path.join(dir, 'seto.db'));
});
afterEach(() => {
  store.close();
  rmSync(dir, { recursive: true, force: true });
});

it('tells once of each threshold passed, and again only where nobody heard', async () => {
  let yen = 0;
  let deaf = false;
  const told: BudgetAlert[] = [];
  const kinds = () =>
    [
      { simulated: true, committed: { yen, exact: '0' }, budget: { yen: 1000, exact: '0' } },
    ] as unknown as BudgetView['kinds'];
  const alerts = createBudgetAlerts({
    store,
    clock: systemClock,
    log: silentLog,
    thresholds: [50, 80, 100],
    reports: { budget: () => ({ month: '2026-11', kinds: kinds() }) as BudgetView },
    tell: async (alert) => {
      if (deaf) throw new Error('nobody there');
      told.push(alert);
    },
  });
  await alerts.look();
  expect(told).toEqual([]);
  yen = 810;
  deaf = true;
  await expect(alerts.look()).rejects.toThrow('nobody there');
  deaf = false;
  await alerts.look();
  await alerts.look();
  expect(told.map(({ threshold }) => threshold)).toEqual([50, 80]);
  yen = 1000;
  await alerts.look();
  expect(told.at(-1)).toEqual({
    month: '2026-11',
    simulated: true,
    threshold: 100,
    committedYen: 1000,
    budgetYen: 1000,
  });
});

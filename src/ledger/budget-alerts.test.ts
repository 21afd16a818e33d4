import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { manualClock } from '../../test/support/manual-clock.ts';
import { systemClock } from '../shared/clock.ts';
import { silentLog } from '../shared/log.ts';
import { openMigrated } from '../store/migrations.ts';
import type { Store } from '../store/store.ts';
import { createBudgetAlerts } from './budget-alerts.ts';
import { budgetEvents, type NewBudgetEvent, noteBudgetEvent } from './budget-events.ts';
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
  let limit = 1000;
  let deaf = false;
  const told: { threshold?: number }[] = [];
  const kinds = () =>
    [
      { simulated: true, committed: { yen, exact: '0' }, budget: { yen: limit, exact: '0' } },
    ] as unknown as BudgetView['kinds'];
  const alerts = createBudgetAlerts({
    store,
    clock: systemClock,
    log: silentLog,
    thresholds: [50, 80, 100],
    reports: { budget: () => ({ month: '2026-11', kinds: kinds() }) as BudgetView },
    tell: async (alert) => {
      if (deaf) throw new Error('nobody there');
      told.push(alert as { threshold: number });
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
    kind: 'threshold',
    id: 3,
    at: expect.stringMatching(/^\d{4}-.*Z$/),
    month: '2026-11',
    simulated: true,
    threshold: 100,
    committedYen: 1000,
    budgetYen: 1000,
  });
  limit = 1500;
  await alerts.look();
  expect(told.slice(3)).toMatchObject([{ threshold: 50, budgetYen: 1500 }]);
  limit = 1000;
  await alerts.look();
  expect(told.length).toBe(4);
});

const noBudget = { budget: () => ({ month: '2026-11', kinds: [] }) as unknown as BudgetView };

it('tells events of every kind once and in order, over a start', async () => {
  const event = (key: string, kind: NewBudgetEvent['kind']): NewBudgetEvent => ({
    ...{ key, kind, month: '2026-11', simulated: true, at: 5 },
    detail: { jobId: 7 },
  });
  store.transaction(() => void noteBudgetEvent(store, event('refused 7', 'refused')));
  expect(noteBudgetEvent(store, event('refused 7', 'refused'))).toBe(false);
  noteBudgetEvent(store, event('orphan node-1', 'orphan'));
  const told: { kind?: string }[] = [];
  const again = () =>
    createBudgetAlerts({
      ...{ store, clock: systemClock, log: silentLog, thresholds: [], reports: noBudget },
      tell: async (message) => void told.push(message),
    });
  await again().look();
  await again().look();
  expect(told.map(({ kind }) => kind)).toEqual(['refused', 'orphan']);
  expect(told[0]).toMatchObject({ jobId: 7, month: '2026-11', simulated: true });
  expect(budgetEvents(store, { limit: 9 }).map(({ kind }) => kind)).toEqual(['orphan', 'refused']);
  expect(budgetEvents(store, { month: '2026-10', limit: 9 })).toEqual([]);
});

it('gives one event up after a day of refusals, so that later ones are heard', async () => {
  const clock = manualClock();
  const note = (key: string) =>
    noteBudgetEvent(store, {
      ...{ key, kind: 'refused', month: '2026-11', simulated: false, detail: { key } },
      at: clock.now(),
    });
  const told: string[] = [];
  const alerts = createBudgetAlerts({
    ...{ store, clock, log: silentLog, thresholds: [], reports: noBudget },
    tell: async (message) => {
      const { key } = message as { key: string };
      if (key === 'bad') throw new Error('HTTP 400');
      told.push(key);
    },
  });
  note('bad');
  await clock.advance(3_600_000);
  note('good');
  await expect(alerts.look()).rejects.toThrow('HTTP 400');
  expect(told).toEqual([]);
  await clock.advance(23 * 3_600_000);
  await alerts.look();
  expect(told).toEqual(['good']);
});

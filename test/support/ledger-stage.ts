import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { BudgetConfig } from '../../src/ledger/budget.ts';
import { createLedger, type Ledger } from '../../src/ledger/ledger.ts';
import { openMigrated } from '../../src/store/migrations.ts';
import type { Store } from '../../src/store/store.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';

export const hour = 3_600_000;
export const timeZone = 'Asia/Tokyo';

/** A limit that no test of a bill comes near, without tax. */
export const roomyBudget: BudgetConfig = {
  ...{ yenPerMonth: 1e6, mode: 'enforce', taxRate: 0, projectYenPerMonth: () => null },
};

/** An empty ledger in a store of its own on a clock by hand, new for each test of the file. */
export interface LedgerStage {
  readonly folder: string;
  readonly store: Store;
  readonly clock: ManualClock;
  readonly ledger: Ledger;
}

/** Makes the stage with the file's hooks. `budget` is asked at each decision. */
export function ledgerStage(budget: () => BudgetConfig = () => roomyBudget): LedgerStage {
  let folder: string;
  let store: Store;
  let clock: ManualClock;
  let ledger: Ledger;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'seto-ledger-'));
    store = openMigrated(path.join(folder, 'seto.db'));
    clock = manualClock();
    ledger = createLedger({ store, clock, timeZone, budget });
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });
  return {
    get folder() {
      return folder;
    },
    get store() {
      return store;
    },
    get clock() {
      return clock;
    },
    get ledger() {
      return ledger;
    },
  };
}

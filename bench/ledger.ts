import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monthOf, monthSpan } from '../src/cost/calendar.ts';
import { nanoYen } from '../src/cost/money.ts';
import { breakdownByShare } from '../src/ledger/breakdown.ts';
import type { BudgetConfig } from '../src/ledger/budget.ts';
import { closeDays } from '../src/ledger/closed-days.ts';
import { createLedger } from '../src/ledger/ledger.ts';
import { type MonthReport, monthReport } from '../src/ledger/report.ts';
import { intervalPage } from '../src/ledger/report-intervals.ts';
import { systemClock } from '../src/shared/clock.ts';
import { openMigrated } from '../src/store/migrations.ts';
import type { Store } from '../src/store/store.ts';
import { median, percentile, type Row, tableText } from './table.ts';

const timeZone = 'Asia/Tokyo';
const intervals = 1_000_000;
const years = 3;
const hour = 3_600_000;
const pools = ['develop', 'train', 'train-gpu'];

/** The ledger with a million intervals over three years, in a database of its own in a temporary folder. */
export function measureLedger(tell: (line: string) => void): Row[] {
  const dir = mkdtempSync(path.join(tmpdir(), 'seto-bench-ledger-'));
  const store = openMigrated(path.join(dir, 'seto.db'));
  try {
    tell('writing a million intervals');
    const now = Date.now();
    const begin = fill(store, now);
    return measure(store, now, begin, tell);
  } finally {
    store.close();
    rmSync(dir, { recursive: true });
  }
}

/** Three pools at two prices, five minutes to six hours each, one job a node; spread evenly up to now. */
function fill(store: Store, now: number): number {
  const begin = now - years * 365 * 24 * hour;
  const step = (now - begin) / intervals;
  // The same intervals in every run.
  let seed = 1;
  const random = (): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  for (let first = 0; first < intervals; first += 50_000)
    store.transaction(() => {
      for (let at = first; at < first + 50_000; at += 1) {
        const from = Math.floor(begin + at * step);
        const to = Math.min(now, from + 5 * 60_000 + Math.floor(random() ** 3 * 5.9 * hour));
        const price = Number(nanoYen(at < intervals / 2 ? 32.1 : 35.25));
        store.run(
          `INSERT INTO ledger_entries (node_id, pool, price, vm, region, simulated, project_id, from_at, to_at, source, booked_at)
           VALUES (?, ?, ?, 'Standard_F4s_v2', 'japaneast', 0, ?, ?, ?, 'provider', ?)`,
          `node-${at}`,
          pools[at % pools.length] ?? '',
          price,
          (at % 7) + 1,
          from,
          to,
          to,
        );
        store.run(
          `INSERT INTO job_spans (node_id, ordered, job_id, job_name, pipeline_id, project_id, user_id, from_at, to_at)
           VALUES (?, 0, ?, 'train', ?, ?, ?, ?, ?)`,
          `node-${at}`,
          at,
          at,
          (at % 7) + 1,
          (at % 11) + 1,
          from + 60_000,
          to - 60_000,
        );
      }
    });
  return begin;
}

function measure(store: Store, now: number, begin: number, tell: (line: string) => void): Row[] {
  const budget: BudgetConfig = {
    yenPerMonth: 1e9,
    mode: 'enforce',
    taxRate: 0.1,
    projectYenPerMonth: () => 1e9,
  };
  const report = (month: string): MonthReport =>
    monthReport({ store, timeZone, now, leases: [], budget, month });
  const past = monthOf(begin + 400 * 24 * hour, timeZone);
  const last = monthOf(monthSpan(monthOf(now, timeZone), timeZone).from - 1, timeZone);
  const present = monthOf(now, timeZone);

  tell('month reports');
  const cold = [past, last, present].map((month) => timed(() => report(month)));
  let closed = 0;
  const closing = timed(() => {
    for (let days = closeDays(store, timeZone, now); days > 0; days = closeDays(store, timeZone, now))
      closed += days;
  });
  const warm = [past, last, present].map((month) => median(repeat(9, () => report(month))));
  const shown = report(past);
  const count = shown.items.reduce((sum, item) => sum + item.nodes, 0);
  tell('breakdown and pages');
  const byJob = median(
    repeat(5, () =>
      breakdownByShare(
        {
          store,
          leases: [],
          report: shown,
          names: { project: () => 'a/b', person: () => 'a' },
          reader: { seesProject: () => true, seesPerson: () => true },
          estimateOf: () => null,
        },
        'job',
      ),
    ),
  );
  const page = median(
    repeat(9, () => intervalPage({ store, timeZone, month: past, leases: [], after: null, limit: 1000 })),
  );
  tell('decisions');
  const ledger = createLedger({ store, clock: systemClock, timeZone, budget: () => budget });
  const order = (nodeId: string) => ({
    nodeId,
    pool: 'train',
    price: nanoYen(32.1),
    vm: null,
    region: null,
    simulated: false,
    projectId: 1,
    leasedMs: hour,
    forcedBy: null,
  });
  for (let at = 0; at < 20; at += 1) ledger.openLease(order(`open-${at}`));
  const decisions = repeat(200, () => ledger.fits(order('asked')));
  return [
    {
      what: `month report, ${count.toLocaleString('en-US')} intervals of ${(intervals / 1e6).toFixed(0)} million`,
      value: Math.max(...warm),
      unit: 'ms',
      beside: `two past months and the present one: ${warm.map((ms) => ms.toFixed(0)).join(', ')} ms`,
      aim: { most: 200 },
    },
    {
      what: 'month report, the first after an import',
      value: Math.max(...cold),
      unit: 'ms',
      beside: `no day closed yet: ${cold.map((ms) => ms.toFixed(0)).join(', ')} ms`,
      aim: { most: 3000 },
    },
    {
      what: `closing ${closed} days of ${years} years`,
      value: closing,
      unit: 'ms',
      beside: 'a month of days at a time, beside other work',
      aim: null,
    },
    {
      what: 'the month by job',
      value: byJob,
      unit: 'ms',
      beside: `first page of 1,000 intervals ${page.toFixed(0)} ms`,
      aim: null,
    },
    {
      what: 'budget decision, 20 leases open',
      value: percentile(decisions, 0.99),
      unit: 'ms',
      beside: `99 of 100; median ${median(decisions).toFixed(2)} ms`,
      aim: null,
    },
  ];
}

function timed(work: () => unknown): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

function repeat(times: number, work: () => unknown): number[] {
  return Array.from({ length: times }, () => timed(work));
}

if (process.argv[1] === import.meta.filename)
  process.stdout.write(`${tableText(measureLedger((line) => process.stderr.write(`${line}\n`)))}\n`);

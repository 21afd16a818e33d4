import { expect, it } from 'vitest';
import { hour, ledgerStage, roomyBudget, timeZone } from '../../../test/support/ledger-stage.ts';
import { nanoYen } from '../../cost/money.ts';
import { breakdownByItem } from '../../ledger/breakdown.ts';
import { monthReport } from '../../ledger/report.ts';
import { terminalCli } from '../terminal.ts';
import { printBreakdown, printReport } from './print-report.ts';

const stage = ledgerStage();

it.each(['en', 'ja'] as const)('tells a pool’s rows apart after a price changed: %s', async (lang) => {
  for (const [nodeId, yen] of Object.entries({ a: 30, b: 34.5 })) {
    stage.ledger.openLease({
      ...{ nodeId, pool: 'train', price: nanoYen(yen), vm: null, region: null },
      ...{ simulated: false, projectId: null, leasedMs: hour, forcedBy: 'test' },
    });
    await stage.clock.advance(2.5 * hour);
    stage.ledger.closeLease(nodeId, { source: 'provider', to: stage.clock.now() });
  }
  const report = monthReport({
    ...{ store: stage.store, timeZone, now: stage.clock.now(), leases: [] },
    ...{ budget: roomyBudget, month: '2026-11' },
  });
  const lines: string[] = [];
  const cli = { ...terminalCli(lang, AbortSignal.abort()), print: (line: string) => void lines.push(line) };
  printReport(cli, report, null);
  expect(lines.slice(1, 3)).toEqual([
    expect.stringMatching(/^ {2}train .*\b30\.00\b/),
    expect.stringMatching(/^ {2}train .*\b34\.50\b/),
  ]);
  lines.length = 0;
  printBreakdown(cli, { month: report.month, by: 'item', rows: breakdownByItem(report, 'item') });
  expect(lines.slice(2)).toEqual([
    expect.stringMatching(/^ {2}train +2\.5000 +30\.00 +75\.00$/),
    expect.stringMatching(/^ {2}train +2\.5000 +34\.50 +86\.25$/),
  ]);
});

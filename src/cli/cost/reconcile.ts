import path from 'node:path';
import type { Command } from 'commander';
import { costReport } from '../../api/contract/costs.ts';
import { status } from '../../api/contract/platform.ts';
import type { Client } from '../../client/client.ts';
import { monthsOf, type Span } from '../../cost/calendar.ts';
import { parseDecimal } from '../../cost/invoice/decimal.ts';
import type { InvoiceLine } from '../../cost/invoice/invoice-line.ts';
import { createReconciler, type LedgerSide } from '../../cost/invoice/reconcile.ts';
import { fault } from '../../shared/errors.ts';
import { say } from '../../shared/text.ts';
import type { Cli } from '../cli.ts';
import { allIntervals } from './all-intervals.ts';
import { printReconciliation } from './print-reconciliation.ts';
import { readInvoice } from './read-invoice.ts';

const day = 86_400_000;

/** `seto cost reconcile` */
export function registerReconcile(cost: Command, cli: Cli): void {
  cost
    .command('reconcile')
    .description(
      'an Azure usage-details CSV (EA, pay-as-you-go or MCA) against the ledger; the file stays here; exit 1 when they differ',
    )
    .argument('<file>')
    .option('--yen-per-dollar <rate>', 'the rate of an invoice in dollars')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto cost reconcile usage-details.csv')
    .action(async (given: string, options: { yenPerDollar?: string; json?: true }) => {
      const file = path.resolve(cli.cwd, given);
      const rate = options.yenPerDollar === undefined ? null : dollarRate(cli, options.yenPerDollar);
      // Twice over the file: the ledger is asked for its months, and nothing of the file is kept in memory.
      const period = await periodOf(file, rate !== null);
      const client = await cli.client();
      const ledger = await readLedger(client, period);
      const reconciler = createReconciler(ledger, rate ?? parseDecimal('1') ?? 0n);
      for await (const line of readInvoice(file)) reconciler.add(line);
      const result = reconciler.result();
      if (options.json) cli.json(result);
      else printReconciliation(cli, result);
      if (result.findings.length > 0) {
        const yen = result.findings.reduce((sum, { differenceYen }) => sum + differenceYen, 0);
        throw fault('cost.invoice_differs', { count: result.findings.length, yen: yen.toFixed(2) });
      }
    });
}

function dollarRate(cli: Cli, given: string): bigint {
  const rate = parseDecimal(given);
  if (rate === null || rate <= 0n)
    throw fault('core.usage', {
      what: say(cli.lang, 'usage.bad_value', {
        name: '--yen-per-dollar',
        given,
        expected: say(cli.lang, 'cost.invoice.rate'),
      }),
      command: 'seto cost reconcile',
    });
  return rate;
}

/** The days that a file covers; its currency is checked before the platform is asked for anything. */
async function periodOf(file: string, dollars: boolean): Promise<Span | null> {
  let first: string | null = null;
  let last: string | null = null;
  const wanted = dollars ? 'USD' : 'JPY';
  const check = ({ currency }: InvoiceLine) => {
    if (currency !== wanted) throw fault('cost.invoice_currency', { file, currency, wanted });
  };
  for await (const line of readInvoice(file)) {
    check(line);
    if (first === null || line.day < first) first = line.day;
    if (last === null || line.day > last) last = line.day;
  }
  return first === null || last === null ? null : { from: Date.parse(first), to: Date.parse(last) + day };
}

/** Everything real that the ledger has in the period; a node that two months share is taken once. */
async function readLedger(client: Client, period: Span | null): Promise<LedgerSide> {
  const { installationId } = await client.call(status);
  const { timeZone } = await client.call(costReport, { query: {} });
  const nodes = new Map<string, LedgerSide['nodes'][number]>();
  const fixed = new Map<string, LedgerSide['fixed'][number]>();
  for (const month of period === null ? [] : monthsOf(period, timeZone)) {
    for await (const each of allIntervals(client, month))
      if (!each.simulated)
        nodes.set(`${each.nodeId} ${each.from}`, { ...each, price: Math.round(each.unitPrice * 1e9) });
    const report = await client.call(costReport, { query: { month } });
    for (const item of report.items)
      if (!item.simulated && item.exists !== null)
        fixed.set(`${item.name} ${item.exists.from}`, {
          name: item.name,
          formula: item.formula,
          count: Number(Object.keys(item.nodeMs)[0] ?? 1),
          price: Math.round(item.unitPrice * 1e9),
          from: item.exists.from,
          to: item.exists.to ?? report.until,
        });
  }
  return { installationId, nodes: [...nodes.values()], fixed: [...fixed.values()] };
}

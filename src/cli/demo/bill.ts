import { type CostInterval, type CostReport, costReport } from '../../api/contract/costs.ts';
import { listNodes } from '../../api/contract/pools.ts';
import type { Client } from '../../client/client.ts';
import { fault } from '../../shared/errors.ts';
import type { Lang } from '../../shared/text/format.ts';
import { say } from '../../shared/text.ts';
import { allIntervals } from '../cost/all-intervals.ts';

/** Formula (1) worked out again from the intervals that the report lists; yen as the exact count of its unit. */
export interface Recomputed {
  pool: string;
  exact: string;
  ledger: string;
}

/** The month's bill with the intervals that it is made of. */
export interface Bill {
  report: CostReport;
  intervals: CostInterval[];
  recomputed: Recomputed[];
}

/** Waits until no billed node is up, so that the bill is whole. */
export async function waitForNodesToEnd(
  client: Client,
  limitMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const until = performance.now() + limitMs;
  while (performance.now() < until) {
    signal.throwIfAborted();
    const nodes = await client.call(listNodes);
    if (nodes.every((node) => node.site !== 'cloud' || node.state === 'ended')) return true;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return false;
}

/** Reads the month's bill and holds it against its own intervals; throws where they disagree. */
export async function readBill(client: Client): Promise<Bill> {
  const report = await client.call(costReport);
  const intervals = await Array.fromAsync(allIntervals(client, report.month));
  const recomputed = report.items
    .filter((item) => item.formula === '(1)')
    .map((item): Recomputed => {
      const ms = intervals
        .filter((each) => each.pool === item.name && each.vm === item.vm && each.simulated === item.simulated)
        .reduce((sum, { from, to }) => sum + BigInt(to - from), 0n);
      const price = BigInt(Math.round(item.unitPrice * 1e9));
      return { pool: item.name, exact: String(ms * price), ledger: item.amount.exact };
    });
  const wrong = recomputed.find(({ exact, ledger }) => exact !== ledger);
  if (wrong) throw fault('demo.figure', { expected: `formula (1) = ${wrong.exact}`, seen: wrong.ledger });
  if (recomputed.length === 0) throw fault('demo.figure', { expected: 'a billed node', seen: 'none' });
  return { report, intervals, recomputed };
}

/** The bill as people read it: intervals, T_n, formula (1), the month. */
export function billLines({ report, intervals }: Bill, lang: Lang, timeZone: string): string[] {
  const time = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const yen = (value: number) => value.toFixed(3);
  return [
    ...intervals.map((each) =>
      say(lang, 'demo.interval', {
        node: each.nodeId,
        from: time.format(each.from),
        to: time.format(each.to),
        seconds: ((each.to - each.from) / 1000).toFixed(1),
        source: each.source,
      }),
    ),
    ...report.items.flatMap((item) => [
      say(lang, 'demo.formula', {
        pool: item.name,
        price: item.unitPrice,
        times: Object.entries(item.nodeMs)
          .map(([n, ms]) => `T_${n} = ${(ms / 1000).toFixed(1)} s`)
          .join(', '),
        yen: yen(item.amount.yen),
      }),
      ...(item.allMonth === null ? [] : [say(lang, 'demo.all_month', { yen: item.allMonth.yen.toFixed(0) })]),
    ]),
    ...report.kinds
      .filter(({ simulated }) => simulated)
      .map((kind) =>
        say(lang, 'demo.month', {
          spent: yen(kind.total.yen),
          budget: String(kind.budget.yen),
          forecast: kind.forecast.yen.toFixed(1),
        }),
      ),
  ];
}

import type { Reconciliation } from '../../cost/invoice/reconcile.ts';
import { printable } from '../../shared/text/format.ts';
import { say } from '../../shared/text.ts';
import { type Cli, table } from '../cli.ts';

/** Differences listed, the largest first; an invoice that our ledger knows nothing of would fill the screen. */
const findingsListed = 100;

/** What invoice and ledger differ in. The names on an invoice are a stranger's. */
export function printReconciliation(
  { lang, print: line }: Pick<Cli, 'lang' | 'print'>,
  result: Reconciliation,
): void {
  const { firstDay, lastDay, rows, agreed, agreedYen, findings, others } = result;
  line(
    firstDay === null || lastDay === null
      ? say(lang, 'cost.invoice.empty')
      : say(lang, 'cost.invoice.period', { first: firstDay, last: lastDay, rows }),
  );
  line(say(lang, 'cost.invoice.agreed', { count: agreed, yen: agreedYen.toFixed(2) }));
  for (const text of table(
    findings.slice(0, findingsListed).map((each) => [
      `  ${printable(each.what)}`,
      say(lang, `cost.invoice.${each.kind}`),
      `${each.differenceYen > 0 ? '+' : ''}${each.differenceYen.toFixed(2)}`,
      say(lang, 'cost.invoice.sides', {
        ledgerHours: each.ledgerHours.toFixed(4),
        ledgerYen: each.ledgerYen.toFixed(2),
        invoiceHours: each.invoiceHours.toFixed(4),
        invoiceYen: each.invoiceYen.toFixed(2),
      }),
    ]),
  ))
    line(text);
  const more = findings.slice(findingsListed);
  const yen = more.reduce((sum, { differenceYen }) => sum + differenceYen, 0).toFixed(2);
  if (more.length > 0) line(`  ${say(lang, 'cost.invoice.more', { count: more.length, yen })}`);
  for (const { kind, name, rows: count, yen } of others)
    line(
      say(lang, `cost.invoice.other.${kind}`, { name: printable(name), rows: count, yen: yen.toFixed(2) }),
    );
  line(say(lang, 'cost.invoice.simulated'));
}

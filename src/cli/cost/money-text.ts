import type { CostReport } from '../../api/contract/costs.ts';
import type { Lang } from '../../shared/text/format.ts';
import { say } from '../../shared/text.ts';
import type { Cli } from '../cli.ts';

/** Yen to one decimal. */
export const round = (yen: number): string => yen.toFixed(1);

/** What is multiplied is not rounded as the yen are: a reader must come to the same product. */
export const factor = (value: number, least = 1): string =>
  value.toLocaleString('en-US', {
    useGrouping: false,
    minimumFractionDigits: least,
    maximumFractionDigits: 9,
  });

/** The standing of each kind that has anything; the real one always. A month that is over has no forecast. */
export function printKinds({ lang, print }: Cli, kinds: CostReport['kinds'], over = false): void {
  for (const kind of kinds) {
    if (kind.simulated && kind.committed.yen === 0) continue;
    print(
      say(lang, 'cost.total', {
        kind: say(lang, kind.simulated ? 'cost.kind.simulated' : 'cost.kind.real'),
        spent: round(kind.spent.yen),
        tax: round(kind.tax.yen),
        total: round(kind.total.yen),
      }),
    );
    const percent = kind.budget.yen === 0 ? 100 : (100 * kind.committed.yen) / kind.budget.yen;
    print(
      `  ${say(lang, 'cost.standing', {
        kept: round(kind.kept.yen),
        fixed: round(Math.max(0, kind.committed.yen - kind.total.yen - kind.kept.yen)),
        committed: round(kind.committed.yen),
        budget: String(kind.budget.yen),
        percent: percent.toFixed(1),
      })}`,
    );
    if (over) continue;
    const { yen, lowYen, highYen, budgetReachedAt, budgetReachedEarliest } = kind.forecast;
    print(`  ${say(lang, 'cost.forecast', { yen: round(yen), low: round(lowYen), high: round(highYen) })}`);
    print(`  ${reachText(lang, budgetReachedAt, budgetReachedEarliest)}`);
  }
}

/** When the budget would be reached: as expected, at the earliest, or not this month. Days as this machine counts them. */
export function reachText(lang: Lang, expected: number | null, earliest: number | null): string {
  const day = (at: number) => new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short' }).format(at);
  if (expected !== null) return say(lang, 'cost.reach.expected', { day: day(expected) });
  if (earliest !== null) return say(lang, 'cost.reach.earliest', { day: day(earliest) });
  return say(lang, 'cost.reach.not');
}

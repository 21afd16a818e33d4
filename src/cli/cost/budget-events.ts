import type { Command } from 'commander';
import type * as z from 'zod';
import { type budgetEventSchema, listBudgetEvents } from '../../api/contract/costs.ts';
import type { Lang } from '../../shared/text/format.ts';
import { say } from '../../shared/text.ts';
import { type Cli, table } from '../cli.ts';
import { number } from '../job-text.ts';

type Event = z.infer<typeof budgetEventSchema>;

/** `seto cost budget events` */
export function registerBudgetEvents(budget: Command, cli: Cli): void {
  budget
    .command('events')
    .description('what happened to the budget, newest last')
    .option('--month <YYYY-MM>', 'of one month')
    .option('--limit <n>', 'how many', number, 50)
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto cost budget events --month 2026-11')
    .action(async (_own: object, command: Command) => {
      // `--json` is an option of `budget` too, and the parent takes what both know.
      const options = command.optsWithGlobals<{ month?: string; limit: number; json?: true }>();
      const all = await (await cli.client()).call(listBudgetEvents, {
        query: { month: options.month, limit: options.limit },
      });
      if (options.json) return cli.json(all);
      if (all.length === 0) cli.print(say(cli.lang, 'event.none'));
      for (const line of table(all.toReversed().map((event) => eventRow(cli.lang, event)))) cli.print(line);
    });
}

function eventRow(lang: Lang, event: Event): string[] {
  return [
    `${new Date(event.at).toISOString().slice(0, 16)}Z`,
    event.kind,
    // Real and simulated money have a budget each: the same sentence about both would contradict itself.
    event.simulated ? say(lang, 'pool.simulated') : '',
    eventText(lang, event),
  ];
}

/** One event as a sentence; a value that the reader may not see is a dash. */
export function eventText(lang: Lang, { kind, month, detail }: Event): string {
  const values = Object.fromEntries(
    Object.entries(detail).map(([name, value]) => [
      name,
      typeof value === 'number' && /Yen$/.test(name) ? value.toFixed(1) : String(value ?? '–'),
    ]),
  );
  const hidden = { job: '–', project: '–', jobId: '–', reason: '–', actor: '–', nodeId: '–', pool: '–' };
  const scope =
    detail['scope'] === 'project'
      ? say(lang, 'event.scope.project', { project: String(detail['project'] ?? '–') })
      : say(lang, 'event.scope.platform');
  return say(lang, `event.${kind}`, { ...hidden, ...values, month, scope });
}

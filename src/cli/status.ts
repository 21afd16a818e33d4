import type { Command } from 'commander';
import { status } from '../api/contract/platform.ts';
import { say } from '../shared/text.ts';
import { type Cli, table } from './cli.ts';
import { reachText } from './cost/money-text.ts';
import { waitText } from './job-text.ts';

/** `seto status`: what runs, what waits, the month so far. */
export function register(program: Command, cli: Cli): void {
  program
    .command('status')
    .description('What runs, what waits, the month so far')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto status')
    .action(async (options: { json?: true }) => {
      const now = await (await cli.client()).call(status);
      if (options.json) return cli.json(now);
      cli.print(`Seto ${now.version}  ${now.url}  ${now.isolation}`);
      cli.print(
        say(cli.lang, 'status.jobs', { running: now.jobs.running, waiting: now.jobs.waiting.length }),
      );
      for (const line of table(
        now.jobs.waiting.map((job) => [`  #${job.jobId}`, job.name, waitText(cli.lang, job)]),
      ))
        cli.print(line);
      cli.print(say(cli.lang, 'status.nodes', { count: now.nodes.length }));
      const simulated = say(cli.lang, 'status.simulated');
      for (const line of table(
        now.nodes.map((node) => [`  ${node.id}`, node.pool, node.state, node.simulated ? simulated : '']),
      ))
        cli.print(line);
      cli.print(say(cli.lang, 'status.endpoints', { count: now.endpoints.length }));
      for (const line of table(now.endpoints.map((each) => [`  ${each.name}`, each.state, each.url])))
        cli.print(line);
      for (const month of now.month) {
        cli.print(
          say(cli.lang, 'status.month', {
            month: month.month,
            spent: month.spentYen.toFixed(1),
            kept: month.keptYen.toFixed(1),
            limit: String(month.limitYen),
            kind: month.simulated ? simulated : say(cli.lang, 'status.real'),
          }),
        );
        if (month.budgetReachedAt != null)
          cli.print(`  ${reachText(cli.lang, month.budgetReachedAt, month.budgetReachedEarliest ?? null)}`);
      }
    });
}

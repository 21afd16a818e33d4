import type { Command } from 'commander';
import { refreshPrices, refreshProgress } from '../../api/contract/prices.ts';
import type { Client } from '../../client/client.ts';
import { systemClock } from '../../shared/clock.ts';
import { say } from '../../shared/text.ts';
import { type Cli, type Progress, table } from '../cli.ts';

/** Longer than the platform's own limit of five minutes, which ends with a reason. */
const answerLimitMs = 360_000;
/** Between two looks at how far it is: shorter asks for nothing new, longer looks stuck. */
const lookMs = 500;

/** `seto cost prices refresh` */
export function registerRefresh(prices: Command, cli: Cli): void {
  prices
    .command('refresh')
    .description('fetch the prices anew from the Azure Retail Prices API (administrators)')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto cost prices refresh')
    .action(async (_options: object, command: Command) => {
      const { json } = command.optsWithGlobals<{ json?: true }>();
      const client = await cli.client();
      const progress = cli.progress(say(cli.lang, 'cost.prices.fetching'));
      const fetched = new AbortController();
      const looking = look(client, progress, fetched.signal);
      const answer = await client
        .call(refreshPrices, { signal: cli.signal, silenceMs: answerLimitMs })
        .finally(async () => {
          fetched.abort();
          await looking;
          progress.done();
        });
      if (json) return cli.json(answer);
      const { largest, ...counts } = answer;
      cli.print(say(cli.lang, 'cost.prices.refreshed', counts));
      for (const line of table(
        largest.map(({ region, name, unit, before, after }) => [
          `  ${region}`,
          name,
          `${before} → ${after} USD`,
          before === 0 ? '' : `${after > before ? '+' : ''}${((after / before - 1) * 100).toFixed(1)} %`,
          say(cli.lang, `cost.prices.unit.${unit}`),
        ]),
      ))
        cli.print(line);
    });
}

/** Draws how far the platform is until the answer is there; a look that fails is none. */
async function look(client: Client, progress: Progress, fetched: AbortSignal): Promise<void> {
  while (!fetched.aborted) {
    const { running } = await client
      .call(refreshProgress, { signal: fetched })
      .catch(() => ({ running: null }));
    if (running !== null) progress.update(running.done, running.total);
    await systemClock.sleep(lookMs, fetched);
  }
}

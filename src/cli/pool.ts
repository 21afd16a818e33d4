import type { Command } from 'commander';
import { listPools, pausePools, resumePools, showPool } from '../api/contract/pools.ts';
import { fault } from '../shared/errors.ts';
import { say } from '../shared/text.ts';
import { type Cli, table } from './cli.ts';
import { nodeRow } from './node.ts';

/** `seto pool …` */
export function register(program: Command, cli: Cli): void {
  const pool = program.command('pool').description('Node pools: where nodes come from and what they cost');
  pool
    .command('ls')
    .description('the pools: price, nodes up of how many')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto pool ls')
    .action(async (options: { json?: true }) => {
      const all = await (await cli.client()).call(listPools);
      if (options.json) return cli.json(all);
      for (const line of table(all.map((each) => poolRow(cli, each)))) cli.print(line);
    });
  pool
    .command('show')
    .description('one pool and its nodes')
    .argument('<pool>')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto pool show train')
    .action(async (name: string, options: { json?: true }) => {
      const shown = await (await cli.client()).call(showPool, { params: { pool: name } });
      if (options.json) return cli.json(shown);
      cli.print(poolRow(cli, shown).join('  '));
      for (const line of table(shown.nodeList.map((node) => nodeRow(cli, node)))) cli.print(`  ${line}`);
    });
  pool
    .command('pause')
    .description('one pool: start nothing more, let jobs finish; --all: stop all spending at once')
    .argument('[pool]')
    .option('--all', 'every pool; billed nodes end now, their jobs are cancelled')
    .option('--drain', 'with --all: let running jobs finish')
    .addHelpText('after', '\nExample:\n  seto pool pause train\n  seto pool pause --all')
    .action(async (name: string | undefined, options: { all?: true; drain?: true }) => {
      onePool(cli, 'pause', name, options);
      const drain = options.drain === true;
      const ended = await (await cli.client()).call(pausePools, { body: { pool: name ?? null, drain } });
      if (name !== undefined || drain)
        cli.print(say(cli.lang, 'pool.paused', { pool: name ?? say(cli.lang, 'pool.all') }));
      else cli.print(say(cli.lang, 'pool.stopped', ended));
    });
  pool
    .command('resume')
    .description('end a pause, or the wait after a restore')
    .argument('[pool]')
    .option('--all', 'every pool')
    .addHelpText('after', '\nExample:\n  seto pool resume train\n  seto pool resume --all')
    .action(async (name: string | undefined, options: { all?: true }) => {
      onePool(cli, 'resume', name, options);
      await (await cli.client()).call(resumePools, { body: { pool: name ?? null } });
      cli.print(say(cli.lang, 'pool.resumed', { pool: name ?? say(cli.lang, 'pool.all') }));
    });
}

function onePool(cli: Cli, verb: string, name: string | undefined, { all }: { all?: true }): void {
  if ((name === undefined) !== (all === true))
    throw fault('core.usage', { what: say(cli.lang, 'usage.one_pool'), command: `seto pool ${verb}` });
}

interface Shown {
  name: string;
  site: string;
  tags: readonly string[];
  vm: string | null;
  yenPerHour: number | null;
  simulated: boolean;
  minNodes: number;
  maxNodes: number;
  nodes: number;
  held: 'paused' | 'restored' | null;
}

function poolRow({ lang }: Cli, pool: Shown): string[] {
  const price =
    pool.yenPerHour === null
      ? say(lang, 'pool.unbilled')
      : say(lang, 'pool.per_hour', { yen: pool.yenPerHour.toFixed(2) });
  return [
    pool.name,
    pool.site,
    `[${pool.tags.join(', ')}]`,
    pool.vm ?? '',
    price + (pool.simulated ? ` (${say(lang, 'pool.simulated')})` : ''),
    say(lang, 'pool.nodes', { count: pool.nodes, min: pool.minNodes, max: pool.maxNodes }),
    pool.held === null ? '' : say(lang, `pool.held.${pool.held}`),
  ];
}

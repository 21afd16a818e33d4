import type { Command } from 'commander';
import type * as z from 'zod';
import { listNodes, type nodeSchema, stopNode } from '../api/contract/pools.ts';
import { say } from '../shared/text.ts';
import { type Cli, table } from './cli.ts';

/** `seto node …` */
export function register(program: Command, cli: Cli): void {
  const node = program.command('node').description('Nodes: machines that are up now');
  node
    .command('ls')
    .description('the nodes that are up, and until when they are paid for')
    .option('--all', 'also those that ended lately')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto node ls --all')
    .action(async (options: { all?: true; json?: true }) => {
      const query = { all: options.all ?? false };
      const all = await (await cli.client()).call(listNodes, { query });
      if (options.json) return cli.json(all);
      if (all.length === 0) cli.print(say(cli.lang, 'node.none'));
      for (const line of table(all.map((each) => nodeRow(cli, each)))) cli.print(line);
    });
  node
    .command('run')
    .description('be a node: ask for jobs, run them, end with the lease (pools start it)')
    .requiredOption('--bootstrap <file>', 'what the pool wrote for this node')
    .addHelpText('after', '\nExample:\n  seto node run --bootstrap /run/seto/bootstrap.json')
    .action(async (options: { bootstrap: string }) => {
      const { runNode } = await import('../runner/node.ts');
      await runNode(options.bootstrap);
    });
  node
    .command('stop')
    .description('end a node when its job is done')
    .argument('<node>')
    .option('--now', 'do not wait for its job')
    .addHelpText('after', '\nExample:\n  seto node stop node-7f3k9q2m1x0a')
    .action(async (id: string, options: { now?: true }) => {
      const now = options.now ?? false;
      await (await cli.client()).call(stopNode, { params: { node: id }, body: { now } });
      cli.print(say(cli.lang, now ? 'node.stopping_now' : 'node.stopping', { node: id }));
    });
}

/** The columns of one node. */
export function nodeRow({ lang }: Cli, node: z.output<typeof nodeSchema>): string[] {
  const left = node.lease === null ? null : Math.max(0, node.lease.leasedMs - node.lease.usedMs);
  return [
    node.id,
    node.pool,
    node.state,
    node.jobId === null ? node.activity : say(lang, 'node.job', { job: node.jobId }),
    node.project ?? '',
    left === null || node.state === 'ended'
      ? (node.endReason ?? '')
      : say(lang, 'node.lease', { minutes: Math.floor(left / 60_000) }),
  ];
}

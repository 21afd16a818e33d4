import { type Command, Option } from 'commander';
import { createRunner, listRunners, removeRunner } from '../api/contract/runner-protocol.ts';
import { fault } from '../shared/errors.ts';
import { say } from '../shared/text.ts';
import { type Cli, table } from './cli.ts';
import { number } from './job-text.ts';

interface AddOptions {
  site: string;
  tags?: string[];
  untagged?: true;
  json?: true;
}

/** `seto runner …` */
export function register(program: Command, cli: Cli): void {
  const runner = program
    .command('runner')
    .description('Runners: who may ask for jobs, our nodes and a gitlab-runner of your own');
  runner
    .command('add')
    .description('let a gitlab-runner in; its token is shown once')
    .argument('<description>', 'what it is called in the list')
    .addOption(new Option('--site <site>', 'where it stands').choices(['onprem', 'cloud']).default('onprem'))
    .option('--tags <tag...>', 'the jobs it takes')
    .option('--untagged', 'takes jobs without tags, too')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto runner add "press shop" --tags docker gpu')
    .action(async (description: string, options: AddOptions) => {
      if (options.tags === undefined && !options.untagged)
        throw fault('core.usage', {
          what: say(cli.lang, 'runner.idle'),
          command: 'seto runner add',
        });
      const client = await cli.client();
      const made = await client.call(createRunner, {
        body: {
          description,
          site: options.site === 'cloud' ? 'cloud' : 'onprem',
          tags: options.tags ?? [],
          runUntagged: options.untagged ?? false,
        },
      });
      if (options.json) return cli.json(made);
      cli.warn(say(cli.lang, 'runner.added', { url: client.url }));
      cli.print(made.token);
    });
  runner
    .command('ls')
    .description('every runner: of our nodes, and let in by hand')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto runner ls')
    .action(async (options: { json?: true }) => {
      const all = await (await cli.client()).call(listRunners);
      if (options.json) return cli.json(all);
      for (const line of table(
        all.map((each) => [
          String(each.id),
          each.nodeId ?? each.description,
          each.pool ?? '',
          each.site,
          each.tags.join(' '),
          each.contactedAt === null ? '' : new Date(each.contactedAt).toISOString(),
        ]),
      ))
        cli.print(line);
    });
  runner
    .command('rm')
    .description('shut a runner out; what it runs fails and is repeated elsewhere')
    .argument('<id>', 'from `seto runner ls`', number)
    .addHelpText('after', '\nExample:\n  seto runner rm 7')
    .action(async (id: number) => {
      await (await cli.client()).call(removeRunner, { params: { id } });
    });
}

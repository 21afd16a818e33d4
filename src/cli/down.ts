import type { Command } from 'commander';
import { say } from '../shared/text.ts';
import type { Cli } from './cli.ts';

/** `seto down`: ends everything of a data folder, nodes first, also where the control plane is not running. */
export function register(program: Command, cli: Cli): void {
  program
    .command('down')
    .description('End everything: nodes first, then releases, gateway and control plane')
    .option('--data <dir>', 'data folder')
    .addHelpText('after', '\nExample:\n  seto down')
    .action(async (options: { data?: string }) => {
      const { dataFolder } = await import('../server/config.ts');
      const { endEverything } = await import('../server/shutdown.ts');
      const dataDir = dataFolder(options.data, cli.env);
      const ended = await endEverything(dataDir);
      if (ended.nodes > 0) cli.print(say(cli.lang, 'down.nodes', { count: ended.nodes }));
      cli.print(say(cli.lang, ended.anything ? 'down.done' : 'down.nothing', { dir: dataDir }));
    });
}

import type { Command } from 'commander';
import { closeInherited } from '../shared/inherited.ts';
import { say } from '../shared/text.ts';
import type { Cli } from './cli.ts';

/** `seto up`: the platform in this process, until Ctrl-C. `--sign-in` asks the one that runs for a new link. */
export function register(program: Command, cli: Cli): void {
  program
    .command('up')
    .description('Run the platform on this machine')
    .option('--config <file>', 'seto.yaml (default: the one in the data folder)')
    .option('--data <dir>', 'data folder')
    .option('--listen <addr>', 'ADDR[:PORT]; port 0 takes a free one')
    .option('--sign-in', 'print a new sign-in link of the platform that runs')
    .addHelpText('after', '\nExample:\n  seto up --data ./seto-data')
    .action(async (options: { config?: string; data?: string; listen?: string; signIn?: true }) => {
      const { configFile, dataFolder, loadConfig } = await import('../server/config.ts');
      const dataDir = dataFolder(options.data, cli.env);
      if (options.signIn) {
        const { askOwner } = await import('../server/control-socket.ts');
        const { url } = await askOwner<{ url: string }>(dataDir, 'POST', '/sign-in');
        return cli.print(say(cli.lang, 'up.sign_in', { url }));
      }
      const config = loadConfig(configFile(options.config, dataDir), {
        dataDir,
        ...(options.listen === undefined ? {} : { listen: options.listen }),
      });
      closeInherited();
      const { startPlatform } = await import('../server/platform.ts');
      const platform = await startPlatform({ dataDir, config, env: cli.env });
      for (const line of platform.notes(cli.lang)) cli.warn(line);
      cli.print(say(cli.lang, 'up.ready', { url: platform.url }));
      cli.print(say(cli.lang, 'up.endpoints', { url: platform.gatewayUrl }));
      if (platform.firstStart) cli.print(say(cli.lang, 'up.sign_in', { url: platform.signInUrl() }));
      await Promise.race([aborted(cli.signal), platform.ended]);
      if (!platform.isDown()) {
        cli.warn(say(cli.lang, 'up.stopping'));
        const serving = await platform.stop();
        if (serving.length > 0)
          cli.warn(say(cli.lang, 'up.still_serving', { url: platform.gatewayUrl, list: serving.join(', ') }));
      }
    });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

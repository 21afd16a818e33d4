import type { Command } from 'commander';
import { serve } from '../serving/serve.ts';
import type { Cli } from './cli.ts';

/** `seto serve`: the model server of an image, to try a model folder by hand. */
export function register(program: Command, _cli: Cli): void {
  program
    .command('serve')
    .description('Answer for one model folder, as an image does')
    .option('--model <dir>', 'model folder (default: /model)')
    .option('--serve <dir>', 'folder of pre.ts and post.ts')
    .option('--listen <addr>', 'HOST:PORT or unix:PATH (default: 0.0.0.0:8080)')
    .option('--version <id>', 'what answers call this version')
    .option('--threads <n>', 'threads of one inference (default: 1)')
    .addHelpText('after', '\nExample:\n  seto serve --model model/ --listen 127.0.0.1:8080')
    .action((options: Record<string, string>) =>
      serve(Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])),
    );
}

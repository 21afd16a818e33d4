import type { Command } from 'commander';
import { serve } from '../serving/serve.ts';
import type { Cli } from './cli.ts';

/** `seto serve`: the model server of an image; its options are its own (src/serving/serve.ts). */
export function register(program: Command, _cli: Cli): void {
  program
    .command('serve')
    .allowUnknownOption()
    .allowExcessArguments()
    .argument('[options...]')
    .action((_options: string[], _unused: unknown, command: Command) => serve(command.args));
}

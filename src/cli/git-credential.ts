import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { readCredentials } from '../client/credentials.ts';
import { programFile } from '../shared/program.ts';
import type { Cli } from './cli.ts';

/** git's credential helper (gitcredentials(7)): git gives protocol and host, we answer name and token. */
export function register(program: Command, cli: Cli): void {
  program
    .command('git-credential')
    .argument('<operation>')
    .action(async (operation: string) => {
      if (operation !== 'get') return;
      const asked = new Map(
        (await text(process.stdin)).split('\n').map((line) => {
          const at = line.indexOf('=');
          return [line.slice(0, at), line.slice(at + 1)] as const;
        }),
      );
      const platform = readCredentials(cli.env)?.platforms[`${asked.get('protocol')}://${asked.get('host')}`];
      if (platform) cli.print(`username=${platform.user}\npassword=${platform.token}`);
    });
}

/** The value of `credential.URL.helper` that calls this very program. */
export function credentialHelper(): string {
  return `!'${process.execPath}' '${programFile('main')}' git-credential`;
}

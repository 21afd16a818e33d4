import type { Command } from 'commander';
import { createUser, issueUserToken, listUsers, removeUser } from '../api/contract/users.ts';
import { say } from '../shared/text.ts';
import { type Cli, table } from './cli.ts';

/** `seto user …` */
export function register(program: Command, cli: Cli): void {
  const user = program.command('user').description('Who may sign in');
  user
    .command('add')
    .description('let a person in; prints a sign-in link that works once')
    .argument('<name>')
    .option('--admin', 'may do everything')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto user add hanako')
    .action(async (name: string, options: { admin?: true; json?: true }) => {
      const made = await (await cli.client()).call(createUser, {
        body: { name, admin: options.admin ?? false },
      });
      if (options.json) return cli.json(made);
      cli.print(say(cli.lang, 'user.added', { name: made.name }));
      cli.print(`  seto login ${made.signInUrl}`);
    });
  user
    .command('ls')
    .description('who may sign in')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto user ls')
    .action(async (options: { json?: true }) => {
      const all = await (await cli.client()).call(listUsers);
      if (options.json) cli.json(all);
      else
        for (const line of table(all.map((each) => [each.name, each.admin ? 'admin' : '']))) cli.print(line);
    });
  user
    .command('rm')
    .description('take a person’s access away')
    .argument('<name>')
    .addHelpText('after', '\nExample:\n  seto user rm hanako')
    .action(async (name: string) => {
      await (await cli.client()).call(removeUser, { params: { name } });
    });
  user
    .command('token')
    .description('make a token of a person; it is shown once')
    .argument('<name>')
    .option('--label <text>', 'what the token is for', 'token')
    .addHelpText('after', '\nExample:\n  seto user token hanako --label "build server"')
    .action(async (name: string, options: { label: string }) => {
      const { token } = await (await cli.client()).call(issueUserToken, {
        params: { name },
        body: { label: options.label },
      });
      cli.warn(say(cli.lang, 'user.token'));
      cli.print(token);
    });
}

import type { Command } from 'commander';
import {
  createUser,
  issueUserToken,
  listUsers,
  listUserTokens,
  removeUser,
  revokeUserToken,
} from '../api/contract/users.ts';
import { say } from '../shared/text.ts';
import { type Cli, table } from './cli.ts';
import { daysOption, tokenRow } from './token-text.ts';

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
      if (!made.admin) cli.print(say(cli.lang, 'user.next', { name: made.name }));
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
  const token = user.command('token').description('tokens of a person: make (default), list, take back');
  token
    .command('add', { isDefault: true })
    .description('make a token; it is shown once')
    .argument('<name>')
    .option('--label <text>', 'what the token is for', 'token')
    .addOption(daysOption())
    .addHelpText('after', '\nExample:\n  seto user token add hanako --label "build server" --days 90')
    .action(async (name: string, options: { label: string; days?: number }) => {
      const made = await (await cli.client()).call(issueUserToken, {
        params: { name },
        body: { label: options.label, days: options.days },
      });
      cli.warn(say(cli.lang, 'user.token'));
      cli.print(made.token);
    });
  token
    .command('ls')
    .description('the tokens of a person, by id')
    .argument('<name>')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto user token ls hanako')
    .action(async (name: string, options: { json?: true }) => {
      const all = await (await cli.client()).call(listUserTokens, { params: { name } });
      if (options.json) return cli.json(all);
      for (const line of table(all.map((each) => tokenRow(cli.lang, each)))) cli.print(line);
    });
  token
    .command('rm')
    .description('take a token back; it dies at once')
    .argument('<name>')
    .argument('<id>', 'from `seto user token ls`')
    .addHelpText('after', '\nExample:\n  seto user token rm hanako 4f0c9d21ab77')
    .action(async (name: string, id: string) => {
      await (await cli.client()).call(revokeUserToken, { params: { name, id } });
    });
}

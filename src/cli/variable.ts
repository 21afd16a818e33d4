import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { listVariables, removeVariable, setVariable } from '../api/contract/variables.ts';
import { fault } from '../shared/errors.ts';
import { say } from '../shared/text.ts';
import { type Cli, table } from './cli.ts';
import { split } from './project.ts';

interface SetOptions {
  project?: string;
  masked?: true;
  protected?: true;
  file?: true;
  raw?: true;
  from?: string;
  json?: true;
}

/** `seto variable …` */
export function register(program: Command, cli: Cli): void {
  const variable = program
    .command('variable')
    .description('CI variables of a project; values go in and are not shown again');
  variable
    .command('set')
    .description('store a value for the project’s jobs')
    .argument('<key>')
    .argument('[value]', 'left out: read from --from or standard input, so that it is in no history')
    .option('--project <path>')
    .option('--masked', 'hidden in job logs')
    .option('--protected', 'for pipelines on protected branches and tags only')
    .option('--file', 'the job gets the path of a file that holds it')
    .option('--raw', '`$` in it is not expanded')
    .option('--from <path>', 'read the value from a file')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto variable set UPLOAD_KEY --masked --protected < key.txt')
    .action(async (key: string, value: string | undefined, options: SetOptions) => {
      const set = await (await cli.client()).call(setVariable, {
        params: { ...split(await cli.projectHere(options.project)), key },
        body: {
          value: value ?? read(cli, options.from),
          masked: options.masked ?? false,
          protected: options.protected ?? false,
          file: options.file ?? false,
          raw: options.raw ?? false,
        },
      });
      if (options.json) cli.json(set);
    });
  variable
    .command('ls')
    .description('names and properties, never values')
    .option('--project <path>')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto variable ls --json')
    .action(async (options: { project?: string; json?: true }) => {
      const all = await (await cli.client()).call(listVariables, {
        params: split(await cli.projectHere(options.project)),
      });
      if (options.json) return cli.json(all);
      const flags = ['masked', 'protected', 'file', 'raw'] as const;
      for (const line of table(all.map((each) => [each.key, flags.filter((flag) => each[flag]).join(' ')])))
        cli.print(line);
    });
  variable
    .command('rm')
    .description('remove a variable')
    .argument('<key>')
    .option('--project <path>')
    .addHelpText('after', '\nExample:\n  seto variable rm UPLOAD_KEY')
    .action(async (key: string, options: { project?: string }) => {
      await (await cli.client()).call(removeVariable, {
        params: { ...split(await cli.projectHere(options.project)), key },
      });
    });
}

/** The value from a file or standard input, without the newline that an editor or echo adds. */
function read(cli: Cli, from: string | undefined): string {
  if (from === undefined && process.stdin.isTTY)
    throw fault('core.usage', { what: say(cli.lang, 'usage.value'), command: 'seto variable set' });
  return readFileSync(from === undefined ? 0 : path.resolve(cli.cwd, from), 'utf8').replace(/\r?\n$/, '');
}

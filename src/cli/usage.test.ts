import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { explain, type SetoError } from '../shared/errors.ts';
import type { Lang } from '../shared/text/format.ts';
import { statusOption } from './job-text.ts';
import { fileFault, usageFault } from './usage.ts';

function mistake(args: string[]): { error: CommanderError; program: Command } {
  const program = new Command('seto').exitOverride().configureOutput({ outputError: () => undefined });
  const job = program.command('job');
  job
    .command('logs')
    .argument('<job>', 'which', (text) => {
      if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is expected');
      return text;
    })
    .option('--lines <n>', 'how many', (text) => {
      if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is expected');
      return text;
    })
    .option('--page <n>', 'which page', () => {
      throw new InvalidArgumentError('a whole number from 1 to 5 is expected');
    })
    .action(() => undefined);
  job
    .command('allow')
    .requiredOption('--reason <text>')
    .addOption(statusOption())
    .action(() => undefined);
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return { error, program };
    throw error;
  }
  throw new Error('no mistake was found');
}

function told(args: string[], lang: Lang): string {
  const { error, program } = mistake(args);
  return tell(usageFault(error, program, args, lang), lang);
}

function tell({ code, values }: SetoError, lang: Lang): string {
  const { message, remedy } = explain(code, values, lang);
  return `${message} ${remedy}`;
}

test.each([
  [['jbo'], 'There is no command jbo. Did you mean job? See `seto --help`.'],
  [['job', 'logs', '1', '--linse', '3'], /^There is no option --linse\. Did you mean --lines\? .*job logs/],
  [['job', 'logs'], 'job is missing. See `seto job logs --help`.'],
  [['job', 'allow'], '--reason <text> is missing. See `seto job allow --help`.'],
  [['job', 'logs', '1', '--lines'], '--lines <n> has no value. See `seto job logs --help`.'],
  [['job', 'logs', '1', '2'], /^Too many arguments: 2 instead of 1\./],
  [['job', 'logs', '1', '--lines', 'x'], /^--lines <n> cannot be x: a whole number from 1 is expected\./],
  [['job', 'logs', '1', '--page', '9'], /^--page <n> cannot be 9: a whole number from 1 to 5 is expected\./],
  [['job', 'allow', '--status', 'x'], /^--status <status> cannot be x: one of created, .* is expected\./],
  [['job', 'logs', 'x'], /^job cannot be x: a whole number from 1 is expected\./],
])('%j is told in one line that names the help', (args, expected) => {
  expect(told(args, 'en')).toMatch(expected);
});

test('in Japanese too', () => {
  expect(told(['jbo'], 'ja')).toBe(
    'jbo というコマンドはありません。 job のことでしょうか。 `seto --help` を見てください。',
  );
  expect(told(['job', 'logs', 'x'], 'ja')).toMatch(/^job に x は指定できません。1 以上の整数/);
});

test('a file that the user named is told by its name, and other errors stay what they are', () => {
  const failure = (() => {
    try {
      return readFileSync('/nowhere/a.txt');
    } catch (error) {
      return error;
    }
  })();
  const found = fileFault(failure, 'en');
  expect(found === null ? null : tell(found, 'en')).toMatch(
    /^\/nowhere\/a\.txt cannot be used: it does not exist\./,
  );
  expect(found?.exitCode).toBe(2);
  expect(fileFault(new TypeError('a mistake of ours'), 'en')).toBeNull();
});

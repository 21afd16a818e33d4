import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Command, CommanderError } from 'commander';
import { expect, it } from 'vitest';
import type { Register } from '../src/cli/cli.ts';
import { terminalCli } from '../src/cli/terminal.ts';
import { catalogue } from '../src/shared/errors.ts';
import type { ErrorEntry, Phrase } from '../src/shared/text/format.ts';

const root = path.join(import.meta.dirname, '..');
const inFolder = (folder: string, ending: string) =>
  readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith(ending) && !name.endsWith('.test.ts'))
    .map((name) => path.join(folder, name));

/** The whole command line, as its files declare it. */
async function commandLine(): Promise<Command> {
  const program = new Command('seto')
    .option('--lang <lang>')
    .enablePositionalOptions()
    .configureOutput({ writeOut: () => undefined, outputError: () => undefined, writeErr: () => undefined })
    .exitOverride();
  // `seto cost budget` does something and has verbs besides: it asks a platform that never answers.
  const cli = {
    ...terminalCli('en', new AbortController().signal),
    client: () => new Promise<never>(() => undefined),
  };
  for (const file of inFolder('src/cli', '.ts')) {
    const { register }: { register?: Register } = await import(path.join(root, file));
    register?.(program, cli);
  }
  for (const leaf of leaves(program)) leaf.action(() => undefined);
  return program;
}

interface Shown {
  where: string;
  command: string;
}

/** `seto …` in backquotes, and as a line of a block. */
function shownIn(where: string, text: string): Shown[] {
  const found = [...text.matchAll(/`(seto [a-z][^`\n]*)`|^(seto [a-z].*?)(?:\s+# .*)?$/gm)];
  return found.map(([, quoted, line]) => ({ where, command: (quoted ?? line ?? '').trim() }));
}

async function allShown(program: Command): Promise<Shown[]> {
  const pages = [
    'README.md',
    'README.ja.md',
    'samples/visual-inspection/README.md',
    ...inFolder('docs', '.md'),
  ];
  const shown = pages.flatMap((page) => shownIn(page, readFileSync(path.join(root, page), 'utf8')));
  for (const [code, { en, ja, remedy }] of Object.entries<ErrorEntry>(catalogue))
    shown.push(...[en, ja, remedy.en, remedy.ja].flatMap((text) => shownIn(code, text)));
  for (const file of inFolder('src/shared/text', '.ts')) {
    const { phrases = {} }: { phrases?: Record<string, Phrase> } = await import(path.join(root, file));
    for (const [key, { en, ja }] of Object.entries(phrases))
      shown.push(...[en, ja].flatMap((text) => shownIn(key, text)));
  }
  for (const leaf of leaves(program)) shown.push(...shownIn(`${nameOf(leaf)} --help`, helpOf(leaf)));
  return shown;
}

function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

/** The help's text with its indentation off, so that an example stands as a line of its own. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text.slice(text.indexOf('Example')).replaceAll(/^ +/gm, '');
}

/** Mistakes whatever is filled in for a page's capital words; a value of the wrong kind or a missing one is none. */
const mistakes = ['commander.unknownCommand', 'commander.unknownOption', 'commander.excessArguments'];

/** What is wrong with a command as it is shown; null where there is such a command. */
function mistakeIn(program: Command, command: string): string | null {
  const [, ...words] = command
    .replaceAll(/"[^"]*"|'[^']*'/g, 'text')
    .replaceAll(/[[\]]/g, '')
    .replace(/ [<>|] .*$/, '')
    .split(/\s+/);
  const at = words.findIndex((word) => /^[a-z]+\|/.test(word));
  const each = words[at]?.split('|') ?? [];
  const lines = at < 0 ? [words] : each.map((word) => words.with(at, word));
  for (const line of lines)
    try {
      program.parse(line, { from: 'user' });
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      if (mistakes.includes(error.code)) return error.code;
    }
  return null;
}

// The first to load the whole command line: two seconds, and ten times that on a busy machine.
it('knows a command that is not there by its verb, its options and its arguments', {
  timeout: 180_000,
}, async () => {
  const program = await commandLine();
  expect(
    ['seto data push parts DIR --group X', 'seto job show|logs', 'seto endpoint rollback NAME [--to ID]'].map(
      (each) => mistakeIn(program, each),
    ),
  ).toEqual([null, null, null]);
  expect(
    ['seto data squash', 'seto job ls|squash', 'seto data push a b --squash', 'seto down here'].map((each) =>
      mistakeIn(program, each),
    ),
  ).toEqual([
    'commander.unknownCommand',
    'commander.unknownCommand',
    'commander.unknownOption',
    'commander.excessArguments',
  ]);
});

it('has every command that a page, an error, a sentence or a help text names', async () => {
  const program = await commandLine();
  const shown = await allShown(program);
  expect(shown.length).toBeGreaterThan(200);
  const wrong = shown.flatMap(({ where, command }) => {
    const mistake = mistakeIn(program, command);
    return mistake === null ? [] : [`${where}: \`${command}\`: ${mistake}`];
  });
  expect(wrong).toEqual([]);
});

it('shows an example in the help of every command', async () => {
  const without = leaves(await commandLine()).filter((leaf) => !helpOf(leaf).includes(`\n${nameOf(leaf)}`));
  expect(without.map(nameOf)).toEqual([]);
});

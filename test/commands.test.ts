import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
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
  const program = new Command('seto').enablePositionalOptions();
  const cli = terminalCli('en', new AbortController().signal);
  for (const file of inFolder('src/cli', '.ts')) {
    const { register }: { register?: Register } = await import(path.join(root, file));
    register?.(program, cli);
  }
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

/** What a reader who types the command would be told; null where there is such a command. */
function mistakeIn(program: Command, command: string): string | null {
  const words = command
    .replaceAll(/"[^"]*"|'[^']*'/g, 'text')
    .replaceAll(/[[\]]/g, '')
    .replace(/ [<>|] .*$/, '')
    .split(/\s+/);
  let at = program;
  let rest = words.slice(1);
  while (at.commands.length > 0 && rest[0] !== undefined && !rest[0].startsWith('-')) {
    const [word = '', ...more] = rest;
    const verbs = word.split('|').map((name) => at.commands.find((each) => each.name() === name));
    const [verb] = verbs;
    if (verb === undefined || verbs.includes(undefined)) return `no command ${nameOf(at)} ${word}`;
    if (verbs.length > 1) return null;
    at = verb;
    rest = more;
  }
  if (at.name() === 'exec') return null;
  let given = 0;
  for (let index = 0; index < rest.length; index += 1) {
    const [name = ''] = (rest[index] ?? '').split('=');
    if (!/^--?[a-z]/.test(name)) given += name === '' ? 0 : 1;
    else if (!['--help', '--lang'].includes(name)) {
      const option = at.options.find(({ long, short }) => long === name || short === name);
      if (option === undefined) return `no option ${name} of ${nameOf(at)}`;
      if (option.required && !rest[index]?.includes('=')) index += 1;
    }
  }
  const most = at.registeredArguments.some(({ variadic }) => variadic)
    ? Number.POSITIVE_INFINITY
    : at.registeredArguments.length;
  return given > most ? `${given} arguments, ${nameOf(at)} takes ${most}` : null;
}

it('knows a command that is not there by its verb, its options and its arguments', async () => {
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
    'no command seto data squash',
    'no command seto job ls|squash',
    'no option --squash of seto data push',
    '1 arguments, seto down takes 0',
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

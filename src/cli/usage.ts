import type { Command, CommanderError } from 'commander';
import { fault, type SetoError } from '../shared/errors.ts';
import type { Lang, Values } from '../shared/text/format.ts';
import { type PhraseKey, phrase, say } from '../shared/text.ts';

/** What the command line parser finds, by its code: how it says so in English, and our phrase with the same places. */
const findings: Record<string, { pattern: RegExp; phrase: PhraseKey }> = {
  'commander.unknownCommand': { pattern: /'(?<given>.*)'/, phrase: 'usage.unknown_command' },
  'commander.unknownOption': { pattern: /'(?<given>.*)'/, phrase: 'usage.unknown_option' },
  'commander.missingArgument': { pattern: /'(?<name>.*)'/, phrase: 'usage.missing_argument' },
  'commander.missingMandatoryOptionValue': { pattern: /'(?<name>.*)'/, phrase: 'usage.missing_option' },
  'commander.optionMissingArgument': { pattern: /'(?<name>.*)'/, phrase: 'usage.missing_value' },
  'commander.excessArguments': {
    pattern: /Expected (?<expected>\d+) .* got (?<given>\d+)/,
    phrase: 'usage.too_many',
  },
  'commander.invalidArgument': {
    pattern: /option '(?<name>.*)' argument '(?<given>.*)' is invalid\. (?<expected>.*)/s,
    phrase: 'usage.bad_value',
  },
};

/** What a reader of a value asks for: our own for numbers, the parser's for one of a list. */
function asked(expected: string, lang: Lang): string {
  const list = /^Allowed choices are (.*)\.$/.exec(expected)?.[1];
  if (list !== undefined) return say(lang, 'usage.one_of', { list });
  const [, least, most] = /^a whole number from (\d+) to (\d+) is expected$/.exec(expected) ?? [];
  if (least !== undefined && most !== undefined) return say(lang, 'usage.whole_between', { least, most });
  return expected === 'a whole number is expected' ? say(lang, 'usage.whole') : expected;
}

const badArgument = /value '(?<given>.*)' is invalid for argument '(?<name>.*)'\. (?<expected>.*)/s;

/** A mistake in the command line as one error in the reader's language that names the help to read. */
export function usageFault(
  error: CommanderError,
  program: Command,
  args: readonly string[],
  lang: Lang,
): SetoError {
  const [first = '', hint = ''] = error.message.replace(/^error: /, '').split('\n(');
  const finding = findings[error.code];
  const places = (finding?.pattern.exec(first) ?? badArgument.exec(first))?.groups;
  const said =
    finding && places
      ? say(lang, finding.phrase, { ...places, expected: asked(places['expected'] ?? '', lang) })
      : first;
  const similar = /^Did you mean (?:one of )?(.*)\?\)$/.exec(hint)?.[1];
  const what =
    similar === undefined ? said : `${said} ${say(lang, 'usage.did_you_mean', { names: similar })}`;
  return fault('core.usage', { what, command: commandOf(program, args) });
}

/** A value that a command cannot take, for which of its places, and what it expects. */
export function badValue(
  command: string,
  given: { name: string; value: string },
  expected: PhraseKey,
  values: Values = {},
): SetoError {
  const what = phrase('usage.bad_value', {
    name: given.name,
    given: given.value,
    expected: phrase(expected, values),
  });
  return fault('core.usage', { what, command });
}

/** The innermost command that the arguments name: `seto job logs`. */
function commandOf(program: Command, args: readonly string[]): string {
  let command = program;
  let name = program.name();
  for (const word of args.filter((each) => !each.startsWith('-'))) {
    const next = command.commands.find((each) => each.name() === word);
    if (next === undefined) break;
    command = next;
    name += ` ${word}`;
  }
  return name;
}

const unusable: Record<string, PhraseKey> = {
  ENOENT: 'file.missing',
  ENOTDIR: 'file.missing',
  EISDIR: 'file.folder',
  EACCES: 'file.denied',
  EPERM: 'file.denied',
  EROFS: 'file.denied',
};

/** A file or program that the user named and the system refuses, as an error of the catalogue; null for all else. */
export function fileFault(error: unknown, lang: Lang): SetoError | null {
  if (!(error instanceof Error)) return null;
  const { code = '', path } = error as NodeJS.ErrnoException;
  const reason = unusable[code];
  if (reason === undefined || path === undefined || path === '') return null;
  return fault('core.file', { path, reason: say(lang, reason) }, { cause: error, detail: error.stack ?? '' });
}

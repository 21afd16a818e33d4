import type * as z from 'zod';
import { inBoth, type Phrase, type Values } from './text/format.ts';
import { isPhraseKey, type PhraseKey, phrase } from './text.ts';

type Issue = z.core.$ZodIssue;

/** With this, an issue tells a missing value from a wrong one. */
export const parseOptions = { reportInput: true } as const;

/**
 * What a schema found, in both languages. A schema's own message is a key of text.ts; its places are filled from
 * `params` (of custom issues) and `list` (the values that are allowed). What was given is not repeated: it may be secret.
 */
export function tellIssue(issue: Issue): Phrase {
  if (isPhraseKey(issue.message)) return phrase(issue.message, placesOf(issue));
  if ('input' in issue && issue.input === undefined) return phrase('input.missing');
  switch (issue.code) {
    case 'invalid_type': {
      const what = kinds[issue.expected];
      return phrase('input.expected', { what: what === undefined ? issue.expected : phrase(what) });
    }
    case 'invalid_value':
      return phrase(issue.values.length === 1 ? 'input.only' : 'input.one_of', placesOf(issue));
    case 'too_small':
    case 'too_big':
      return tellSize(issue);
    case 'unrecognized_keys':
      return phrase('input.unknown_key', { key: issue.keys.join(', ') });
    case 'invalid_format':
      return phrase(issue.format === 'url' ? 'input.url' : 'input.form');
    case 'invalid_key':
    case 'invalid_element': {
      const [inner] = issue.issues;
      return inner === undefined ? phrase('input.unfit') : tellIssue(inner);
    }
    case 'custom':
      return issue.message === 'Invalid input' ? phrase('input.unfit') : inBoth(() => issue.message);
    default:
      return phrase('input.unfit');
  }
}

/** `body.name: expected a text; query.limit: …`, each issue behind its place below `root`. */
export function tellIssues(issues: readonly Issue[], root: string | null): Phrase {
  const told = issues.map((issue) => ({
    place: [...(root === null ? [] : [root]), ...issue.path.map(String)].join('.'),
    what: tellIssue(issue),
  }));
  return inBoth((lang) =>
    told.map(({ place, what }) => (place === '' ? what[lang] : `${place}: ${what[lang]}`)).join('; '),
  );
}

const kinds: Readonly<Record<string, PhraseKey>> = {
  string: 'input.kind.string',
  number: 'input.kind.number',
  int: 'input.kind.int',
  boolean: 'input.kind.boolean',
  array: 'input.kind.list',
  tuple: 'input.kind.list',
  object: 'input.kind.map',
  record: 'input.kind.map',
};

function placesOf(issue: Issue): Values {
  if (issue.code === 'custom') return (issue.params ?? {}) as Values;
  return issue.code === 'invalid_value' ? { list: issue.values.map(String).join(', ') } : {};
}

function tellSize(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): Phrase {
  const small = issue.code === 'too_small';
  const n = Number(small ? issue.minimum : issue.maximum);
  if (issue.origin === 'string') {
    if (small && n === 1) return phrase('input.empty');
    return phrase(small ? 'input.least_characters' : 'input.most_characters', { n });
  }
  if (issue.origin === 'array' || issue.origin === 'set')
    return phrase(small ? 'input.least_entries' : 'input.most_entries', { n });
  if (issue.inclusive === false) return phrase(small ? 'input.above' : 'input.below', { n });
  return phrase(small ? 'input.least' : 'input.most', { n });
}

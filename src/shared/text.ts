import { phrases as access } from './text/access.ts';
import { phrases as cli } from './text/cli.ts';
import { phrases as costs } from './text/costs.ts';
import { phrases as demo } from './text/demo.ts';
import { phrases as endpoints } from './text/endpoints.ts';
import { phrases as estimates } from './text/estimates.ts';
import { phrases as forge } from './text/forge.ts';
import { format, inBoth, type Lang, type Phrase, type Values } from './text/format.ts';
import { phrases as images } from './text/images.ts';
import { phrases as input } from './text/input.ts';
import { phrases as models } from './text/models.ts';
import { phrases as nouns } from './text/nouns.ts';
import { phrases as pages } from './text/pages.ts';
import { phrases as pools } from './text/pools.ts';
import { phrases as prices } from './text/prices.ts';
import { phrases as range } from './text/range.ts';
import { phrases as runner } from './text/runner.ts';
import { phrases as tightBudget } from './text/tight-budget.ts';
import { phrases as yaml } from './text/yaml.ts';

/** Every sentence that is not an error, in both languages; one file an area. */
const phrases = {
  ...access,
  ...cli,
  ...costs,
  ...demo,
  ...endpoints,
  ...estimates,
  ...forge,
  ...images,
  ...input,
  ...models,
  ...nouns,
  ...pages,
  ...pools,
  ...prices,
  ...range,
  ...runner,
  ...tightBudget,
  ...yaml,
} as const satisfies Record<string, Phrase>;

export type PhraseKey = keyof typeof phrases;

/** A sentence in the reader's language, its `{name}` places filled. */
export function say(lang: Lang, key: PhraseKey, values: Values = {}): string {
  return format(phrases[key][lang], values, lang);
}

/** A sentence in both languages, to fill a place of another one or of an error. */
export function phrase(key: PhraseKey, values: Values = {}): Phrase {
  return inBoth((lang) => say(lang, key, values));
}

/** Narrows a text to a sentence of this program. */
export function isPhraseKey(text: string): text is PhraseKey {
  return Object.hasOwn(phrases, text);
}

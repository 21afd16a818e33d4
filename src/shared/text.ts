import { phrases as cli } from './text/cli.ts';
import { phrases as demo } from './text/demo.ts';
import { phrases as endpoints } from './text/endpoints.ts';
import { phrases as forge } from './text/forge.ts';
import { format, type Lang, type Phrase, type Values } from './text/format.ts';
import { phrases as images } from './text/images.ts';
import { phrases as models } from './text/models.ts';
import { phrases as pools } from './text/pools.ts';
import { phrases as runner } from './text/runner.ts';

/** Every sentence that is not an error, in both languages; one file an area. */
const phrases = {
  ...cli,
  ...demo,
  ...endpoints,
  ...forge,
  ...images,
  ...models,
  ...pools,
  ...runner,
} as const satisfies Record<string, Phrase>;

export type PhraseKey = keyof typeof phrases;

/** A sentence in the reader's language, its `{name}` places filled. */
export function say(lang: Lang, key: PhraseKey, values: Values = {}): string {
  return format(phrases[key][lang], values);
}

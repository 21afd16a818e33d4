/** The two languages of every message. */
export type Lang = 'en' | 'ja';

/** One sentence in both languages. */
export type Phrase = Readonly<Record<Lang, string>>;

/** What fills the `{name}` places of a message; a phrase is told in the message's language. */
export type Values = Readonly<Record<string, string | number | Phrase>>;

/** The phrase that `tell` makes of each language. */
export function inBoth(tell: (lang: Lang) => string): Phrase {
  return { en: tell('en'), ja: tell('ja') };
}

/** One row of the error catalogue. `exit` is the exit code of a command (1 where absent). */
export interface ErrorEntry extends Phrase {
  readonly status: number;
  readonly exit?: 1 | 2 | 3 | 4;
  readonly retryable?: boolean;
  readonly remedy: Phrase;
}

/** Fills `{name}` places; a place without a value stays visible, so a mistake is seen and not hidden. */
export function format(template: string, values: Values, lang: Lang): string {
  return template.replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : place;
    return String(typeof value === 'object' ? value[lang] : value);
  });
}

/** A stranger's name for the screen: control characters, which a terminal would obey, as `\x1b`. */
export function printable(name: string): string {
  return name.replace(
    /\p{Cc}/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** The language of a process from LC_ALL, LC_MESSAGES, LANG (POSIX order): Japanese if it says so, else English. */
export function langFrom(env: Readonly<Record<string, string | undefined>>): Lang {
  const locale = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  return /^ja/i.test(locale) ? 'ja' : 'en';
}

/** The language of an HTTP request from Accept-Language (git sends it too); English where Japanese is not first. */
export function langFromHeader(acceptLanguage: string | undefined): Lang {
  return /^\s*ja\b/i.test(acceptLanguage ?? '') ? 'ja' : 'en';
}

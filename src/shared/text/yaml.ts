import type { Phrase } from './format.ts';

/** What the YAML reader finds, by its code; `yaml.other` for whatever no writer of configuration meets. */
export const phrases = {
  'yaml.TAB_AS_INDENT': {
    en: 'a tab is used for indentation; use spaces',
    ja: 'インデントのタブは使えません。空白にしてください',
  },
  'yaml.BAD_INDENT': {
    en: 'this line’s indentation fits nothing above it',
    ja: 'インデントが上の行と合いません',
  },
  'yaml.MISSING_CHAR': {
    en: 'a closing quote, bracket or comma is missing',
    ja: '引用符・括弧・コンマが足りません',
  },
  'yaml.BLOCK_AS_IMPLICIT_KEY': {
    en: 'a second `: ` on the line; put quotes around the value',
    ja: '1 行に `: ` が 2 つあります。値を引用符で囲んでください',
  },
  'yaml.BAD_SCALAR_START': {
    en: 'a value cannot begin with this character; put quotes around it',
    ja: 'この文字では値を始められません。引用符で囲んでください',
  },
  'yaml.BAD_DQ_ESCAPE': {
    en: 'unknown escape; use single quotes',
    ja: '不明なエスケープです。単一引用符を使ってください',
  },
  'yaml.DUPLICATE_KEY': { en: 'this key stands here twice', ja: '同じキーが 2 つあります' },
  'yaml.MULTILINE_IMPLICIT_KEY': {
    en: 'a key without `: ` (a colon and a space)',
    ja: 'キーの後に `: ` (コロンと空白) がありません',
  },
  'yaml.BLOCK_IN_FLOW': {
    en: 'inside brackets, write lists and maps in brackets too',
    ja: '括弧の中では、リストやマップも括弧で書いてください',
  },
  'yaml.MULTIPLE_DOCS': {
    en: 'the file holds more than one document (`---`)',
    ja: 'ファイルに文書 (`---`) が複数あります',
  },
  'yaml.BAD_ALIAS': {
    en: 'an alias (`*name`) without its anchor (`&name`)',
    ja: '別名 (`*name`) に対応する `&name` がありません',
  },
  'yaml.many_aliases': {
    en: 'too many aliases (`*name`); write the values out',
    ja: '別名 (`*name`) が多すぎます。値をそのまま書いてください',
  },
  'yaml.UNEXPECTED_TOKEN': { en: 'this is not expected here', ja: 'ここには書けません' },
  'yaml.other': { en: 'cannot be read as YAML here', ja: 'ここは YAML として読めません' },
} as const satisfies Record<string, Phrase>;

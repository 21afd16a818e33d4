import { expect, it, vi } from 'vitest';
import * as z from 'zod';
import { explain, SetoError } from './errors.ts';
import type { Lang } from './text/format.ts';
import { parseYamlConfig } from './yaml-config.ts';

it('refuses nesting that its parser would follow for seconds, however it is written', () => {
  for (const text of [
    '['.repeat(61),
    '- '.repeat(61),
    '? '.repeat(61),
    `${'a: 1\n'.repeat(20_001)}${'- '.repeat(61)}`,
    Array.from({ length: 62 }, (_, at) => `${'  '.repeat(at)}a:`).join('\n'),
  ])
    expect(() => parseYamlConfig(text, 'f.yaml', z.unknown())).toThrow('nested more than 60 levels deep');
});

const schema = z.strictObject({
  name: z.string().min(1),
  most: z.int().max(5).default(1),
  mode: z.enum(['a', 'b']).default('a'),
  url: z.url({ error: 'input.url' }).optional(),
  on: z.boolean().default(false),
});

function mistakes(text: string, lang: Lang): string[] {
  try {
    parseYamlConfig(text, 'f.yaml', schema);
  } catch (error) {
    if (error instanceof SetoError)
      return explain(error.code, error.values, lang).message.split('\n').slice(1);
    throw error;
  }
  return [];
}

it('tells every mistake of a file at its place, in the reader’s language', () => {
  expect(mistakes('mos: 1\nname: x\nurl: here\n', 'en').map((each) => each.split(':')[1])).toEqual([
    '1',
    '3',
  ]);
  const text = 'most: 9\nmode: c\nurl: here\non: maybe\nmos: 1\n';
  expect(mistakes(text, 'en')).toEqual([
    'f.yaml:1:1: name: missing',
    'f.yaml:1:1: most: must be 5 or less',
    'f.yaml:2:1: mode: expected one of a, b',
    'f.yaml:3:1: url: expected an http:// or https:// URL',
    'f.yaml:4:1: on: expected true or false',
    'f.yaml:5:1: unknown key “mos”; known here: name, most, mode, url, on',
  ]);
  expect(mistakes(text, 'ja')).toEqual([
    'f.yaml:1:1: name: 値がありません',
    'f.yaml:1:1: most: 5 以下にしてください',
    'f.yaml:2:1: mode: a, b のいずれかを指定してください',
    'f.yaml:3:1: url: http:// か https:// で始まる URL を指定してください',
    'f.yaml:4:1: on: true か false を指定してください',
    'f.yaml:5:1: 不明なキー「mos」。ここで使えるキー: name, most, mode, url, on',
  ]);
});

it.each([
  ['a: [1, 2', 'f.yaml:1:9: 引用符・括弧・コンマが足りません'],
  ['a: b: c', 'f.yaml:1:4: 1 行に `: ` が 2 つあります。値を引用符で囲んでください'],
  ['name: *nobody', 'f.yaml:1:7: 別名 (`*name`) に対応する `&name` がありません'],
  [
    `a: &x [1]\nb: [${'*x, '.repeat(101)}]`,
    'f.yaml:1:1: 別名 (`*name`) が多すぎます。値をそのまま書いてください',
  ],
  ['a:\n  b: 1\n\tc: 2\n  d: 3', 'f.yaml:3:1: インデントのタブは使えません。空白にしてください'],
  ['a: 1\nmost:1\nb: 2', 'f.yaml:2:1: キーの後に `: ` (コロンと空白) がありません'],
  ['n\0a\0m\0e\0', 'f.yaml:1:1: UTF-8 のテキストではありません。UTF-8 で保存してください'],
  ['a: &x &y 1', 'f.yaml:1:7: ここは YAML として読めません'],
])('tells what is no YAML in Japanese: %s', (text, expected) => {
  expect(mistakes(text, 'ja')).toEqual([expected]);
});

it('quotes what a terminal would obey as text', () => {
  expect(mistakes('name: n\n"m\\e[31m": 1', 'en')).toEqual([
    'f.yaml:2:1: unknown key “m\\x1b[31m”; known here: name, most, mode, url, on',
  ]);
});

it('warns of no key of its own that the library would turn into text', () => {
  const warn = vi.spyOn(process, 'emitWarning');
  expect(mistakes('name: n\n? [a]\n: 1', 'en')).toHaveLength(1);
  expect(warn).not.toHaveBeenCalled();
});

import { describe, expect, it } from 'vitest';
import { type Node, scalarText } from './node.ts';
import { Notes } from './notes.ts';
import { cpuClock } from './parse-cases.ts';
import { readYaml } from './yaml-read.ts';
import { readPlain } from './yaml-scalars.ts';

function read(source: string): { root: Node | null; notes: Notes } {
  const notes = new Notes();
  return { root: readYaml(source, 'ci.yml', notes), notes };
}

function plain(node: Node | null | undefined): unknown {
  if (node === null || node === undefined) return undefined;
  if (node.kind === 'map')
    return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plain(entry.value)]));
  if (node.kind === 'seq') return node.items.map(plain);
  return node.kind === 'reference' ? { reference: node.path } : node.value;
}

function codes(notes: Notes): string[] {
  return notes.all().map((d) => `${d.code.replace('pipelines.', '')}@${d.line}:${d.column}`);
}

describe('plain scalars as GitLab reads them', () => {
  it.each([
    ['', null],
    ['~', null],
    ['NULL', null],
    ['yes', true],
    ['On', true],
    ['off', false],
    ['y', 'y'],
    ['n', 'n'],
    ['.', '.'],
    ['-', '-'],
    ['0', 0],
    ['0777', 511],
    ['0888', '0888'],
    ['0o17', '0o17'],
    ['0x1F', 31],
    ['0b101', 5],
    ['40_000', 40000],
    ['1,000', 1000],
    ['+12', 12],
    ['-12', -12],
    ['1e3', '1e3'],
    ['1.5', 1.5],
    ['1.5e+3', 1500],
    ['1.2.3', '1.2.3'],
    ['1:30', 5400],
    ['1:30:15', 5415],
    ['22:80', '22:80'],
    ['.inf', Number.POSITIVE_INFINITY],
    ['null value', 'null value'],
    ['12345678901234567890', '12345678901234567890'],
    ['v1', 'v1'],
    ['$CI_COMMIT_SHA', '$CI_COMMIT_SHA'],
  ])('%s', (text, value) => {
    expect(readPlain(text)).toStrictEqual(value);
  });

  it.each([
    ['1.0', '1.0'],
    ['1.10', '1.1'],
    ['3.', '3.0'],
    ['yes', 'true'],
    ['0777', '511'],
    ['"0777"', '0777'],
    ['!!str 0777', '0777'],
    ['"yes"', 'yes'],
    ['~', ''],
  ])('%s as the value of a variable', (text, value) => {
    const { root } = read(`a: ${text}\n`);
    const node = root?.kind === 'map' ? root.entries.get('a')?.value : undefined;
    expect(node?.kind === 'scalar' ? scalarText(node) : undefined).toBe(value);
  });
});

describe('structure', () => {
  it('keeps places', () => {
    const { root } = read('a:\n  - x\n  -   {b: 1}\n');
    const item = root?.kind === 'map' ? root.entries.get('a')?.value : undefined;
    expect(item?.kind === 'seq' ? item.items.map((node) => node.at) : []).toEqual([
      { file: 'ci.yml', line: 2, column: 5 },
      { file: 'ci.yml', line: 3, column: 7 },
    ]);
  });

  it.each([
    ['the last of two equal keys', 'a: 1\na: 2\n', { a: 2 }],
    ['merge', 'b: &b {x: 1, y: 1}\nc: {<<: *b, y: 2}\n', { b: { x: 1, y: 1 }, c: { x: 1, y: 2 } }],
    ['the first of several merged maps', 'c:\n  <<: [{x: 1}, {x: 2, z: 3}]\n', { c: { x: 1, z: 3 } }],
    ['a merge after a key, as Psych does', 'c:\n  x: 1\n  <<: {x: 2}\n', { c: { x: 2 } }],
    ['an alias redefined', 'a: &x 1\nb: *x\nc: &x 2\nd: *x\n', { a: 1, b: 1, c: 2, d: 2 }],
    ['references', 'a: !reference [.b, script]\n', { a: { reference: ['.b', 'script'] } }],
    ['block scalars', 'a: |\n  x\n  y\nb: >-\n  x\n  y\n', { a: 'x\ny\n', b: 'x y' }],
    ['anchors on scalars', 'a: &n 5\nb: [*n, *n]\n', { a: 5, b: [5, 5] }],
    ['carriage returns', 'a: 1\r\nb: 2\r\n', { a: 1, b: 2 }],
    ['a byte order mark', '\ufeffa: 1\n', { a: 1 }],
    ['flow', 'a: [1, {b: c}]\n', { a: [1, { b: 'c' }] }],
    ['tags it does not know', 'a: !thing x\n', { a: 'x' }],
  ])('reads %s', (_, source, value) => {
    const { root, notes } = read(source);
    expect(codes(notes)).toEqual([]);
    expect(plain(root)).toEqual(value);
  });

  it.each([
    ['an unknown alias', 'a: *b\n', ['alias_unknown@1:4']],
    ['an alias within its anchor', 'a: &a [*a]\n', ['alias_cycle@1:8']],
    ['a key that is a list', '? [a]\n: b\n', ['key_not_text@1:3']],
    ['a tab', 'a:\n\tb: 1\n', ['yaml_tab@2:1']],
    ['a bracket left open', 'a: [1, 2\nb: 1\n', ['yaml_bracket@2:1']],
    ['an odd indentation', 'a:\n    b: 1\n  c: 2\n', ['yaml_indent@3:1']],
    ['a second colon', 'a: b: c\n', ['yaml_colon@1:4']],
    ['a reserved character', 'a: @b\n', ['yaml_start@1:4']],
    ['an open quote', 'a: "b\n', ['yaml_missing@2:1']],
    ['an unknown escape', 'a: "\\d"\n', ['yaml_escape@1:5']],
    ['something else', 'a: &x &y z\n', ['yaml@1:7']],
    ['inputs', 'spec:\n  inputs: {}\n---\na: 1\n', ['inputs@1:1']],
  ])('reports %s', (_, source, expected) => {
    expect(codes(read(source).notes).slice(0, expected.length)).toEqual(expected);
  });

  it('warns of a second document and of dates', () => {
    const { root, notes } = read('a: 2024-01-31\n---\nb: 1\n');
    expect(plain(root)).toEqual({ a: '2024-01-31' });
    expect(notes.all().map((d) => [d.severity, d.code])).toEqual([
      ['warning', 'pipelines.date'],
      ['warning', 'pipelines.more_documents'],
    ]);
  });
});

describe('limits', () => {
  const laughs = Array.from(
    { length: 9 },
    (_, i) => `l${i}: &l${i} [${Array(10).fill(i === 0 ? 'x' : `*l${i - 1}`)}]`,
  );
  it.each([
    ['ten thousand brackets', `a: ${'['.repeat(10_000)}`, 'too_deep'],
    ['ten thousand closed brackets', `a: ${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'too_deep'],
    ['ten thousand maps', '{a: '.repeat(10_000), 'too_deep'],
    ['ten thousand dashes', '- '.repeat(10_000), 'too_deep'],
    ['ten thousand question marks', '? '.repeat(10_000), 'too_deep'],
    ['deep indentation', Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), 'too_deep'],
    ['a billion laughs', laughs.join('\n'), 'too_many_nodes'],
    ['101 aliases', `a: &a 1\nb:\n${'  - *a\n'.repeat(101)}`, 'too_many_aliases'],
    ['a megabyte', `a: ${'x'.repeat(1_000_001)}`, 'too_large'],
    ['a megabyte of kanji', `a: ${'部'.repeat(340_000)}`, 'too_large'],
    ['tokens without end', '[]'.repeat(300_000), 'yaml'],
    ['anchors without end', '&a '.repeat(200_000), 'too_many_nodes'],
    ['quotes without end', '"\\'.repeat(300_000), 'yaml_missing'],
  ])('%s end in an error at once', (_, source, code) => {
    const cpu = cpuClock();
    const { root, notes } = read(source);
    const seconds = cpu() / 1000;
    expect(root).toBeNull();
    expect(notes.all()[0]?.code).toBe(`pipelines.${code}`);
    expect(seconds).toBeLessThan(code === 'too_deep' ? 1 : 2);
  });

  it('takes a hundred levels, a hundred aliases and stars in scripts', () => {
    expect(codes(read(`a: ${'['.repeat(98)}${']'.repeat(98)}\n`).notes)).toEqual([]);
    expect(codes(read(`a: &a 1\nb:\n${'  - *a\n'.repeat(100)}`).notes)).toEqual([]);
    expect(codes(read(`b: |\n${'  *bold*\n'.repeat(200)}`).notes)).toEqual([]);
    expect(codes(read(`b:\n${'  - "*x"\n'.repeat(200)}`).notes)).toEqual([]);
  });
});

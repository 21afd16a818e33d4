import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { lookUpMeter, lookUpVm } from '../cost/prices/price-book.ts';
import { explain, SetoError } from '../shared/errors.ts';
import { bookWith, readPriceFile } from './read-price-file.ts';
import { scenarioBook } from './scenario-book.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'seto-sheet-'));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string): string => {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
};
const sheet = `source: contract 42
date: 2026-04-01
currency: JPY
regions:
  japaneast:
    vms: { Standard_F4s_v2: 28.5 }
    meters: { staticIpHour: 0.7, egressGb: [{ from: 0, price: 0 }, { from: 100, price: 16 }] }
  osaka:
    vms: { Own.Rack_1: 12 }
`;
/** The mistakes, each without the folder. */
const mistakes = (read: () => unknown): string[] => {
  try {
    read();
  } catch (error) {
    if (!(error instanceof SetoError) || error.code !== 'core.config') throw error;
    expect(explain(error.code, error.values, 'ja').message).toMatch(/[ぁ-んァ-ヶ一-龥]/);
    const { message } = explain(error.code, error.values, 'en');
    return message.split('\n').flatMap((line) => line.split(`${folder}/`)[1] ?? []);
  }
  return [];
};

it('puts a sheet over the shipped prices, in its own currency', () => {
  const book = bookWith(write('sheet.yaml', sheet));
  expect(lookUpVm(book, 'japaneast', 'Standard_F4s_v2')).toMatchObject({
    price: 28.5,
    currency: 'JPY',
    source: 'contract 42',
    date: '2026-04-01',
  });
  expect(lookUpVm(book, 'osaka', 'Own.Rack_1')).toMatchObject({ price: 12 });
  expect(lookUpVm(book, 'japaneast', 'Standard_B2s')).toMatchObject({ price: 0.0544, kind: 'shipped' });
  expect(lookUpMeter(book, 'japaneast', 'egressGb')).toMatchObject({
    currency: 'JPY',
    tiers: [
      { from: 0, price: 0 },
      { from: 100, price: 16 },
    ],
  });
});

it('tells every mistake of a sheet with its place', () => {
  const wrong = `source: ""
date: 2026-4-1
currency: EUR
regions:
  Japan East: {}
  japaneast:
    vms: { Standard_F4s_v2: 0, "a b": 1 }
    meters: { staticIp: 1, natHour: -1, egressGb: [{ from: 5, price: 1 }] }
extra: 1
`;
  const found = mistakes(() => readPriceFile(write('wrong.yaml', wrong)));
  expect(found.map((line) => line.split(' ')[0])).toEqual(
    expect.arrayContaining([
      'wrong.yaml:1:1:',
      'wrong.yaml:2:1:',
      'wrong.yaml:3:1:',
      'wrong.yaml:5:3:',
      'wrong.yaml:7:12:',
      'wrong.yaml:8:15:',
      'wrong.yaml:8:28:',
      'wrong.yaml:9:1:',
    ]),
  );
  expect(found.join('\n')).toContain('unknown key “staticIp”');
  expect(found.join('\n')).toContain('expected a day: YYYY-MM-DD');
});

it('reads a saved book, and refuses a part of one', () => {
  const layers = [
    {
      kind: 'refreshed',
      source: 'a copy',
      date: '2026-11-25',
      currency: 'USD',
      regions: { japaneast: { vms: { Standard_F4s_v2: 0.3 }, meters: {} } },
    },
  ];
  const saved = write('book.json', JSON.stringify({ platform: null, prices: [], layers }, null, 2));
  expect(lookUpVm(bookWith(saved), 'japaneast', 'Standard_F4s_v2')).toMatchObject({ price: 0.3 });
  const part = layers.map(({ regions: _, ...layer }) => layer);
  expect(mistakes(() => bookWith(write('part.json', JSON.stringify({ layers: part }))))[0]).toContain(
    'only a selection of the book',
  );
  const bad = JSON.stringify({ layers: [{ ...layers[0], date: 'today' }] }, null, 1);
  expect(mistakes(() => bookWith(write('bad.json', bad)))).toEqual([
    'bad.json:6:4: layers.0.date: expected a day: YYYY-MM-DD',
  ]);
});

it('finds the file that a scenario names beside it, and lets --prices have the last word', () => {
  mkdirSync(path.join(folder, 'deep'));
  write('sheet.yaml', sheet);
  const price = (scenario: string, given?: string) => {
    const found = lookUpVm(scenarioBook(scenario, given), 'japaneast', 'Standard_F4s_v2');
    return found.found ? found.price : null;
  };
  const scenario = write('deep/scenario.yaml', 'region: japaneast\nprices: ../sheet.yaml\n');
  expect(price(scenario)).toBe(28.5);
  expect(price(scenario, write('other.yaml', sheet.replace('28.5', '27')))).toBe(27);
  expect(price(write('plain.yaml', 'region: japaneast\n'))).toBe(0.214);
});

import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { csvText } from './csv-text.ts';

it('is read back by a CSV parser as it was, whatever the cells hold', () => {
  const cell = fc.string().filter((text) => !/^[=+\-@\t\r]/.test(text));
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
      const read = parse(csvText(['a', 'b'], rows), { record_delimiter: '\r\n' }) as string[][];
      expect(read).toEqual([['a', 'b'], ...rows]);
    }),
  );
});

it('lets no spreadsheet run a cell, and leaves numbers as they are', () => {
  expect(csvText(['x'], [['=1+1'], ['@SUM(A1)'], ['-cmd'], ['-12.5'], [-0.1], [null]])).toBe(
    "x\r\n'=1+1\r\n'@SUM(A1)\r\n'-cmd\r\n-12.5\r\n-0.1\r\n\r\n",
  );
});

import path from 'node:path';
import { expect, it } from 'vitest';
import { drifted } from '../scripts/docs.ts';
import { catalogue } from '../src/shared/errors.ts';
import type { ErrorEntry } from '../src/shared/text/format.ts';

it('has generated pages that say what the code says (run: npm run docs)', () => {
  expect(drifted(path.join(import.meta.dirname, '..'))).toEqual([]);
});

it('has the same places in both languages of every error', () => {
  const places = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join();
  const wrong = Object.entries(catalogue).filter(
    ([, entry]: [string, ErrorEntry]) =>
      places(entry.en) !== places(entry.ja) || places(entry.remedy.en) !== places(entry.remedy.ja),
  );
  expect(wrong.map(([code]) => code)).toEqual([]);
});

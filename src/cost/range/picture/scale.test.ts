import fc from 'fast-check';
import { expect, it } from 'vitest';
import { axis, linearTicks } from './scale.ts';
import { pathOf, widthOf, wrapped } from './svg.ts';

it('puts marks at 1, 2 or 5 times a power of ten, within the ends and near the number wanted', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 1, max: 1e6 }), (from, more) => {
      const ticks = linearTicks(from, from + more, 8);
      const step = (ticks[1] ?? 0) - (ticks[0] ?? 0);
      const digit = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
      expect([1, 2, 5].some((each) => Math.abs(each - digit) < 1e-6)).toBe(true);
      expect(ticks.length).toBeGreaterThanOrEqual(3);
      expect(ticks.length).toBeLessThanOrEqual(9);
      expect(ticks.every((tick) => tick >= from - 1e-6 && tick <= from + more + 1e-6)).toBe(true);
    }),
  );
  expect(linearTicks(0, 100, 5)).toEqual([0, 20, 40, 60, 80, 100]);
});

it('puts logarithmic marks at 1, 2 and 5, and at powers alone over many of them', () => {
  const ticks = (from: number, to: number, wanted: number) =>
    axis({ from, to, scale: 'log' }, 0, 1, wanted).ticks;
  expect(ticks(5, 1000, 9)).toEqual([5, 10, 20, 50, 100, 200, 500, 1000]);
  expect(ticks(1, 1e6, 5)).toEqual([1, 10, 100, 1000, 10_000, 100_000, 1_000_000]);
});

it('leaves out points of a path that do not bend it', () => {
  expect(
    pathOf([
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 0],
    ]),
  ).toBe('M0 0L2 2L3 0');
});

it('breaks lines within their width and loses nothing', () => {
  for (const text of [
    'Prices: Azure list prices of 2026-06-18; 1 USD = 150 yen.',
    '価格は Azure の定価です。番号は損益分岐点です。',
  ]) {
    const lines = wrapped(text, 11, 150);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.every((line) => widthOf(line, 11) <= 165)).toBe(true);
    expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
  }
});

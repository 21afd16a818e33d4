import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromDecimal, toDecimal } from './decimal.ts';

it('reads a number as it is written, not as the double next to it', () => {
  expect(toDecimal(0.1)).toBe(10n ** 17n);
  expect(toDecimal(0.1) + toDecimal(0.2)).toBe(toDecimal(0.3));
  expect(toDecimal(730)).toBe(730n * 10n ** 18n);
  expect(toDecimal(1e-7)).toBe(10n ** 11n);
  expect(toDecimal(-0.5)).toBe(-(5n * 10n ** 17n));
  expect(toDecimal(1e21)).toBe(10n ** 39n);
  expect(() => toDecimal(Number.NaN)).toThrow(RangeError);
});

it('gives products back as the double next to them', () => {
  expect(fromDecimal(toDecimal(0.214) * toDecimal(150), 2)).toBe(32.1);
  fc.assert(
    // From ten on, a double's shortest form has no more than eighteen decimals.
    fc.property(fc.double({ min: 10, max: 1e9, noNaN: true }), (value) => {
      expect(fromDecimal(toDecimal(value), 1)).toBe(value);
      expect(fromDecimal(-toDecimal(value) * toDecimal(1), 2)).toBe(-value);
    }),
  );
});

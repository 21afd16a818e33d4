/** Decimals of an invoice as integers of 10⁻³⁰: exact for every figure that Azure writes. */
const decimalScale = 30;

const one = 10n ** BigInt(decimalScale);

/** The largest number that is read, without its sign: no bill comes near it, and doubles still have every whole yen. */
const most = 10n ** 15n * one;

/**
 * Reads a decimal number, exponents included (`6.5E-05`); null where it is none, has more than thirty decimals or is
 * beyond 10¹⁵.
 * A comma is no decimal sign here: Microsoft's files use the point in every language.
 */
export function parseDecimal(text: string): bigint | null {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i.exec(text.trim());
  if (match === null) return null;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = whole + fraction;
  if (digits === '') return null;
  const shift = decimalScale - fraction.length + Number(exponent);
  if (shift < 0 && /[1-9]/.test(digits.slice(shift))) return null;
  const value = shift >= 0 ? BigInt(digits) * 10n ** BigInt(shift) : BigInt(digits.slice(0, shift) || '0');
  if (value > most) return null;
  return sign === '-' ? -value : value;
}

/** Product of two such decimals, rounded towards zero at the thirtieth place. */
export function multiplyDecimals(first: bigint, second: bigint): bigint {
  return (first * second) / one;
}

/** A decimal in whole parts of `perOne` to the unit (3.6·10¹⁵ to the yen, say), rounded half away from zero. */
export function decimalTo(value: bigint, perOne: bigint): bigint {
  const scaled = value * perOne * 2n;
  const half = value < 0n ? -one : one;
  return (scaled + half) / (2n * one);
}

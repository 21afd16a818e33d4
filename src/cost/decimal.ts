/** Decimal digits that are kept behind the point: as many as any price, rate or hour is written with. */
const digits = 18;

/** What an integer of toDecimal is divided by to be the number again. */
const decimalScale = 10n ** BigInt(digits);

/**
 * A finite number as an integer of 10⁻¹⁸, exactly as its shortest decimal form reads (0.1 is a tenth here, not the
 * double next to it); digits behind the eighteenth are cut. Throws RangeError on what is no finite number.
 */
export function toDecimal(value: number): bigint {
  if (!Number.isFinite(value)) throw new RangeError(`not a finite number: ${value}`);
  const text = /e/.test(String(value)) ? value.toFixed(digits) : String(value);
  if (/e/.test(text)) return BigInt(value) * decimalScale;
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'));
}

/** The double next to an integer of 10^(−18·factors): read from its digits, since a quotient of doubles rounds twice. */
export function fromDecimal(amount: bigint, factors: number): number {
  const behind = digits * factors;
  const text = String(amount < 0n ? -amount : amount).padStart(behind + 1, '0');
  const value = Number(`${text.slice(0, -behind)}.${text.slice(-behind)}`);
  return amount < 0n ? -value : value;
}

/** One unit of exact money: one nano-yen an hour, for one millisecond. So many make one yen. */
export const unitsPerYen = 3_600_000n * 1_000_000_000n;

/** Parts per million, in which a tax rate is kept so that it multiplies exactly. */
const million = 1_000_000n;

/** Yen as integer nano-yen (rounded to the nano-yen; a double holds no more below nine million yen). */
export function nanoYen(yen: number): bigint {
  if (!Number.isFinite(yen)) throw new RangeError(`not an amount of yen: ${yen}`);
  return BigInt(yen.toFixed(9).replace('.', ''));
}

/** Formula C·t in exact units: milliseconds times nano-yen an hour. */
export function units(ms: number | bigint, priceNanoYenPerHour: number | bigint): bigint {
  return BigInt(ms) * BigInt(priceNanoYenPerHour);
}

/** An amount of yen in exact units. */
export function yenToUnits(yen: number): bigint {
  return nanoYen(yen) * 3_600_000n;
}

/** Exact units as the nearest double in yen: for charts and JSON, never to add up. */
export function unitsToYen(amount: bigint): number {
  const whole = amount / unitsPerYen;
  const rest = amount % unitsPerYen;
  return Number(whole) + Number(rest) / Number(unitsPerYen);
}

/** Exact units as yen with `digits` decimals, rounded half away from zero; thousands are not grouped. */
export function formatYen(amount: bigint, digits = 1): string {
  const scale = 10n ** BigInt(digits);
  const sign = amount < 0n ? '-' : '';
  const scaled = ((amount < 0n ? -amount : amount) * scale * 2n + unitsPerYen) / (2n * unitsPerYen);
  const text = scaled.toString().padStart(digits + 1, '0');
  const body = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
  return `${/[1-9]/.test(body) ? sign : ''}${body}`;
}

/** A rate such as 0.1 in parts per million. */
export function partsPerMillion(rate: number): bigint {
  return BigInt(Math.round(rate * 1_000_000));
}

/** The tax on an amount, rounded up to a unit (never less than is due). */
export function taxOn(amount: bigint, taxPpm: bigint): bigint {
  return (amount * taxPpm + million - 1n) / million;
}

/** Values to pixels along one axis, with the values at which people would put marks. */
export interface Axis {
  pixel(value: number): number;
  ticks: readonly number[];
}

const steps = [1, 2, 5, 10];

/** About `wanted` marks at 1, 2 or 5 times a power of ten. */
export function linearTicks(from: number, to: number, wanted: number): number[] {
  const rough = (to - from) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (steps.find((each) => each * power >= rough) ?? 10) * power;
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

/** Marks at 1, 2 and 5 times powers of ten; powers alone where that would be more than `most`. */
function logTicks(from: number, to: number, most: number): number[] {
  const powers = Array.from(
    { length: Math.floor(Math.log10(to)) - Math.floor(Math.log10(from)) + 1 },
    (_, index) => 10 ** (Math.floor(Math.log10(from)) + index),
  );
  const within = (value: number) => value >= from * (1 - 1e-9) && value <= to * (1 + 1e-9);
  const all = powers.flatMap((power) => [power, 2 * power, 5 * power]).filter(within);
  const few = powers.filter(within);
  return all.length <= most || few.length < 2 ? all : few;
}

/** An axis over values `from` to `to` on pixels `start` to `end`. */
export function axis(
  range: { from: number; to: number; scale: 'linear' | 'log' },
  start: number,
  end: number,
  wanted: number,
): Axis {
  const { from, to, scale } = range;
  const place = scale === 'log' ? Math.log : (value: number) => value;
  const [low, high] = [place(from), place(to)];
  return {
    pixel: (value) => start + ((place(value) - low) / (high - low)) * (end - start),
    ticks: scale === 'log' ? logTicks(from, to, wanted + 3) : linearTicks(from, to, wanted),
  };
}

/** A value as an axis shows it: thousands apart, no trailing zeros. */
export function shown(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 12 });
}

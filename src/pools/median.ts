/** The middle one; of an even count the mean of the two in the middle, rounded. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor((sorted.length - 1) / 2);
  const [low = 0, high = low] = sorted.slice(middle, middle + 2);
  return sorted.length % 2 === 1 ? low : Math.round((low + high) / 2);
}

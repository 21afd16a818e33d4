/**
 * A stream of numbers in [0, 1), the same for the same seed on every machine: a counter in steps of 2³²/φ, each value
 * stirred by the finaliser of MurmurHash3.
 */
export function seededRandom(seed: number): () => number {
  let counter = seed | 0;
  return () => {
    counter = (counter + 0x9e3779b9) | 0;
    let value = counter ^ (counter >>> 16);
    value = Math.imul(value, 0x85ebca6b);
    value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
    return ((value ^ (value >>> 16)) >>> 0) / 2 ** 32;
  };
}

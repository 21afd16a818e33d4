import { expect, test } from 'vitest';
import { wilsonInterval } from './wilson-interval.ts';

test('Wilson’s interval matches published values and never leaves 0 to 1', () => {
  // Newcombe (Statistics in Medicine 17, 1998), table I: 81/263, 15/148, 0/20, 1/29.
  for (const [hits, n, low, high] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const) {
    const share = wilsonInterval(hits, n);
    expect(share?.low).toBeCloseTo(low, 4);
    expect(share?.high).toBeCloseTo(high, 4);
  }
  expect(wilsonInterval(10, 10)).toMatchObject({ rate: 1, high: 1 });
  expect(wilsonInterval(0, 20)).toMatchObject({ rate: 0, low: 0 });
  expect(wilsonInterval(0, 0)).toBeNull();
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { occupancy } from './occupancy.ts';

const none = Number.POSITIVE_INFINITY;
const rounded = (times: ReadonlyMap<number, number>) =>
  Object.fromEntries([...times].map(([n, t]) => [n, Number(t.toFixed(9))]));

describe('T_n of independent demands', () => {
  it('is binomial over the window', () => {
    // Three people, 120 node-hours in 80 working hours: each is there half of the time.
    const given = { nodeHours: 120, count: 3, windowHours: 80, monthHours: 730, maxNodes: none };
    expect(rounded(occupancy(given))).toEqual({ 1: 30, 2: 30, 3: 10 });
    // One node: what two or three would have done in 30 and 10 hours is done later, 1·30 + 2·10 hours.
    expect(rounded(occupancy({ ...given, maxNodes: 1 }))).toEqual({ 1: 120 });
    // Two nodes: 10 hours of the third, by two nodes in five.
    expect(rounded(occupancy({ ...given, maxNodes: 2 }))).toEqual({ 1: 30, 2: 45 });
  });

  it('lengthens a working day that is too short, and no month', () => {
    const given = { nodeHours: 200, count: 2, windowHours: 80, monthHours: 730, maxNodes: none };
    expect(rounded(occupancy(given))).toEqual({ 2: 100 });
    expect(rounded(occupancy({ ...given, nodeHours: 2000 }))).toEqual({ 2: 190, 3: 540 });
    expect(() => occupancy({ ...given, nodeHours: 731, maxNodes: 1 })).toThrow(RangeError);
    expect(occupancy({ ...given, nodeHours: 0, count: 0 })).toEqual(new Map());
  });

  it('has all node-hours in it, within the month and the limit', () => {
    const demands = fc.record({
      nodeHours: fc.double({ min: 1e-3, max: 5000, noNaN: true }),
      count: fc.double({ min: 0.1, max: 3000, noNaN: true }),
      windowHours: fc.double({ min: 0, max: 744, noNaN: true }),
      monthHours: fc.constant(744),
      maxNodes: fc.oneof(fc.constant(none), fc.integer({ min: 7, max: 40 })),
    });
    fc.assert(
      fc.property(demands, (given) => {
        const times = [...occupancy(given)];
        const sum = times.reduce((all, [n, t]) => all + n * t, 0);
        expect(Math.abs(sum - given.nodeHours)).toBeLessThanOrEqual(1e-11 * given.nodeHours);
        expect(times.reduce((all, [, t]) => all + t, 0)).toBeLessThanOrEqual(744 * (1 + 1e-9));
        expect(times.every(([n, t]) => n >= 1 && n <= given.maxNodes && t >= 0)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

it('takes the smallest hours that there are', () => {
  const demands = { nodeHours: 5e-324, count: 1, windowHours: 160, monthHours: 730, maxNodes: 3 };
  expect([...occupancy(demands)]).toEqual([[1, 5e-324]]);
});

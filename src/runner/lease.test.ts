import { expect, test } from 'vitest';
import { leaseFrom, leaseMoments } from './lease.ts';

test('a lease without end has no moments; one of an hour leaves a minute for the end', () => {
  expect(leaseMoments(leaseFrom(5, null)).askAt).toBe(Number.POSITIVE_INFINITY);
  expect(leaseMoments(leaseFrom(0, 3_600_000))).toEqual({
    askAt: 3_540_000,
    killAt: 3_560_000,
    cleanAt: 3_580_000,
    stopAt: 3_594_000,
    endsAt: 3_600_000,
  });
});

test('of a short lease a quarter; a renewal just before the end leaves the margin as it was', () => {
  const first = leaseFrom(100, 40_000);
  expect(leaseMoments(first).askAt).toBe(30_100);
  // The same end, said again 500 ms before it.
  expect(leaseMoments(leaseFrom(39_600, 500, first)).askAt).toBe(30_100);
  // A longer one counts from then on.
  expect(leaseMoments(leaseFrom(39_600, 80_000, first)).askAt).toBe(99_600);
});

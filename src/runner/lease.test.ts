import { expect, test } from 'vitest';
import { leaseFrom, leaseMoments } from './lease.ts';

test('a lease without end has no moments; one of an hour leaves a minute for the end', () => {
  expect(leaseMoments(leaseFrom(5, { leaseMs: null })).askAt).toBe(Number.POSITIVE_INFINITY);
  expect(leaseMoments(leaseFrom(0, { leaseMs: 3_600_000 }))).toEqual({
    askAt: 3_540_000,
    killAt: 3_560_000,
    cleanAt: 3_580_000,
    stopAt: 3_594_000,
    endsAt: 3_600_000,
  });
});

test('of a short lease a quarter; a renewal just before the end leaves the margin as it was', () => {
  const first = leaseFrom(100, { leaseMs: 40_000 });
  expect(leaseMoments(first).askAt).toBe(30_100);
  // The same end, said again 500 ms before it.
  expect(leaseMoments(leaseFrom(39_600, { leaseMs: 500 }, first)).askAt).toBe(30_100);
  // A longer one counts from then on.
  expect(leaseMoments(leaseFrom(39_600, { leaseMs: 80_000 }, first)).askAt).toBe(99_600);
});

test('a server that is unsure of our age moves the end by what the lease has grown, and no further', () => {
  const ordered = leaseFrom(0, { leaseMs: 50_000 });
  // Nobody said how long the whole is: what the machine was ordered with holds.
  const enrolled = leaseFrom(1000, { leaseMs: 90_000, wholeMs: 100_000, unsure: true }, ordered);
  expect(enrolled.endsAt).toBe(50_000);
  const beat = leaseFrom(5000, { leaseMs: 95_000, wholeMs: 100_000, unsure: true }, enrolled);
  expect(beat.endsAt).toBe(50_000);
  const prolonged = leaseFrom(9000, { leaseMs: 150_000, wholeMs: 160_000, unsure: true }, beat);
  expect(prolonged.endsAt).toBe(110_000);
  // One that thinks us older than we are is obeyed, and so is a sure word, longer or shorter.
  expect(leaseFrom(10_000, { leaseMs: 500, wholeMs: 160_000, unsure: true }, prolonged).endsAt).toBe(10_500);
  expect(leaseFrom(10_000, { leaseMs: 130_000, wholeMs: 160_000 }, prolonged).endsAt).toBe(140_000);
});

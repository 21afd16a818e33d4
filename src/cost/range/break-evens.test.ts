import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { piecewiseModel, type TestPiece, testPoint } from '../../../test/support/piecewise-model.ts';
import { type Layout, layouts } from '../estimate/bill-model.ts';
import { breakEvens } from './break-evens.ts';
import { cheapestAlong, withinBudgetAlong } from './envelope.ts';

const [from, to] = [0.5, 200];
const pair = ['hybrid-vm', 'all-onprem'] as const;
const forever = (a: number, b: number, c = 0): TestPiece[] => [
  { to: Number.POSITIVE_INFINITY, includesEnd: true, a, b, c },
];
const along = (one: readonly TestPiece[], other: readonly TestPiece[]) =>
  breakEvens(
    piecewiseModel({ [pair[0]]: one, [pair[1]]: other }),
    pair,
    testPoint,
    'trainingHours',
    from,
    to,
  );

/** Whole thousandths: a coefficient of 1e-300 makes signs that no bill has. */
const number = (min: number, max: number) =>
  fc
    .integer({ min: Math.ceil(min * 1000), max: Math.floor(max * 1000) })
    .map((thousandths) => thousandths / 1000);
const coefficients = fc.record({ a: number(0, 80_000), b: number(-400, 400), c: number(-20_000, 20_000) });

/** Up to five pieces, each joined to the one before it or jumping away from it. */
const pieces = fc
  .tuple(
    fc.uniqueArray(number(1, 199), { maxLength: 4 }),
    fc.array(fc.tuple(coefficients, fc.boolean(), fc.boolean()), { minLength: 5, maxLength: 5 }),
  )
  .map(([kinks, parts]): TestPiece[] => {
    const ends = [...kinks.sort((one, other) => one - other), Number.POSITIVE_INFINITY];
    let joinAt = { x: 0, y: 0 };
    return ends.map((end, index) => {
      const [given, joined, includesEnd] = parts[index] ?? parts[0] ?? [{ a: 0, b: 0, c: 0 }, false, false];
      const shift = joined && index > 0 ? joinAt.y - valueAt(given, joinAt.x) : 0;
      const piece = { ...given, a: given.a + shift, to: end, includesEnd };
      joinAt = { x: end, y: valueAt(piece, end) };
      return piece;
    });
  });

function valueAt({ a, b, c }: { a: number; b: number; c: number }, x: number): number {
  return a + b * x + c / x;
}

const scan = Array.from({ length: 4001 }, (_, index) => from + ((to - from) * index) / 4000);

describe('breakEvens', () => {
  it('agrees with a dense scan on pieces with bends and jumps', () => {
    fc.assert(
      fc.property(pieces, pieces, (one, other) => {
        const model = piecewiseModel({ [pair[0]]: one, [pair[1]]: other });
        const difference = (x: number) => {
          const at = { ...testPoint, trainingHours: x };
          return model.yen(pair[0], at) - model.yen(pair[1], at);
        };
        const found = along(one, other).breakEvens.filter(({ kind }) => kind !== 'touch');
        const xs = found.map(({ x }) => x);
        // Nothing stepped over: every change of sign between two points of the scan has its break-even.
        scan.slice(1).forEach((x, index) => {
          const before = scan[index] ?? from;
          const changes = difference(before) * difference(x) < 0;
          const between = xs.filter((each) => each >= before && each <= x).length;
          if (changes && between % 2 !== 1) expect.fail(`stepped over between ${before} and ${x}`);
        });
        // Nothing made up: each has its two layouts on its two sides, and a crossing is one to the last digits.
        const isCheaper = (layout: Layout | null, x: number) =>
          Math.abs(difference(x)) < 1e-6 || layout === (difference(x) < 0 ? pair[0] : pair[1]);
        found.forEach(({ x, kind, below, above }, index) => {
          const reach = 1e-6 * Math.min(x - (xs[index - 1] ?? from), (xs[index + 1] ?? to) - x);
          expect([isCheaper(below, x - reach), isCheaper(above, x + reach)], `around ${x}`).toEqual([
            true,
            true,
          ]);
          expect(below).not.toBe(above);
          if (kind === 'crossing') expect(Math.abs(difference(x))).toBeLessThan(1e-5);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('finds both crossings of one piece, however near each other and a kink', () => {
    fc.assert(
      fc.property(
        number(2, 150),
        number(0.05, 20),
        fc.double({ min: 1e-6, max: 1, noNaN: true }),
        number(1, 50),
        (first, apart, ahead, steep) => {
          // x·(other − one) = steep·(x − first)·(x − second), and a bend of both just before the first.
          const second = first + apart;
          const start = { to: first - ahead, includesEnd: true, a: 40_000, b: 10, c: 0 };
          const one = [start, ...forever(40_000, 10)];
          const bent = forever(40_000 - steep * (first + second), 10 + steep, steep * first * second);
          const atKink = valueAt(bent[0] ?? start, start.to) - valueAt(start, start.to);
          const found = along(one, [
            { ...start, a: start.a + atKink + 5 * start.to, b: 5 },
            ...bent,
          ]).breakEvens;
          expect(found.map(({ kind, above }) => [kind, above])).toEqual([
            ['crossing', 'all-onprem'],
            ['crossing', 'hybrid-vm'],
          ]);
          expect(found[0]?.x).toBeCloseTo(first, 6);
          expect(found[1]?.x).toBeCloseTo(second, 6);
        },
      ),
    );
  });

  it('calls a jump over the other bill a step', () => {
    const jumps = [{ to: 100, includesEnd: true, a: 1000, b: 0, c: 0 }, ...forever(3000, 0)];
    expect(along(jumps, forever(2000, 0))).toEqual({
      breakEvens: [{ pair, x: 100, kind: 'step', below: 'hybrid-vm', above: 'all-onprem' }],
      equal: [],
    });
  });

  it('tells a touch from a crossing', () => {
    // 1000 + 10·x + 1000/x is nowhere below 1200, and there at x = 10.
    const { breakEvens: found } = along(forever(1000, 10, 1000), forever(1200, 0));
    expect(found).toEqual([
      { pair, x: expect.closeTo(10, 9), kind: 'touch', below: 'all-onprem', above: 'all-onprem' },
    ]);
  });

  it('says where two bills are one, and what happens at its ends', () => {
    const bends = [
      { to: 50, includesEnd: true, a: 1000, b: 10, c: 0 },
      { to: 80, includesEnd: true, a: 1500, b: 0, c: 0 },
      ...forever(2300, -10),
    ];
    expect(along(bends, forever(1500, 0))).toEqual({
      breakEvens: [
        { pair, x: 50, kind: 'crossing', below: 'hybrid-vm', above: null },
        { pair, x: 80, kind: 'crossing', below: null, above: 'hybrid-vm' },
      ],
      equal: [{ from: 50, to: 80 }],
    });
  });

  it('finds nothing where one is cheaper all along', () => {
    expect(along(forever(1000, 10), forever(2000, 10))).toEqual({ breakEvens: [], equal: [] });
  });
});

describe('cheapestAlong', () => {
  it('agrees with the least of all five bills at every point of a dense scan', () => {
    fc.assert(
      fc.property(fc.tuple(pieces, pieces, pieces, pieces, pieces), (given) => {
        const model = piecewiseModel(
          Object.fromEntries(layouts.map((layout, at) => [layout, given[at] ?? []])),
        );
        const stretches = cheapestAlong(model, testPoint, 'trainingHours', from, to);
        expect([stretches[0]?.from, stretches.at(-1)?.to]).toEqual([from, to]);
        for (const [index, stretch] of stretches.slice(1).entries()) {
          expect(stretch.from).toBe(stretches[index]?.to);
          expect(stretch.layouts).not.toEqual(stretches[index]?.layouts);
        }
        for (const x of scan) {
          const at = { ...testPoint, trainingHours: x };
          const stretch = stretches.find((each) => each.from < x && x < each.to);
          if (stretch === undefined) continue;
          const least = Math.min(...layouts.map((layout) => model.yen(layout, at)));
          if (model.yen(stretch.layouts[0], at) - least > 1e-5) expect.fail(`another is cheaper at ${x}`);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('ends its stretches where the break-evens of their layouts are', () => {
    const model = piecewiseModel({ 'hybrid-vm': forever(2000, 106.5), 'all-onprem': forever(14_400, 0.5) });
    const [first, second, ...more] = cheapestAlong(model, testPoint, 'trainingHours', from, to);
    expect(first).toEqual({ from, to: expect.closeTo(12_400 / 106, 10), layouts: ['hybrid-vm'] });
    expect(second).toEqual({ from: first?.to, to, layouts: ['all-onprem'] });
    expect(more).toEqual([]);
  });

  it('names all layouts whose bills are one', () => {
    const model = piecewiseModel({ 'hybrid-aks': forever(10, 1), 'hybrid-vm': forever(10, 1) });
    expect(cheapestAlong(model, testPoint, 'trainingHours', from, to)).toEqual([
      { from, to, layouts: ['hybrid-aks', 'hybrid-vm'] },
    ]);
  });
});

describe('withinBudgetAlong', () => {
  it('is where the bill is no more than the budget, a single point included', () => {
    const model = piecewiseModel({
      'hybrid-vm': forever(40_000, 100),
      'all-cloud': [{ to: 20, includesEnd: true, a: 60_000, b: 0, c: 0 }, ...forever(30_000, 200)],
      // 50,000 at x = 10 and above it everywhere else.
      'all-onprem': forever(49_800, 10, 1000),
    });
    const within = withinBudgetAlong(model, testPoint, 'trainingHours', from, to);
    expect(Object.fromEntries(within.map(({ layout, stretches }) => [layout, stretches]))).toEqual({
      'hybrid-aks-2023': [],
      'hybrid-aks': [],
      'hybrid-vm': [{ from, to: expect.closeTo(100, 9) }],
      'all-cloud': [{ from: 20, to: expect.closeTo(100, 9) }],
      'all-onprem': [{ from: expect.closeTo(10, 9), to: expect.closeTo(10, 9) }],
    });
  });

  it('over the budget itself, begins at the bill', () => {
    const model = piecewiseModel({ 'hybrid-vm': forever(40_000, 100) });
    const within = withinBudgetAlong(model, testPoint, 'budgetYen', 10_000, 100_000);
    expect(within.find(({ layout }) => layout === 'hybrid-vm')?.stretches).toEqual([
      { from: expect.closeTo(40_100, 6), to: 100_000 },
    ]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspectionExchange, inspectionWork } from '../../../test/support/inspection-work.ts';
import { type Layout, layouts, type RangeInput, rangeInputs } from '../estimate/bill-model.ts';
import { compileBill } from '../estimate/compile-bill.ts';
import { scenarioSchema } from '../estimate/scenario.ts';
import { layoutRange } from './layout-range.ts';
import { rangeMap } from './range-map.ts';
import { sensitivityOf } from './sensitivity.ts';
import { readSpan, type Span, shareAlong, valueAlong } from './span.ts';

const scenario = scenarioSchema.parse({
  exchange: inspectionExchange,
  budget: { yen: 60_000 },
  tax: { rate: 0.1 },
  layout: 'hybrid-vm',
  workload: { ...inspectionWork, dataCache: 'none' },
});
if (scenario.kind !== 'workload') throw new Error('not a workload');
const model = compileBill(scenario);
const spanOf = (text: string): Span => {
  const span = readSpan(text);
  if ('wrong' in span) throw new Error(`${text}: ${span.wrong}`);
  return span;
};
const bill = (layout: Layout, more: Partial<Record<RangeInput, number>>) =>
  model.yen(layout, { ...model.origin, ...more });
const cheapestAt = (more: Partial<Record<RangeInput, number>>) =>
  Math.min(...layouts.map((layout) => bill(layout, more)));

describe('layoutRange', () => {
  it.each(['trainingHours=0..400', 'dataGb=1..3000:log', 'linkMbps=2..2000:log', 'yenPerDollar=5..400'])(
    'agrees with the bills at every point of %s',
    (text) => {
      const span = spanOf(text);
      const { cheapest, within, breakEvens } = layoutRange(model, span);
      for (let step = 0; step <= 1000; step++) {
        const x = valueAlong(span, step / 1000);
        const stretch = cheapest.find((each) => each.from < x && x < each.to);
        if (stretch !== undefined)
          expect(bill(stretch.layouts[0], { [span.input]: x })).toBeCloseTo(
            cheapestAt({ [span.input]: x }),
            5,
          );
        for (const { layout, stretches } of within ?? []) {
          const yen = bill(layout, { [span.input]: x });
          if (Math.abs(yen - 60_000) < 1e-4) continue;
          expect(stretches.some((each) => each.from <= x && x <= each.to)).toBe(yen < 60_000);
        }
      }
      for (const { kind, pair, x, yen } of breakEvens.filter((each) => each.kind === 'crossing')) {
        expect(kind).toBe('crossing');
        const [one, other] = pair.map((layout) => bill(layout, { [span.input]: x }));
        expect(Math.abs((one ?? 0) - (other ?? 0))).toBeLessThan(1e-9 * yen);
      }
    },
  );

  it('tells of developers in whole numbers, the exact crossing beside', () => {
    const { cheapest, breakEvens, whole } = layoutRange(model, spanOf('developers=1..40'));
    expect(whole).toBe(true);
    for (const { from, to, layouts: best } of cheapest)
      for (let developers = from; developers <= to; developers++)
        expect(bill(best[0], { developers })).toBeCloseTo(cheapestAt({ developers }), 5);
    expect(breakEvens.length).toBeGreaterThan(0);
    for (const { x, wholeFrom = 0, above, below } of breakEvens) {
      if (above === null || below === null) throw new Error('two bills are one');
      expect(wholeFrom - x).toBeGreaterThanOrEqual(0);
      expect(wholeFrom - x).toBeLessThanOrEqual(1);
      expect(bill(above, { developers: wholeFrom })).toBeLessThan(bill(below, { developers: wholeFrom }));
      expect(bill(above, { developers: wholeFrom - 1 })).toBeGreaterThan(
        bill(below, { developers: wholeFrom - 1 }),
      );
    }
  });
});

describe('rangeMap', () => {
  const x = spanOf('dataGb=1..3000:log');
  const y = spanOf('trainingHours=1..600:log');
  const map = rangeMap(model, x, y, 60);

  it('has the cheapest layout and the budget right at any point of its rows', () => {
    fc.assert(
      fc.property(fc.nat(map.rows.length - 1), fc.double({ min: 0, max: 1, noNaN: true }), (index, share) => {
        const row = map.rows[index];
        const dataGb = valueAlong(x, share);
        const part = row?.parts.find((each) => each.from < dataGb && dataGb < each.to);
        if (row === undefined || part === undefined) return;
        const yen = bill(part.layout, { dataGb, trainingHours: row.y });
        expect(yen).toBeCloseTo(cheapestAt({ dataGb, trainingHours: row.y }), 5);
        if (Math.abs(yen - 60_000) > 1e-4) expect(part.within).toBe(yen < 60_000);
      }),
    );
  });

  it('draws developers upwards, a row each', () => {
    const turned = rangeMap(model, spanOf('developers=2..9'), x, 10);
    expect([turned.x.input, turned.y.input]).toEqual(['dataGb', 'developers']);
    expect(turned.rows.map((row) => row.y)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('sensitivityOf', () => {
  const { cheapest, yen, leadYen, inputs } = sensitivityOf(model);

  it('starts from the scenario’s own bills', () => {
    const sorted = layouts.map((layout) => bill(layout, {})).sort((one, other) => one - other);
    expect(yen).toBe(sorted[0]);
    expect(leadYen).toBe((sorted[1] ?? 0) - (sorted[0] ?? 0));
    expect(inputs.map((each) => each.input).sort()).toEqual(
      rangeInputs.filter((input) => input !== 'budgetYen').sort(),
    );
    const swings = inputs.map((each) => each.swingYen);
    expect(swings).toEqual(swings.toSorted((one, other) => other - one));
  });

  it('gives bills and leads as they are there', () => {
    for (const { input, near, plausible } of inputs)
      for (const { value, billChangeYen, leadYen: lead, cheapest: best } of [...near, ...plausible]) {
        const at = { [input]: value };
        const others = layouts.filter((layout) => layout !== cheapest).map((layout) => bill(layout, at));
        expect(billChangeYen).toBeCloseTo(bill(cheapest, at) - yen, 6);
        expect(lead).toBeCloseTo(Math.min(...others) - bill(cheapest, at), 6);
        expect(bill(best, at)).toBeCloseTo(cheapestAt(at), 6);
      }
  });

  it('turns exactly where another layout becomes the cheapest, and not before', () => {
    const turns = inputs.flatMap(({ input, own, turns: both }) =>
      both.flatMap((turn) => (turn === null ? [] : [{ input, own, ...turn }])),
    );
    expect(turns.length).toBeGreaterThan(2);
    for (const { input, own, value, cheapest: next } of turns) {
      const beyond = { [input]: value + (value - own) * 1e-6 };
      expect(bill(next, beyond)).toBeCloseTo(cheapestAt(beyond), 4);
      expect(bill(cheapest, beyond)).toBeGreaterThan(bill(next, beyond));
      for (const share of [0.1, 0.5, 0.9, 1 - 1e-6]) {
        const before = { [input]: own + (value - own) * share };
        expect(bill(cheapest, before)).toBeCloseTo(cheapestAt(before), 4);
      }
    }
  });
});

describe('readSpan', () => {
  it('reads an input, its ends and its scale', () => {
    expect(readSpan('dataGb=1..1000.5:log')).toEqual({ input: 'dataGb', from: 1, to: 1000.5, scale: 'log' });
    expect(readSpan('developers=0..20')).toEqual({ input: 'developers', from: 0, to: 20, scale: 'linear' });
  });

  it.each([
    ['dataGb', { wrong: 'form' }],
    ['dataGb=1-5', { wrong: 'form' }],
    ['dataGb=-1..5', { wrong: 'form' }],
    ['hours=1..5', { wrong: 'input', given: 'hours' }],
    ['constructor=1..5', { wrong: 'input', given: 'constructor' }],
    ['dataGb=5..5', { wrong: 'order' }],
    ['dataGb=0..5:log', { wrong: 'log' }],
    ['linkMbps=0..5', { wrong: 'above', least: 0 }],
    ['yenPerDollar=0..5', { wrong: 'above', least: 0 }],
    ['developers=1..5.5', { wrong: 'whole' }],
    ['developers=1..5000', { wrong: 'most', most: 1000 }],
  ])('refuses %s', (text, mistake) => {
    expect(readSpan(text)).toEqual(mistake);
  });

  it('goes along a span and back', () => {
    for (const text of ['dataGb=1..1000:log', 'dataGb=0..1000'])
      for (const share of [0, 0.25, 1])
        expect(shareAlong(spanOf(text), valueAlong(spanOf(text), share))).toBeCloseTo(share, 12);
  });
});

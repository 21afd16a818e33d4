import type { PriceBook } from '../prices/price-book.ts';
import { shippedBook } from '../prices/shipped-book.ts';
import {
  type Amounts,
  measure,
  noAmounts,
  type Step,
  stepsOf,
  type Work,
  workOf,
} from './amounts-of-work.ts';
import { type BillModel, type Layout, layouts, type RangeInput, type RangePoint } from './bill-model.ts';
import { crossing } from './crossing.ts';
import { type Line, linesOf } from './lines.ts';
import { pointOf, type WorkloadScenario } from './scenario.ts';

/** A layout ready to be measured at any point. */
export interface CompiledLayout {
  work: Work;
  lines: readonly Line[];
  steps: readonly Step[];
  amounts: Amounts;
}

/** One layout of a scenario with its lines and prices. Throws RangeError where the book lacks a price. */
export function compileLayout(scenario: WorkloadScenario, layout: Layout, book: PriceBook): CompiledLayout {
  const { workload, assumptions: given } = scenario;
  const work = workOf(layout, scenario.month.hours, workload, given);
  const lines = linesOf({
    work,
    workload,
    given,
    region: scenario.region,
    otherYen: scenario.other?.yen ?? 0,
    book,
  });
  return { work, lines, steps: stepsOf(work), amounts: noAmounts() };
}

/** The scenario's own point; its training price comes from the lines of a layout that trains in the cloud. */
function originOf(scenario: WorkloadScenario, lines: readonly Line[]): RangePoint {
  const point = pointOf(scenario);
  const trains = lines.find((line) => line.trains);
  const price = trains?.price ?? 0;
  return { ...point, vmPriceYen: trains?.currency === 'USD' ? price * point.yenPerDollar : price };
}

/** All layouts of a scenario's work as functions of a point. */
export function compileBill(scenario: WorkloadScenario, book: PriceBook = shippedBook): BillModel {
  const compiled = new Map(layouts.map((layout) => [layout, compileLayout(scenario, layout, book)]));
  const of = (layout: Layout): CompiledLayout => {
    const found = compiled.get(layout);
    if (found === undefined) throw new RangeError(`no such layout: ${layout}`);
    return found;
  };
  const origin = originOf(scenario, of('hybrid-vm').lines);
  const withTax = 1 + scenario.tax.rate;
  return {
    origin,
    yen: (layout, at) => netYen(of(layout), at, origin.yenPerDollar) * withTax,
    kinks: (layout, at, input, from, to) => kinksOf(of(layout), at, input, from, to),
  };
}

function netYen({ work, lines, amounts }: CompiledLayout, at: RangePoint, originRate: number): number {
  measure(work, at, amounts);
  let sum = 0;
  for (const line of lines) {
    const dollars = line.currency === 'USD';
    const price = line.trains
      ? at.vmPriceYen * (dollars ? at.yenPerDollar / originRate : 1)
      : line.price * (dollars ? at.yenPerDollar : 1);
    sum += line.quantity(amounts) * price;
  }
  return sum;
}

/** Inputs that multiply prices: the bill is a straight line in them. */
const straight: readonly RangeInput[] = ['vmPriceYen', 'yenPerDollar', 'budgetYen'];

function kinksOf(
  { work, lines, steps, amounts }: CompiledLayout,
  at: RangePoint,
  input: RangeInput,
  from: number,
  to: number,
): number[] {
  if (straight.includes(input)) return [];
  const point: Record<RangeInput, number> = { ...at };
  const along = (of: (at: RangePoint) => number) => (x: number) => {
    point[input] = x;
    return of(point);
  };
  const ends = [
    { before: from, after: from },
    ...steps.flatMap((step) => crossingsOf(step, along(step.of), from, to)),
    { before: to, after: to },
  ].sort((one, other) => one.before - other.before);
  const found = new Set(ends.map(({ before }) => before));
  // Between those, every quantity is monotone: where it enters another tier of prices is one crossing at most.
  for (const line of lines) {
    if (line.bounds.length === 0) continue;
    const quantity = along((each) => {
      measure(work, each, amounts);
      return line.whole(amounts);
    });
    for (const [index, { after }] of ends.entries()) {
      const end = ends[index + 1]?.before ?? after;
      for (const bound of line.bounds) {
        const passed = after < end ? crossing(quantity, bound, after, end) : null;
        if (passed !== null) found.add(passed.before);
      }
    }
  }
  return [...found].filter((x) => x > from && x < to).sort((one, other) => one - other);
}

function crossingsOf(step: Step, of: (x: number) => number, from: number, to: number) {
  const ends = [of(from), of(to)];
  const low = (Math.min(...ends) - step.offset) / step.step;
  const high = (Math.max(...ends) - step.offset) / step.step;
  const last = step.once ? 1 : Math.ceil(high);
  const passed = [];
  for (let level = Math.max(1, Math.floor(low)); level <= last; level++) {
    const one = crossing(of, step.offset + level * step.step, from, to);
    if (one !== null) passed.push(one);
  }
  return passed;
}

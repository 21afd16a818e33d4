import {
  type BillModel,
  type Layout,
  layouts,
  type RangeInput,
  type RangePoint,
} from '../estimate/bill-model.ts';
import type { BreakEven } from './break-evens.ts';
import type { CheapestStretch, WithinBudget } from './envelope.ts';
import { sameShare } from './piece.ts';

/** For an input that comes in whole numbers: the layouts that are cheapest from one whole number to another, both included. */
export function cheapestWhole(
  model: BillModel,
  at: RangePoint,
  input: RangeInput,
  from: number,
  to: number,
  among: readonly Layout[] = layouts,
): CheapestStretch[] {
  const stretches: CheapestStretch[] = [];
  for (let x = Math.ceil(from); x <= to; x++) {
    const bills = among.map((layout) => model.yen(layout, { ...at, [input]: x }));
    const least = Math.min(...bills);
    const [first, ...more] = among.filter((_, index) => (bills[index] ?? 0) - least <= sameShare * least);
    if (first === undefined) continue;
    const last = stretches.at(-1);
    if (last?.layouts.join() === [first, ...more].join()) last.to = x;
    else stretches.push({ from: x, to: x, layouts: [first, ...more] });
  }
  return stretches;
}

/** Where each layout is within the budget, from one whole number to another, both included. */
export function withinBudgetWhole(
  model: BillModel,
  at: RangePoint,
  input: RangeInput,
  from: number,
  to: number,
): WithinBudget[] {
  return layouts.map((layout) => {
    const stretches: { from: number; to: number }[] = [];
    for (let x = Math.ceil(from); x <= to; x++) {
      if (model.yen(layout, { ...at, [input]: x }) > at.budgetYen) continue;
      const last = stretches.at(-1);
      if (last?.to === x - 1) last.to = x;
      else stretches.push({ from: x, to: x });
    }
    return { layout, stretches };
  });
}

/**
 * The first whole number at which a break-even's `above` is the cheaper of its pair, where the other was cheaper at the
 * whole number before; null where the order turns back before there is a whole number, so that nobody meets it.
 */
export function wholeFrom(
  model: BillModel,
  { pair, x, above, below }: BreakEven,
  at: RangePoint,
  input: RangeInput,
): number | null {
  if (above === null || below === null || above === below) return null;
  const cheaperAt = (whole: number): Layout | null => {
    const [one, other] = pair.map((layout) => model.yen(layout, { ...at, [input]: whole })) as [
      number,
      number,
    ];
    return one < other ? pair[0] : one > other ? pair[1] : null;
  };
  const first = [Math.ceil(x), Math.floor(x) + 1].find((whole) => cheaperAt(whole) === above);
  return first !== undefined && cheaperAt(first - 1) !== above ? first : null;
}

import {
  type BillModel,
  type Layout,
  layouts,
  type RangeInput,
  type RangePoint,
} from '../estimate/bill-model.ts';
import { type BreakEven, breakEvens } from './break-evens.ts';
import { type CheapestStretch, cheapestAlong, type WithinBudget, withinBudgetAlong } from './envelope.ts';
import { inputLimits, type Span } from './span.ts';

/** A break-even with its place in the table and in the picture. */
export interface NumberedBreakEven extends BreakEven {
  /** From 1, by x. */
  number: number;
  /** What `above` costs there. */
  yen: number;
  /** Whether the cheapest layout of all changes here. */
  changesCheapest: boolean;
  /**
   * For an input that comes in whole numbers: the first one at which `above` is the cheaper of the two; null where the
   * order turns back before a whole number.
   */
  wholeFrom?: number | null;
}

/** One input, all else as in the scenario: where each layout is cheapest and where each is within the budget. */
export interface LayoutRange {
  span: Span;
  cheapest: CheapestStretch[];
  breakEvens: NumberedBreakEven[];
  /** Pairs whose bills are one along a stretch. */
  equal: { pair: readonly [Layout, Layout]; from: number; to: number }[];
  /** null without a budget. */
  within: WithinBudget[] | null;
}

/** The whole answer for one input. `at` gives the others; default: the scenario's own values. */
export function layoutRange(model: BillModel, span: Span, at: RangePoint = model.origin): LayoutRange {
  const { input, from, to } = span;
  const cheapest = cheapestAlong(model, at, input, from, to);
  const compared = layouts.flatMap((one, index) =>
    layouts.slice(index + 1).map((other) => breakEvens(model, [one, other], at, input, from, to)),
  );
  const pairs = layouts.flatMap((one, index) =>
    layouts.slice(index + 1).map((other) => [one, other] as const),
  );
  const found = compared.flatMap((each) => each.breakEvens).sort((one, other) => one.x - other.x);
  return {
    span,
    cheapest,
    breakEvens: found.map((each, index) => ({
      ...each,
      number: index + 1,
      yen: model.yen(each.above ?? each.pair[0], { ...at, [input]: each.x }),
      changesCheapest: isChange(cheapest, each, to - from),
      ...(inputLimits[input].whole ? { wholeFrom: wholeFrom(model, each, at, input) } : {}),
    })),
    equal: pairs.flatMap((pair, index) => (compared[index]?.equal ?? []).map((ends) => ({ pair, ...ends }))),
    within:
      input === 'budgetYen' || Number.isFinite(at.budgetYen)
        ? withinBudgetAlong(model, at, input, from, to)
        : null,
  };
}

function isChange(cheapest: readonly CheapestStretch[], { x, pair }: BreakEven, width: number): boolean {
  return cheapest.slice(1).some((stretch, index) => {
    const before = cheapest[index];
    const both = [...stretch.layouts, ...(before?.layouts ?? [])];
    return Math.abs(stretch.from - x) <= 1e-9 * width && pair.every((layout) => both.includes(layout));
  });
}

function wholeFrom(
  model: BillModel,
  { pair, x, above }: BreakEven,
  at: RangePoint,
  input: RangeInput,
): number | null {
  const other = pair.find((layout) => layout !== above);
  if (above === null || other === undefined) return null;
  const isCheaper = (whole: number) =>
    model.yen(above, { ...at, [input]: whole }) < model.yen(other, { ...at, [input]: whole });
  return [Math.ceil(x), Math.floor(x) + 1].find(isCheaper) ?? null;
}

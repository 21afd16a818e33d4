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
import { cheapestWhole, wholeFrom, withinBudgetWhole } from './whole-numbers.ts';

/** A break-even with its place in the table and in the picture. */
export interface NumberedBreakEven extends BreakEven {
  /** From 1, by x. */
  number: number;
  /** What `above` costs there; for whole numbers, at `wholeFrom`. */
  yen: number;
  /** Whether the cheapest layout of all changes here. */
  changesCheapest: boolean;
  /** For an input that comes in whole numbers: the one from which on `above` is the cheaper of the two. */
  wholeFrom?: number;
}

/**
 * One input, all else as in the scenario: where each layout is cheapest and where each is within the budget. For an
 * input that comes in whole numbers stretches go from one whole number to another, and break-evens that no whole number
 * meets are left out.
 */
export interface LayoutRange {
  span: Span;
  whole: boolean;
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
  const whole = inputLimits[input].whole === true;
  const ends = [model, at, input, from, to] as const;
  const cheapest = whole ? cheapestWhole(...ends) : cheapestAlong(...ends);
  const pairs = layouts.flatMap((one, index) =>
    layouts.slice(index + 1).map((other): readonly [Layout, Layout] => [one, other]),
  );
  const compared = pairs.map((pair) => breakEvens(model, pair, at, input, from, to));
  const found = compared
    .flatMap((each) => each.breakEvens)
    .map((each): WholeBreakEven | null => (whole ? inWholeNumbers(model, each, at, input) : each))
    .filter((each) => each !== null)
    .sort((one, other) => one.x - other.x);
  const hasLimit = input === 'budgetYen' || Number.isFinite(at.budgetYen);
  return {
    span,
    whole,
    cheapest,
    breakEvens: found.map((each, index) => ({
      ...each,
      number: index + 1,
      yen: model.yen(each.above ?? each.pair[0], { ...at, [input]: each.wholeFrom ?? each.x }),
      changesCheapest: isChange(cheapest, each, to - from),
    })),
    equal: pairs.flatMap((pair, index) =>
      (compared[index]?.equal ?? []).map((stretch) => ({ pair, ...stretch })),
    ),
    within: !hasLimit ? null : whole ? withinBudgetWhole(...ends) : withinBudgetAlong(...ends),
  };
}

type WholeBreakEven = BreakEven & { wholeFrom?: number };

function inWholeNumbers(
  model: BillModel,
  breakEven: BreakEven,
  at: RangePoint,
  input: RangeInput,
): WholeBreakEven | null {
  const first = wholeFrom(model, breakEven, at, input);
  return first === null ? null : { ...breakEven, wholeFrom: first };
}

function isChange(
  cheapest: readonly CheapestStretch[],
  { x, wholeFrom: first, pair }: WholeBreakEven,
  width: number,
): boolean {
  return cheapest.slice(1).some((stretch, index) => {
    const both = [...stretch.layouts, ...(cheapest[index]?.layouts ?? [])];
    return (
      Math.abs(stretch.from - (first ?? x)) <= 1e-9 * width && pair.every((layout) => both.includes(layout))
    );
  });
}

import {
  type BillModel,
  type Layout,
  layouts,
  type RangeInput,
  rangeInputs,
} from '../estimate/bill-model.ts';
import { cheapestAlong } from './envelope.ts';
import { inputLimits } from './span.ts';

/** What becomes of the answer at another value of one input. */
export interface Effect {
  value: number;
  cheapest: Layout;
  /** What the scenario's cheapest layout costs more there (negative: less). */
  billChangeYen: number;
  /** How far the runner-up is above it there; negative where another layout is cheaper. */
  leadYen: number;
}

/** The nearest value at which another layout becomes the cheapest. */
export interface Turn {
  value: number;
  /** For inputs in whole numbers: the first whole one at which it has turned. */
  whole?: number;
  /** value ÷ own value − 1. */
  change: number;
  cheapest: Layout;
}

export interface InputSensitivity {
  input: RangeInput;
  own: number;
  /** At 10 % less and 10 % more; one less and one more of what comes in whole numbers. */
  near: readonly [Effect, Effect];
  /** At the ends of a range that one may well meet. */
  plausible: readonly [Effect, Effect];
  /** Largest difference of the bill within the plausible range's ends and the own value. */
  swingYen: number;
  /** Downwards and upwards within the limits of the search; null: nothing changes the cheapest layout. */
  turns: readonly [Turn | null, Turn | null];
}

export interface Sensitivity {
  cheapest: Layout;
  yen: number;
  leadYen: number;
  /** By swing, the largest first. The budget is not among them: it changes no bill. */
  inputs: InputSensitivity[];
}

/**
 * The range that each input may well take, as factors of the scenario's own value or as values. Ours, stated beside the
 * figures: 4 times the training is retrainings four times as long, as many as before; 10 to 1,000 Mbit/s spans a poor
 * line and good fibre; the yen stood between about 100 and 162 a dollar in the years 2020 to 2026.
 */
const plausibleRanges: Readonly<
  Partial<Record<RangeInput, { factors: readonly [number, number] } | { values: readonly [number, number] }>>
> = {
  trainingHours: { factors: [0.25, 4] },
  vmPriceYen: { factors: [0.5, 2] },
  dataGb: { factors: [0.2, 5] },
  linkMbps: { values: [10, 1000] },
  developers: { factors: [1 / 3, 3] },
  yenPerDollar: { values: [100, 165] },
};

/** How far beyond the own value a change of the cheapest layout is looked for: a hundred times more or less. */
const searchFactor = 100;

/** What moves the answer of a scenario, and how much. */
export function sensitivityOf(model: BillModel): Sensitivity {
  const { origin } = model;
  const ranked = layouts
    .map((layout) => ({ layout, yen: model.yen(layout, origin) }))
    .sort((one, other) => one.yen - other.yen);
  const [best, second] = ranked;
  if (best === undefined || second === undefined) throw new RangeError('fewer than two layouts');
  const inputs = rangeInputs.flatMap((input) => {
    const plausible = plausibleRanges[input];
    return plausible === undefined ? [] : [inputSensitivity(model, input, best, plausible)];
  });
  return {
    cheapest: best.layout,
    yen: best.yen,
    leadYen: second.yen - best.yen,
    inputs: inputs.sort((one, other) => other.swingYen - one.swingYen),
  };
}

function inputSensitivity(
  model: BillModel,
  input: RangeInput,
  best: { layout: Layout; yen: number },
  plausible: { factors: readonly [number, number] } | { values: readonly [number, number] },
): InputSensitivity {
  const own = model.origin[input];
  const { whole, least } = inputLimits[input];
  const effect = (wanted: number): Effect => {
    const value = Math.max(least, whole ? Math.round(wanted) : wanted);
    const at = { ...model.origin, [input]: value };
    const bill = model.yen(best.layout, at);
    const others = layouts.filter((layout) => layout !== best.layout);
    const next = others
      .map((layout) => ({ layout, yen: model.yen(layout, at) }))
      .reduce((one, other) => (other.yen < one.yen ? other : one));
    const leadYen = next.yen - bill;
    return {
      value,
      cheapest: leadYen < 0 ? next.layout : best.layout,
      billChangeYen: bill - best.yen,
      leadYen,
    };
  };
  const ends = 'values' in plausible ? plausible.values : plausible.factors.map((factor) => own * factor);
  const [low = own, high = own] = ends;
  const near = whole ? [own - 1, own + 1] : [own * 0.9, own * 1.1];
  const both = [effect(Math.min(low, own)), effect(Math.max(high, own))] as const;
  const changes = [0, ...both.map(({ billChangeYen }) => billChangeYen)];
  return {
    input,
    own,
    near: [effect(near[0] ?? own), effect(near[1] ?? own)],
    plausible: both,
    swingYen: Math.max(...changes) - Math.min(...changes),
    turns: [turn(model, input, best.layout, 'down'), turn(model, input, best.layout, 'up')],
  };
}

/** Exact: the end of the stretch of the lower envelope on which the scenario stands. */
function turn(model: BillModel, input: RangeInput, best: Layout, way: 'down' | 'up'): Turn | null {
  const { origin } = model;
  const own = origin[input];
  const { least, most, whole } = inputLimits[input];
  const [from, to] =
    way === 'down'
      ? [Math.max(least, own / searchFactor), own]
      : [own, Math.min(most, Math.max(own, 1) * searchFactor)];
  if (!(to > from)) return null;
  const along = cheapestAlong(model, origin, input, from, to);
  const stretches = way === 'down' ? along.toReversed() : along;
  const found = stretches.find(({ layouts: cheapest }) => !cheapest.includes(best));
  if (found === undefined) return null;
  const value = way === 'down' ? found.to : found.from;
  const turned = {
    value,
    change: own === 0 ? Number.POSITIVE_INFINITY : value / own - 1,
    cheapest: found.layouts[0],
  };
  if (!whole) return turned;
  const first = way === 'down' ? Math.floor(value) : Math.ceil(value);
  return { ...turned, whole: first };
}

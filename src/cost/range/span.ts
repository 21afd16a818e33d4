import { type RangeInput, rangeInputs } from '../estimate/bill-model.ts';

/** One input and how far it goes. */
export interface Span {
  input: RangeInput;
  from: number;
  to: number;
  /** How it is drawn; break-evens are exact on either. */
  scale: 'linear' | 'log';
}

/**
 * What an input may be. The upper limits keep a range from having more steps (disks, developers' machines) than can be
 * told apart; lower ones would shut out shops that exist.
 */
export const inputLimits: Readonly<
  Record<RangeInput, { least: number; aboveLeast?: true; most: number; whole?: true }>
> = {
  trainingHours: { least: 0, most: 100_000 },
  vmPriceYen: { least: 0, most: 1_000_000 },
  dataGb: { least: 0, most: 100_000 },
  linkMbps: { least: 0, aboveLeast: true, most: 1_000_000 },
  developers: { least: 0, most: 1000, whole: true },
  yenPerDollar: { least: 0, aboveLeast: true, most: 100_000 },
  budgetYen: { least: 0, most: 1_000_000_000 },
};

/** What is wrong with a range that somebody typed. */
export type SpanMistake =
  | { wrong: 'form' }
  | { wrong: 'input'; given: string }
  | { wrong: 'order' }
  | { wrong: 'whole' }
  | { wrong: 'log' }
  | { wrong: 'least'; least: number }
  | { wrong: 'above'; least: number }
  | { wrong: 'most'; most: number };

/** Reads `INPUT=A..B` or `INPUT=A..B:log`; numbers are plain decimals. */
export function readSpan(text: string): Span | SpanMistake {
  const read = /^([^=]*)=(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)(:log)?$/.exec(text.trim());
  const name = read?.[1] ?? /^([A-Za-z]+)=/.exec(text.trim())?.[1];
  const input = rangeInputs.find((each) => each === name);
  if (name !== undefined && input === undefined) return { wrong: 'input', given: name };
  if (read === null || input === undefined) return { wrong: 'form' };
  const [from, to] = [Number(read[2]), Number(read[3])];
  const { least, aboveLeast, most, whole } = inputLimits[input];
  if (aboveLeast && from <= least) return { wrong: 'above', least };
  if (from < least) return { wrong: 'least', least };
  if (to > most) return { wrong: 'most', most };
  if (from >= to) return { wrong: 'order' };
  if (whole && !(Number.isInteger(from) && Number.isInteger(to))) return { wrong: 'whole' };
  if (read[4] !== undefined && from <= 0) return { wrong: 'log' };
  return { input, from, to, scale: read[4] === undefined ? 'linear' : 'log' };
}

/** The value at a share (0 to 1) of the way along a span, as its scale goes. */
export function valueAlong({ from, to, scale }: Span, share: number): number {
  if (share <= 0) return from;
  if (share >= 1) return to;
  return scale === 'log' ? from * (to / from) ** share : from + (to - from) * share;
}

/** How far along a span (0 to 1) a value lies, as its scale goes. */
export function shareAlong({ from, to, scale }: Span, value: number): number {
  return scale === 'log' ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
}

import type { RangePoint } from '../../cost/estimate/bill-model.ts';
import type { LayoutRange } from '../../cost/range/layout-range.ts';
import type { MapRow, RangeMap } from '../../cost/range/range-map.ts';
import type { Effect, Sensitivity, Turn } from '../../cost/range/sensitivity.ts';
import { inputLimits } from '../../cost/range/span.ts';
import type { Lang } from '../../shared/text/format.ts';
import { say } from '../../shared/text.ts';
import { table } from '../cli.ts';
import { thousands } from './range-words.ts';

/** Six digits tell two break-evens apart and are no more than a scenario is worth. */
export function rounded(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 6 });
}

/** Stretches, break-evens and budget limits over one input. */
export function rangeLines(lang: Lang, range: LayoutRange, origin: RangePoint): string[] {
  const { span, cheapest, breakEvens, equal, within } = range;
  const same = equal.map(({ pair, from, to }) => [
    `  ${stretch(from, to)}`,
    pair.join(' = '),
    say(lang, 'range.equal'),
  ]);
  return [
    say(lang, `range.input.${span.input}`),
    say(lang, 'range.head.cheapest'),
    ...table(cheapest.map(({ from, to, layouts }) => [`  ${stretch(from, to)}`, layouts.join(' = ')])),
    say(lang, 'range.head.break_evens'),
    ...(breakEvens.length + same.length === 0 ? [`  ${say(lang, 'range.none')}`] : []),
    ...table(breakEvenRows(lang, range)),
    ...table(same),
    ...withinLines(lang, within, span.input === 'budgetYen' ? null : origin.budgetYen),
  ];
}

/** A row for each break-even: number, where, which two, what they cost there, what is special. */
export function breakEvenRows(lang: Lang, { breakEvens }: LayoutRange): string[][] {
  return breakEvens.map(({ number, x, wholeFrom, below, above, yen, kind, changesCheapest, pair }) => [
    `  ${number}`,
    wholeFrom === undefined ? rounded(x) : say(lang, 'range.from_whole', { n: wholeFrom, x: rounded(x) }),
    `${below ?? pair.join(' = ')} → ${above ?? pair.join(' = ')}`,
    say(lang, 'range.each_yen', { yen: thousands(yen) }),
    say(lang, `range.kind.${kind}`),
    changesCheapest ? say(lang, 'range.change') : '',
  ]);
}

function withinLines(lang: Lang, within: LayoutRange['within'], budgetYen: number | null): string[] {
  if (within === null) return [];
  const head =
    budgetYen === null
      ? say(lang, 'range.head.within_any')
      : say(lang, 'range.head.within', { yen: thousands(budgetYen) });
  const rows = within.map(({ layout, stretches }) => [
    `  ${layout}`,
    stretches.map(({ from, to }) => stretch(from, to)).join(', ') || say(lang, 'range.nowhere'),
  ]);
  return [head, ...table(rows)];
}

function stretch(from: number, to: number): string {
  return from === to ? rounded(from) : `${rounded(from)} – ${rounded(to)}`;
}

/** Of so many rows of a map the table shows every how many-th: the whole of it is in the picture and in JSON. */
const shownRows = 5;

/** The map's rows at its ends and between, with exact borders. */
export function mapLines(lang: Lang, { x, y, rows }: RangeMap): string[] {
  const wanted = Array.from({ length: shownRows }, (_, index) =>
    Math.round((index * (rows.length - 1)) / (shownRows - 1)),
  );
  return [
    say(lang, 'range.head.map', { x: say(lang, `range.input.${x.input}`) }),
    ...table(
      [...new Set(wanted)].flatMap((index): string[][] => {
        const row = rows[index];
        return row === undefined
          ? []
          : [[`  ${say(lang, `range.input.${y.input}`)} ${rounded(row.y)}:`, partsText(lang, row)]];
      }),
    ),
    say(lang, 'range.steps_are_rows', { rows: rows.length }),
  ];
}

function partsText(lang: Lang, { parts }: MapRow): string {
  return parts
    .map(({ from, to, layout, within }) => {
      const name = within ? layout : say(lang, 'range.over_mark', { layout });
      return `${stretch(from, to)} ${name}`;
    })
    .join(', ');
}

/** One row an input, by how much it moves the bill, and what that says. */
export function sensitivityLines(lang: Lang, { cheapest, yen, leadYen, inputs }: Sensitivity): string[] {
  const [most] = inputs;
  const nearest = inputs
    .flatMap(({ input, turns }) => turns.flatMap((turn) => (turn === null ? [] : [{ input, turn }])))
    .sort((one, other) => Math.abs(one.turn.change) - Math.abs(other.turn.change))[0];
  const name = (input: (typeof inputs)[number]['input']) => say(lang, `range.input.${input}`);
  return [
    say(lang, 'range.sensitivity.head', {
      layout: cheapest,
      yen: thousands(yen),
      lead: thousands(leadYen),
    }),
    ...table(sensitivityRows(lang, inputs)),
    ...(most === undefined
      ? []
      : [say(lang, 'range.sensitivity.most', { input: name(most.input), yen: thousands(most.swingYen) })]),
    nearest === undefined
      ? say(lang, 'range.sensitivity.nothing')
      : say(lang, 'range.sensitivity.nearest', {
          input: name(nearest.input),
          change: percent(nearest.turn.change),
          layout: nearest.turn.cheapest,
        }),
  ];
}

/** Head and rows of the sensitivity table. */
export function sensitivityRows(lang: Lang, inputs: Sensitivity['inputs']): string[][] {
  const both = (effects: readonly [Effect, Effect], of: (effect: Effect) => string) =>
    effects.map(of).join(' … ');
  return [
    say(lang, 'range.sensitivity.columns').split('|'),
    ...inputs.map(({ input, own, near, plausible, turns }) => [
      say(lang, `range.input.${input}`),
      rounded(own),
      `${inputLimits[input].whole ? `${say(lang, 'range.sensitivity.one')}: ` : ''}${both(near, ({ billChangeYen }) => signed(billChangeYen))}`,
      both(plausible, ({ value }) => rounded(value)),
      both(plausible, ({ billChangeYen }) => signed(billChangeYen)),
      both(plausible, ({ leadYen }) => signed(leadYen)),
      turnsText(lang, turns),
    ]),
  ];
}

function turnsText(lang: Lang, turns: readonly (Turn | null)[]): string {
  const told = turns.flatMap((turn) =>
    turn === null
      ? []
      : [
          say(lang, 'range.sensitivity.turn', {
            value: rounded(turn.whole ?? turn.value),
            change: percent(turn.change),
            layout: turn.cheapest,
          }),
        ],
  );
  return told.join('; ') || say(lang, 'range.sensitivity.never');
}

function signed(yen: number): string {
  const text = thousands(Math.abs(yen));
  return yen < 0 && text !== '0' ? `−${text}` : `+${text}`;
}

function percent(change: number): string {
  if (!Number.isFinite(change)) return '∞';
  return `${change < 0 ? '−' : '+'}${(Math.abs(change) * 100).toLocaleString('en-US', { maximumFractionDigits: 0 })} %`;
}

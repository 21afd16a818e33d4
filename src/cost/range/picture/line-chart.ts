import { type BillModel, type Layout, layouts, type RangePoint } from '../../estimate/bill-model.ts';
import { billCurve, pieceEnds } from '../curve.ts';
import type { LayoutRange } from '../layout-range.ts';
import { type Span, shareAlong, valueAlong } from '../span.ts';
import { headAndFoot, horizontalAxis, notesOf, type Plot, patterns, verticalAxis } from './frame.ts';
import { looks } from './palette.ts';
import { type Axis, axis, linearTicks } from './scale.ts';
import { document, line, type Point, pathOf, place, rect, text, widthOf } from './svg.ts';
import type { PictureWords } from './words.ts';

const width = 960;
const plotTop = 74;
const plotHeight = 360;

/** A curve for each layout, break-evens numbered as in the table, the budget as a line, the cheapest as a band. */
export function lineChart(
  model: BillModel,
  range: LayoutRange,
  words: PictureWords,
  at: RangePoint = model.origin,
): string {
  const { span } = range;
  const plot: Plot = { left: 92, right: width - 212, top: plotTop, bottom: plotTop + plotHeight };
  const height = plot.bottom + 92 + notesOf(words, width).length * 15;
  const curves = layouts.map((layout) => ({ layout, points: pointsOf(model, layout, range, at) }));
  const yens = curves.flatMap(({ points }) => points.map(([, yen]) => yen));
  const limit = span.input === 'budgetYen' ? span.to : at.budgetYen;
  const y = yenAxis(yens, limit, plot);
  const x = axis(span, plot.left, plot.right, 9);
  const drawn = curves.map(({ layout, points }) => ({
    layout,
    points: points.map(([value, yen]): Point => [x.pixel(value), y.pixel(yen)]),
  }));
  return document({ width, height }, words, [
    patterns(layouts.map((layout) => ({ id: layout, ...looks[layout] }))),
    ...headAndFoot(words, { width, height }, 20),
    ...verticalAxis(plot, y, y.log ? `${words.yen} (${words.logScale})` : words.yen),
    ...horizontalAxis(
      plot,
      x,
      `${words.inputs[span.input]}${span.scale === 'log' ? ` (${words.logScale})` : ''}`,
      plot.bottom + 74,
    ),
    ...ownLine(at[span.input], span, plot, x, words),
    ...budgetLine(range, at, plot, x, y, words),
    ...drawn.map(
      ({ layout, points }) =>
        `<path d="${pathOf(points)}" fill="none" stroke="${looks[layout].colour}" stroke-width="2.6" stroke-linejoin="round"${looks[layout].dash === '' ? '' : ` stroke-dasharray="${looks[layout].dash}"`}/>`,
    ),
    ...marks(range, plot, x, y),
    ...labels(drawn, plot, words),
    ...band(range, plot, x, words),
  ]);
}

/** Corners of a curve: ends of its pieces, both sides of a jump, and points between where it is not straight as drawn. */
function pointsOf(model: BillModel, layout: Layout, { span, whole }: LayoutRange, at: RangePoint): Point[] {
  const curve = billCurve(model, layout, at, span.input);
  if (whole)
    return Array.from({ length: span.to - span.from + 1 }, (_, index) => [
      span.from + index,
      curve.yen(span.from + index),
    ]);
  const ends = pieceEnds([curve], span.from, span.to);
  return ends.slice(1).flatMap((end, index): Point[] => {
    const start = ends[index] ?? span.from;
    const [low, high] = [shareAlong(span, start), shareAlong(span, end)];
    const between = Math.max(2, Math.ceil((high - low) * 120));
    return Array.from({ length: between + 1 }, (_, step): Point => {
      // A jump belongs to one of its sides: the ends are read just inside.
      const inside = Math.min(1 - 1e-9, Math.max(1e-9, step / between));
      const value = valueAlong(span, low + (high - low) * inside);
      return [value, curve.yen(value)];
    });
  });
}

/** Logarithmic where the dearest point is so far above the cheapest that the cheap end would lie on the floor. */
function yenAxis(yens: readonly number[], budget: number, plot: Plot): Axis & { log: boolean; most: number } {
  const [least, most] = [Math.min(...yens), Math.max(...yens)];
  const log = least > 0 && most / least > 25;
  const withBudget = Number.isFinite(budget) && budget < most * 1.6 ? Math.max(most, budget) : most;
  if (log) {
    const range = { from: least / 1.15, to: withBudget * 1.15, scale: 'log' as const };
    return { ...axis(range, plot.bottom, plot.top, 9), log, most: range.to };
  }
  const ticks = linearTicks(0, withBudget * 1.02, 6);
  const step = (ticks[1] ?? withBudget) - (ticks[0] ?? 0);
  const to = Math.ceil((withBudget * 1.02) / step) * step;
  return { ...axis({ from: 0, to, scale: 'linear' }, plot.bottom, plot.top, 6), log, most: to };
}

function budgetLine(
  { span }: LayoutRange,
  at: RangePoint,
  plot: Plot,
  x: Axis,
  y: Axis & { most: number },
  words: PictureWords,
): string[] {
  const style = 'stroke="#000" stroke-width="1.2" stroke-dasharray="1 3" fill="none"';
  if (span.input === 'budgetYen') {
    const to = Math.min(span.to, y.most);
    return [
      `<path d="${pathOf(
        Array.from({ length: 41 }, (_, step): Point => {
          const value = span.from + ((to - span.from) * step) / 40;
          return [x.pixel(value), Math.min(plot.bottom, y.pixel(value))];
        }),
      )}" ${style}/>`,
      text(x.pixel(to) - 8, y.pixel(to) + 16, words.anyBudget, { anchor: 'end', rim: true }),
    ];
  }
  if (!(at.budgetYen <= y.most)) return [];
  const level = y.pixel(at.budgetYen);
  return [
    line(plot.left, level, plot.right, level, style),
    text(plot.left + 8, level - 6, words.budget, { rim: true }),
  ];
}

function ownLine(own: number, span: Span, plot: Plot, x: Axis, words: PictureWords): string[] {
  if (span.input === 'budgetYen' || !(own >= span.from && own <= span.to)) return [];
  const at = x.pixel(own);
  const toLeft = at + widthOf(words.own, 11) + 6 > plot.right;
  return [
    line(at, plot.top, at, plot.bottom, 'stroke="#777" stroke-width="1" stroke-dasharray="4 3"'),
    text(toLeft ? at - 5 : at + 5, plot.top + 11, words.own, {
      size: 11,
      colour: '#444',
      anchor: toLeft ? 'end' : 'start',
      rim: true,
    }),
  ];
}

/** A dot on each break-even, filled where the cheapest layout changes, its number beside it where there is room. */
function marks({ breakEvens }: LayoutRange, plot: Plot, x: Axis, y: Axis): string[] {
  const taken: Point[] = breakEvens.map((each) => [x.pixel(each.wholeFrom ?? each.x), y.pixel(each.yen)]);
  return breakEvens.flatMap(({ number, changesCheapest }, index) => {
    const [px, py] = taken[index] ?? [0, 0];
    const places = [20, 34, 50, 66].flatMap((far): Point[] =>
      [-90, 90, -45, 135, -135, 45].map((degrees) => [
        px + far * Math.cos((degrees * Math.PI) / 180),
        py + far * Math.sin((degrees * Math.PI) / 180),
      ]),
    );
    const free = places.find(
      ([cx, cy]) =>
        cx > plot.left + 10 &&
        cx < plot.right - 10 &&
        cy > plot.top + 24 &&
        cy < plot.bottom - 10 &&
        taken.every(
          ([ox, oy], other) =>
            (ox === px && oy === py && other === index) || Math.hypot(ox - cx, oy - cy) > 19,
        ),
    );
    const dot = `<circle cx="${place(px)}" cy="${place(py)}" r="${changesCheapest ? 5 : 4}" fill="${changesCheapest ? '#000' : '#fff'}" stroke="#000" stroke-width="1.4"/>`;
    if (free === undefined) return [dot];
    taken.push(free);
    return [
      line(px, py, free[0], free[1], 'stroke="#000" stroke-width="0.8"'),
      dot,
      `<circle cx="${place(free[0])}" cy="${place(free[1])}" r="9" fill="${changesCheapest ? '#000' : '#fff'}" stroke="#000" stroke-width="1"/>`,
      text(free[0], free[1] + 4, String(number), {
        size: 11,
        anchor: 'middle',
        bold: true,
        colour: changesCheapest ? '#fff' : '#000',
      }),
    ];
  });
}

/** Names at the right ends of the curves, kept apart, each with a piece of its line. */
function labels(
  drawn: readonly { layout: Layout; points: readonly Point[] }[],
  plot: Plot,
  words: PictureWords,
): string[] {
  const gap = 34;
  const ends = drawn
    .map(({ layout, points }) => ({ layout, end: points.at(-1)?.[1] ?? plot.top }))
    .sort((one, other) => one.end - other.end);
  const places: number[] = [];
  ends.forEach(({ end }, index) => {
    places.push(Math.max(end, (places[index - 1] ?? Number.NEGATIVE_INFINITY) + gap, plot.top + 4));
  });
  // Pushed beyond the floor, they move up together.
  for (let index = places.length - 1, floor = plot.bottom - 4; index >= 0; index--, floor -= gap)
    places[index] = Math.min(places[index] ?? floor, floor);
  return ends.flatMap(({ layout, end }, index) => {
    const at = places[index] ?? end;
    const { colour, dash } = looks[layout];
    const { name, what } = words.layouts[layout];
    return [
      line(plot.right + 2, end, plot.right + 14, at, 'stroke="#999" stroke-width="0.8"'),
      line(
        plot.right + 14,
        at,
        plot.right + 46,
        at,
        `stroke="${colour}" stroke-width="2.6"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}`,
      ),
      text(plot.right + 52, at + 1, name, { size: 12.5, bold: true, colour }),
      text(plot.right + 52, at + 15, what, { size: 11, colour: '#444' }),
    ];
  });
}

/** Below the axis: which layout is cheapest, stretch by stretch. */
function band({ cheapest, span, whole }: LayoutRange, plot: Plot, x: Axis, words: PictureWords): string[] {
  const top = plot.bottom + 30;
  const edge = (value: number) => x.pixel(Math.max(span.from, Math.min(span.to, value)));
  return [
    text(plot.left - 9, top + 15, words.cheapest, { size: 11.5, anchor: 'end' }),
    ...cheapest.flatMap(({ from, to, layouts: [layout] }) => {
      const left = edge(whole ? from - 0.5 : from);
      const wide = edge(whole ? to + 0.5 : to) - left;
      const { name } = words.layouts[layout];
      return [
        rect(left, top, wide, 22, `fill="url(#${layout})" stroke="#fff" stroke-width="1.5"`),
        ...(wide > widthOf(name, 12) + 14 ? onArea(left + wide / 2, top + 11, name) : []),
      ];
    }),
  ];
}

/** A name on an area, on a plate of its own: readable on every texture. */
export function onArea(x: number, y: number, name: string, size = 12): string[] {
  const wide = widthOf(name, size) * 1.08 + 14;
  return [
    rect(x - wide / 2, y - size * 0.72, wide, size * 1.44, 'rx="3" fill="#fff" fill-opacity="0.92"'),
    text(x, y + size * 0.36, name, { size, anchor: 'middle', bold: true }),
  ];
}

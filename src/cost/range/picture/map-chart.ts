import { type Layout, layouts, type RangePoint } from '../../estimate/bill-model.ts';
import { areAlike, type MapPart, type MapRow, type RangeMap } from '../range-map.ts';
import { inputLimits } from '../span.ts';
import { headAndFoot, horizontalAxis, notesOf, type Plot, patterns, verticalAxis } from './frame.ts';
import { onArea } from './line-chart.ts';
import { looks } from './palette.ts';
import { type Axis, axis } from './scale.ts';
import { document, line, type Point, pathOf, place, rect, text, widthOf } from './svg.ts';
import type { PictureWords } from './words.ts';

const width = 960;

/** Rows with the same regions in the same order: one polygon for each region. */
interface Run {
  rows: { row: MapRow; y: number }[];
  parts: readonly MapPart[];
}

/** Which layout is cheapest over two inputs, hatched where none is within the budget. */
export function mapChart(map: RangeMap, origin: RangePoint, words: PictureWords): string {
  const plot: Plot = { left: 92, right: width - 212, top: 74, bottom: 474 };
  const height = plot.bottom + 60 + notesOf(words, width).length * 15;
  const whole = inputLimits[map.y.input].whole === true;
  const upwards = whole
    ? { ...map.y, from: map.y.from - 0.5, to: map.y.to + 0.5, scale: 'linear' as const }
    : map.y;
  const x = axis(map.x, plot.left, plot.right, 9);
  const y = axis(upwards, plot.bottom, plot.top, 7);
  const runs = whole ? wholeRuns(map, y) : runsOf(map, y);
  const seen = layouts.filter((layout) =>
    map.rows.some((row) => row.parts.some((part) => part.layout === layout)),
  );
  const anyOver = map.rows.some((row) => row.parts.some((part) => !part.within));
  const axisName = (span: RangeMap['x']) =>
    `${words.inputs[span.input]}${span.scale === 'log' ? ` (${words.logScale})` : ''}`;
  return document({ width, height }, words, [
    patterns(seen.map((layout) => ({ id: layout, ...looks[layout] }))),
    ...headAndFoot(words, { width, height }, 20),
    ...seen.map(
      (layout) => `<path d="${areas(runs, x, (part) => part.layout === layout)}" fill="url(#${layout})"/>`,
    ),
    ...(anyOver ? [`<path d="${areas(runs, x, (part) => !part.within)}" fill="url(#over)"/>`] : []),
    `<path d="${borders(runs, x)}" fill="none" stroke="#fff" stroke-width="2.4"/>`,
    ...verticalAxis(plot, y, axisName(map.y), false),
    ...horizontalAxis(plot, x, axisName(map.x), plot.bottom + 42),
    rect(plot.left, plot.top, plot.right - plot.left, plot.bottom - plot.top, 'fill="none" stroke="#444"'),
    ...ownPoint(map, origin, x, y, plot, words),
    ...names(runs, x, plot, words),
    ...legend(seen, anyOver, plot, words),
  ]);
}

/** Neighbouring rows of one kind; between two kinds the border lies half way, closer than a picture shows. */
function runsOf({ rows }: RangeMap, y: Axis): Run[] {
  const runs: Run[] = [];
  rows.forEach((row, index) => {
    const before = rows[index - 1];
    const run = runs.at(-1);
    if (run !== undefined && before !== undefined && areAlike(before, row))
      run.rows.push({ row, y: y.pixel(row.y) });
    else {
      const border = before === undefined ? y.pixel(row.y) : (y.pixel(before.y) + y.pixel(row.y)) / 2;
      if (run !== undefined && before !== undefined) run.rows.push({ row: before, y: border });
      runs.push({
        rows: [
          { row, y: border },
          { row, y: y.pixel(row.y) },
        ],
        parts: row.parts,
      });
    }
  });
  return runs;
}

/** A row for each whole number, as high as its step. */
function wholeRuns({ rows }: RangeMap, y: Axis): Run[] {
  return rows.map((row) => ({
    rows: [
      { row, y: y.pixel(row.y - 0.5) },
      { row, y: y.pixel(row.y + 0.5) },
    ],
    parts: row.parts,
  }));
}

function edge(run: Run, part: number, side: 'from' | 'to', x: Axis): Point[] {
  return run.rows.map(({ row, y }): Point => [x.pixel(row.parts[part]?.[side] ?? 0), y]);
}

function areas(runs: readonly Run[], x: Axis, wanted: (part: MapPart) => boolean): string {
  return runs
    .flatMap((run) =>
      run.parts.flatMap((part, index) =>
        wanted(part)
          ? [`${pathOf([...edge(run, index, 'from', x), ...edge(run, index, 'to', x).reverse()])}Z`]
          : [],
      ),
    )
    .join('');
}

/** Lines between regions: along the rows' ends, and level where two kinds of rows meet. */
function borders(runs: readonly Run[], x: Axis): string {
  return runs
    .flatMap((run, at) => {
      const upright = run.parts.slice(1).map((_, index) => pathOf(edge(run, index, 'to', x)));
      const above = runs[at + 1];
      const [last, first] = [run.rows.at(-1), above?.rows[0]];
      return last === undefined || first === undefined
        ? upright
        : [...upright, ...level(last.row, first.row, last.y, x)];
    })
    .join('');
}

function level(below: MapRow, above: MapRow, y: number, x: Axis): string[] {
  return below.parts.flatMap((one) =>
    above.parts.flatMap((other) => {
      const [from, to] = [Math.max(one.from, other.from), Math.min(one.to, other.to)];
      const same = one.layout === other.layout && one.within === other.within;
      return same || to <= from ? [] : [`M${place(x.pixel(from))} ${place(y)}H${place(x.pixel(to))}`];
    }),
  );
}

/** The name of a layout in the middle of the widest place it has, where that is wide and high enough. */
function names(runs: readonly Run[], x: Axis, plot: Plot, words: PictureWords): string[] {
  return layouts.flatMap((layout) => {
    const { name } = words.layouts[layout];
    const spots = runs.flatMap((run) =>
      run.rows
        .slice(1)
        .flatMap(({ row, y }) =>
          row.parts
            .filter((part) => part.layout === layout)
            .map((part) => ({ y, from: x.pixel(part.from), to: x.pixel(part.to) })),
        ),
    );
    const wide = widthOf(name, 14) + 14;
    const roomy = spots.filter(({ from, to }) => to - from > wide);
    const levels = roomy.map(({ y }) => y);
    if (Math.max(...levels) - Math.min(...levels) < 24) return [];
    const centre = (Math.max(...levels) + Math.min(...levels)) / 2;
    const best = roomy.reduce((one, other) => (score(other, centre) > score(one, centre) ? other : one));
    return onArea(
      (best.from + best.to) / 2,
      Math.max(plot.top + 15, Math.min(plot.bottom - 15, best.y)),
      name,
      14,
    );
  });
}

/** Wide, and near the middle of the region's height: a name at its edge looks like a mistake. */
function score({ y, from, to }: { y: number; from: number; to: number }, centre: number): number {
  return to - from - 1.5 * Math.abs(y - centre);
}

function ownPoint(
  map: RangeMap,
  origin: RangePoint,
  x: Axis,
  y: Axis,
  plot: Plot,
  words: PictureWords,
): string[] {
  const [ownX, ownY] = [origin[map.x.input], origin[map.y.input]];
  const inside = ownX >= map.x.from && ownX <= map.x.to && ownY >= map.y.from && ownY <= map.y.to;
  if (!inside) return [];
  const [px, py] = [x.pixel(ownX), y.pixel(ownY)];
  const half = (widthOf(words.own, 11) + 10) / 2;
  const toLeft = px + 2 * half + 16 > plot.right;
  const centre = toLeft ? px - half - 12 : px + half + 12;
  return [
    `<circle cx="${place(px)}" cy="${place(py)}" r="6" fill="#fff" stroke="#000" stroke-width="2"/>`,
    line(px - 3, py, px + 3, py, 'stroke="#000" stroke-width="1.5"'),
    line(px, py - 3, px, py + 3, 'stroke="#000" stroke-width="1.5"'),
    rect(centre - half, py - 9, 2 * half, 18, 'rx="3" fill="#fff" fill-opacity="0.92"'),
    text(centre, py + 4, words.own, { size: 11, anchor: 'middle' }),
  ];
}

function legend(seen: readonly Layout[], anyOver: boolean, plot: Plot, words: PictureWords): string[] {
  const left = plot.right + 16;
  const over = plot.top + 22 + seen.length * 44;
  return [
    text(left, plot.top + 8, words.cheapest, { size: 12.5, bold: true }),
    ...seen.flatMap((layout, index) => {
      const top = plot.top + 22 + index * 44;
      const { name, what } = words.layouts[layout];
      return [
        rect(left, top, 30, 28, `fill="url(#${layout})" stroke="#444"`),
        text(left + 38, top + 12, name, { size: 12.5, bold: true }),
        text(left + 38, top + 26, what, { size: 11, colour: '#444' }),
      ];
    }),
    ...(anyOver
      ? [
          rect(left, over, 30, 28, 'fill="#bbb" stroke="#444"'),
          rect(left, over, 30, 28, 'fill="url(#over)" stroke="#444"'),
          text(left + 38, over + 18, words.overBudget, { size: 11.5 }),
        ]
      : []),
  ];
}

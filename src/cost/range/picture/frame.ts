import { type Axis, shown } from './scale.ts';
import { line, type TextStyle, text, wrapped } from './svg.ts';
import type { PictureWords } from './words.ts';

/** Where the plot lies within the picture, in pixels. */
export interface Plot {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const grid = 'stroke="#d9d9d9" stroke-width="1"';
const tick: TextStyle = { size: 12, colour: '#444' };

/** Title, subtitle and the notes at the bottom. */
export function headAndFoot(
  words: PictureWords,
  size: { width: number; height: number },
  left: number,
): string[] {
  const notes = notesOf(words, size.width);
  return [
    text(left, 32, words.title, { size: 18, bold: true }),
    text(left, 53, words.subtitle, { size: 12.5, colour: '#444' }),
    ...notes.map((note, index) =>
      text(left, size.height - 12 - (notes.length - 1 - index) * 15, note, { size: 11, colour: '#555' }),
    ),
  ];
}

/** The notes in lines for a picture of that width, so that whoever sets the height knows how many. */
export function notesOf(words: PictureWords, width: number): string[] {
  return words.notes.flatMap((note) => wrapped(note, 11, width - 60));
}

/** Lines and numbers of the vertical axis, its name upright beside it. */
export function verticalAxis(plot: Plot, axis: Axis, name: string, lines = true): string[] {
  return [
    ...axis.ticks.flatMap((value) => [
      lines
        ? line(plot.left, axis.pixel(value), plot.right, axis.pixel(value), grid)
        : line(plot.left - 5, axis.pixel(value), plot.left, axis.pixel(value), 'stroke="#444"'),
      text(plot.left - 9, axis.pixel(value) + 4, shown(value), { ...tick, anchor: 'end' }),
    ]),
    text(22, (plot.top + plot.bottom) / 2, name, { size: 13, anchor: 'middle', turn: -90 }),
  ];
}

/** Ticks, numbers and the name of the horizontal axis. */
export function horizontalAxis(plot: Plot, axis: Axis, name: string, nameAt: number): string[] {
  return [
    line(plot.left, plot.bottom, plot.right, plot.bottom, 'stroke="#444" stroke-width="1"'),
    ...axis.ticks.flatMap((value) => [
      line(axis.pixel(value), plot.bottom, axis.pixel(value), plot.bottom + 5, 'stroke="#444"'),
      text(axis.pixel(value), plot.bottom + 19, shown(value), { ...tick, anchor: 'middle' }),
    ]),
    text((plot.left + plot.right) / 2, nameAt, name, { size: 13, anchor: 'middle' }),
  ];
}

/** The patterns that areas are filled with: texture of a layout, and hatching for what is over the budget. */
export function patterns(textures: readonly { id: string; colour: string; texture: string }[]): string {
  const tiles = textures.map(
    ({ id, colour, texture }) =>
      `<pattern id="${id}" width="14" height="14" patternUnits="userSpaceOnUse"><rect width="14" height="14" fill="${colour}"/>${texture}</pattern>`,
  );
  const hatch =
    '<pattern id="over" width="13" height="13" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="3.4" height="13" fill="#fff" fill-opacity="0.85"/><rect x="3.4" width="1.4" height="13" fill="#000"/></pattern>';
  return `<defs>${tiles.join('')}${hatch}</defs>`;
}

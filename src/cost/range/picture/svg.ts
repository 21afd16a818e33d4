/** Fonts that a reader's machine may have; the first is the one that PNGs are made with. */
const fonts =
  "'BIZ UDPGothic','Noto Sans JP','Noto Sans CJK JP','Hiragino Sans','Yu Gothic',Meiryo,'DejaVu Sans',sans-serif";

export interface TextStyle {
  size?: number;
  anchor?: 'start' | 'middle' | 'end';
  bold?: boolean;
  colour?: string;
  /** Degrees, about the text's own place. */
  turn?: number;
  /** A white rim, for text that lies on lines. */
  rim?: boolean;
}

/** The whole picture on white. The same input gives the same text. */
export function document(
  size: { width: number; height: number },
  words: { lang: string; title: string; subtitle: string },
  parts: readonly string[],
): string {
  const { width, height } = size;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fonts}" role="img" xml:lang="${words.lang}">`,
    `<title>${escaped(words.title)}</title>`,
    `<desc>${escaped(words.subtitle)}</desc>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

export function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { size = 12, anchor = 'start', bold = false, colour = '#222', turn, rim = false } = style;
  const attributes = [
    `x="${place(x)}" y="${place(y)}" font-size="${size}" fill="${colour}"`,
    ...(anchor === 'start' ? [] : [`text-anchor="${anchor}"`]),
    ...(bold ? ['font-weight="700"'] : []),
    ...(turn === undefined ? [] : [`transform="rotate(${turn} ${place(x)} ${place(y)})"`]),
    ...(rim ? ['stroke="#fff" stroke-width="4" stroke-linejoin="round" paint-order="stroke"'] : []),
  ];
  return `<text ${attributes.join(' ')}>${escaped(content)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, attributes: string): string {
  return `<line x1="${place(x1)}" y1="${place(y1)}" x2="${place(x2)}" y2="${place(y2)}" ${attributes}/>`;
}

export function rect(x: number, y: number, width: number, height: number, attributes: string): string {
  return `<rect x="${place(x)}" y="${place(y)}" width="${place(width)}" height="${place(height)}" ${attributes}/>`;
}

export type Point = readonly [number, number];

/** `M… L…` through points, those left out that lie on the straight line between their neighbours. */
export function pathOf(points: readonly Point[]): string {
  const kept: Point[] = [];
  for (const point of points) {
    const [before, last] = [kept.at(-2), kept.at(-1)];
    if (last !== undefined && place(last[0]) === place(point[0]) && place(last[1]) === place(point[1]))
      continue;
    if (before !== undefined && last !== undefined && isBetween(before, last, point)) kept.pop();
    kept.push(point);
  }
  return kept.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${place(x)} ${place(y)}`).join('');
}

/** Whether dropping `middle` moves the line by less than a twentieth of a pixel. */
function isBetween(one: Point, middle: Point, other: Point): boolean {
  const [dx, dy] = [other[0] - one[0], other[1] - one[1]];
  const length = Math.hypot(dx, dy);
  const along = (middle[0] - one[0]) * dx + (middle[1] - one[1]) * dy;
  if (length === 0 || along < 0 || along > length * length) return false;
  return Math.abs(dx * (middle[1] - one[1]) - dy * (middle[0] - one[0])) < 0.05 * length;
}

/** Pixels to a hundredth: finer, and the last digits of the machine's sine would show in a file that is compared. */
export function place(pixels: number): string {
  return String(Math.round(pixels * 100) / 100 + 0);
}

function escaped(content: string): string {
  return content.replace(/[&<>"]/g, (each) => `&#${each.charCodeAt(0)};`);
}

/** How wide a text will be at most, near enough to keep texts apart: the reader's font is not known. */
export function widthOf(content: string, size: number): number {
  let ems = 0;
  for (const character of content)
    ems +=
      character > '\u2e80'
        ? 1
        : /[ilj.,:;'|!()[\] ]/.test(character)
          ? 0.34
          : /[A-Zmw%@]/.test(character)
            ? 0.75
            : 0.58;
  return ems * size;
}

/** A text in lines of at most so many pixels; broken at spaces, or anywhere between Japanese characters. */
export function wrapped(content: string, size: number, width: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (const part of content.match(/[^\s\u2e80-\uffff]+\s*|\s+|[\u2e80-\uffff][、。)」]*/g) ?? []) {
    if (current !== '' && widthOf(current + part.trimEnd(), size) > width) {
      lines.push(current.trimEnd());
      current = '';
    }
    current += part;
  }
  return current === '' ? lines : [...lines, current.trimEnd()];
}

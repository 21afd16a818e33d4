/** One figure beside what it is measured against. */
export interface Row {
  what: string;
  value: number;
  unit: 's' | 'ms' | 'MB' | '1/s' | '×';
  /** Floor or peer, measured in the same run; empty where the aim stands alone. */
  beside: string;
  /** The bound that the figure is held to; null where a row only informs. */
  aim: { most: number } | { least: number } | null;
}

/** Whether the figure is within its aim; null for a row without one. */
export function isMet({ value, aim }: Row): boolean | null {
  if (aim === null) return null;
  return 'most' in aim ? value <= aim.most : value >= aim.least;
}

/** The middle of the values (the upper one of two); NaN for none. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value that the share `part` of all lies below; NaN for none. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** The rows as a Markdown table, ready for docs/performance.md. */
export function tableText(rows: readonly Row[]): string {
  const cells = [
    ['measure', 'measured', 'beside it, same run', 'aim', ''],
    ...rows.map((row) => [
      row.what,
      figure(row.value, row.unit),
      row.beside,
      aimText(row),
      { true: 'met', false: '**missed**', null: '' }[String(isMet(row)) as 'true' | 'false' | 'null'],
    ]),
  ];
  const widths = [0, 1, 2, 3, 4].map((at) => Math.max(3, ...cells.map((line) => line[at]?.length ?? 0)));
  const line = (values: readonly string[]) =>
    `| ${values.map((text, at) => text.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = cells;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body.map(line)].join(
    '\n',
  );
}

/** A figure with as many digits as it deserves. */
export function figure(value: number, unit: Row['unit']): string {
  const digits = unit === 'MB' || unit === '1/s' ? 0 : 2;
  return unit === '×' ? value.toFixed(digits) : `${value.toFixed(digits)} ${unit}`;
}

function aimText({ aim, unit }: Row): string {
  if (aim === null) return '';
  return 'most' in aim ? `≤ ${aim.most}${unit === '×' ? '' : ` ${unit}`}` : `≥ ${aim.least}`;
}

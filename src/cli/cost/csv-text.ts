type Cell = string | number | boolean | null;

/** What a spreadsheet would run as a formula when a cell begins with it (OWASP, CSV injection). */
const formulaStart = /^[=+\-@\t\r]/;

/** A negative amount is no formula. */
const plainNumber = /^-?\d+(?:\.\d+)?$/;

/**
 * Rows as CSV (RFC 4180: CRLF, cells with a comma, quote or line break quoted). Numbers are written unrounded. A text
 * that a spreadsheet would take for a formula gets an apostrophe before it, by which spreadsheets know a text.
 */
export function csvText(header: readonly string[], rows: Iterable<readonly Cell[]>): string {
  const lines = [header.join(',')];
  for (const row of rows) lines.push(row.map(cellText).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const text = formulaStart.test(cell) && !plainNumber.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

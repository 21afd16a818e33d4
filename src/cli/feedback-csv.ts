import { fault, SetoError } from '../shared/errors.ts';

/** One label of a prediction. */
export type FeedbackItem = { predictionId: string; label: string } | { reference: string; label: string };
/** One that a file holds, and where. */
export type FeedbackLine = FeedbackItem & { line: number };

/**
 * Reads labels from CSV (RFC 4180: quotes, `""` inside them; also with a byte order mark, as spreadsheets write it).
 * The header names the columns `predictionId` or `reference`, and `label`; others are ignored; empty lines too.
 * @throws feedback.bad_csv with file and line
 */
export function readFeedbackCsv(text: string, file: string): FeedbackLine[] {
  const rows = parseCsv(text.replace(/^\uFEFF/, ''), file);
  const [header, ...body] = rows;
  const bad = (line: number, problem: string) => fault('feedback.bad_csv', { file, line, problem });
  if (header === undefined) throw bad(1, 'empty');
  const columns = header.cells.map((cell) => cell.trim());
  const label = columns.indexOf('label');
  const id = columns.indexOf('predictionId');
  const reference = columns.indexOf('reference');
  if (label < 0 || (id < 0 && reference < 0)) throw bad(1, `columns: ${columns.join(', ')}`);
  return body.map(({ cells, line }) => {
    const value = cells[label]?.trim() ?? '';
    const predictionId = id < 0 ? '' : (cells[id]?.trim() ?? '');
    const own = reference < 0 ? '' : (cells[reference]?.trim() ?? '');
    if (value === '') throw bad(line, 'no label');
    if (predictionId !== '') return { predictionId, label: value, line };
    if (own !== '') return { reference: own, label: value, line };
    throw bad(line, 'no predictionId and no reference');
  });
}

/** An unknown label, with the file and line that it stands in. */
export function withPlace(
  error: unknown,
  file: string,
  items: readonly (FeedbackItem | FeedbackLine)[],
): unknown {
  if (!(error instanceof SetoError) || error.code !== 'feedback.unknown_label') return error;
  const item = items.find(({ label }) => label === error.values['label']);
  if (item === undefined || !('line' in item)) return error;
  return fault('feedback.csv_label', { ...error.values, file, line: item.line }, { cause: error });
}

interface Row {
  line: number;
  cells: string[];
}

function parseCsv(text: string, file: string): Row[] {
  const rows: Row[] = [];
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  let line = 1;
  let startedAt = 1;
  const endCell = () => {
    cells.push(cell);
    cell = '';
  };
  const endRow = () => {
    endCell();
    if (cells.some((each) => each.trim() !== '')) rows.push({ line: startedAt, cells });
    cells = [];
    startedAt = line;
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === '\n') line += 1;
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (character === '"' && cell === '') quoted = true;
    else if (character === ',') endCell();
    else if (character === '\n') endRow();
    else if (character !== '\r') cell += character;
  }
  if (quoted) throw fault('feedback.bad_csv', { file, line: startedAt, problem: 'a quote is not closed' });
  endRow();
  return rows;
}

import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import {
  type InvoiceColumns,
  type InvoiceLine,
  invoiceColumns,
  readInvoiceLine,
} from '../../cost/invoice/invoice-line.ts';
import { fault } from '../../shared/errors.ts';
import { withPath } from '../../shared/read-text.ts';
import { inBoth, printable } from '../../shared/text/format.ts';
import { say } from '../../shared/text.ts';

/** Problems told at once: enough to see what is wrong with a file, few enough to read. */
const problemsShown = 20;

type Problem =
  | { line: number; column: string; given: string; expected: 'date' | 'number' | 'currency' | 'tags' }
  | { line: number; problem: 'quotes' };

/**
 * The lines of an Azure usage-details CSV, read as a stream: a file may be larger than memory. Bad cells are gathered
 * and told at the end, all with line and column. @throws cost.invoice_columns, cost.invoice_rows, the system's error with the file's path
 */
export async function* readInvoice(file: string): AsyncGenerator<InvoiceLine> {
  const problems: Problem[] = [];
  let columns: InvoiceColumns | null = null;
  const source = createReadStream(file);
  let brokenRow: unknown = null;
  let lastLine = 0;
  // A row whose quotes are wrong is told like a bad cell; as an error it would hide the problems of the rows before it.
  const parser = parse({
    ...{ bom: true, info: true, skip_empty_lines: true, relax_column_count: true },
    skip_records_with_error: true,
    on_record: (record: string[], { lines }) => {
      lastLine = lines;
      return record;
    },
    on_skip: (error) => {
      // Where the row begins: the parser stumbles again over each quotation mark behind the first of a row.
      const row: unknown = error?.['bytes'];
      if (row === brokenRow) return;
      brokenRow = row;
      // A mark that is not closed is noticed at the next one, or at the file's end: its row begins behind the last.
      const noticed = Number(error?.['lines'] ?? 0);
      problems.push({
        line: error?.code === 'INVALID_OPENING_QUOTE' ? noticed : lastLine + 1,
        problem: 'quotes',
      });
      lastLine = noticed;
    },
  });
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      if (columns === null) {
        const found = invoiceColumns(record);
        if (!found.found) throw fault('cost.invoice_columns', { file, missing: found.missing.join(', ') });
        ({ columns } = found);
        continue;
      }
      const line = readInvoiceLine(record, columns);
      if ('day' in line) yield line;
      else problems.push({ line: info.lines, ...line });
      if (problems.length >= problemsShown) break;
    }
  } catch (error) {
    throw withPath(error, file);
  } finally {
    source.destroy();
  }
  if (problems.length > 0) throw fault('cost.invoice_rows', { file, problems: tell(problems) });
  if (columns === null) throw fault('cost.invoice_columns', { file, missing: 'date' });
}

function tell(problems: readonly Problem[]) {
  return inBoth((lang) =>
    problems
      .toSorted((one, other) => one.line - other.line)
      .map((each) =>
        'problem' in each
          ? `  ${say(lang, 'cost.invoice.row', { line: each.line, problem: say(lang, 'cost.invoice.quotes') })}`
          : `  ${say(lang, 'cost.invoice.cell', { ...each, given: printable(each.given), expected: say(lang, `cost.invoice.expected.${each.expected}`) })}`,
      )
      .join('\n'),
  );
}

import { parseDecimal } from './decimal.ts';

/** One row of a usage-details file, as far as it is compared. Amounts are decimals of decimal.ts, without tax. */
export interface InvoiceLine {
  /** UTC day of the usage, `YYYY-MM-DD`. */
  day: string;
  quantity: bigint;
  cost: bigint;
  currency: string;
  /** Last part of the resource's id, or its name; lower case, empty where the charge has none. */
  resource: string;
  tags: ReadonlyMap<string, string>;
  category: string;
  meter: string;
  unit: string;
  subscription: string;
}

/**
 * Names of each field over the years, without case and spaces. Sources: Microsoft's schemas of the cost and usage
 * details files for EA (2024-08-01, 2021-10-01) and MCA (2023-12-01-preview, 2021-10-01), and its table of older terms
 * (learn.microsoft.com, cost-management-billing: dataset-schema, automate/understand-usage-details-fields).
 */
const names = {
  date: ['date', 'usagedate', 'usagedatetime', 'usagestart', 'usageend'],
  quantity: ['quantity', 'consumedquantity', 'usagequantity'],
  cost: ['costinbillingcurrency', 'cost', 'pretaxcost', 'extendedcost'],
  currency: ['billingcurrency', 'billingcurrencycode', 'currency'],
  resource: ['resourceid', 'instanceid', 'resourcename', 'instancename'],
  tags: ['tags'],
  category: ['metercategory'],
  meter: ['metername', 'meter'],
  unit: ['unitofmeasure', 'unit'],
  subscription: ['subscriptionid', 'subscriptionguid'],
} as const;

export type InvoiceField = keyof typeof names;

/** Where each field stands; the cell's own header beside it, for messages. */
export type InvoiceColumns = Readonly<Record<InvoiceField, { index: number; header: string }>>;

/** Finds the columns by the header; else tells which fields have none. */
export function invoiceColumns(
  header: readonly string[],
): { found: true; columns: InvoiceColumns } | { found: false; missing: string[] } {
  const plain = header.map((cell) => cell.toLowerCase().replace(/[\s_]/g, ''));
  const missing: string[] = [];
  const find = (field: InvoiceField) => {
    const index = names[field].map((name) => plain.indexOf(name)).find((at) => at >= 0) ?? -1;
    if (index < 0) missing.push(names[field][0]);
    return { index, header: header[index] ?? '' };
  };
  const columns: InvoiceColumns = {
    date: find('date'),
    quantity: find('quantity'),
    cost: find('cost'),
    currency: find('currency'),
    resource: find('resource'),
    tags: find('tags'),
    category: find('category'),
    meter: find('meter'),
    unit: find('unit'),
    subscription: find('subscription'),
  };
  return missing.length > 0 ? { found: false, missing } : { found: true, columns };
}

/** A cell that cannot be read: its column, and what should stand there. */
export interface BadCell {
  column: string;
  given: string;
  expected: 'date' | 'number' | 'currency' | 'tags';
}

/** Reads one row; a cell that is not what its column holds is told instead. Pure. */
export function readInvoiceLine(cells: readonly string[], columns: InvoiceColumns): InvoiceLine | BadCell {
  const cell = (field: InvoiceField) => cells[columns[field].index]?.trim() ?? '';
  const bad = (field: InvoiceField, expected: BadCell['expected']): BadCell => ({
    column: columns[field].header,
    given: cell(field),
    expected,
  });
  const day = readDay(cell('date'));
  if (day === null) return bad('date', 'date');
  const quantity = parseDecimal(cell('quantity'));
  if (quantity === null) return bad('quantity', 'number');
  const cost = parseDecimal(cell('cost'));
  if (cost === null) return bad('cost', 'number');
  const currency = cell('currency').toUpperCase();
  if (!/^[A-Z]{3}$/.test(currency)) return bad('currency', 'currency');
  const tags = readTags(cell('tags'));
  if (tags === null) return bad('tags', 'tags');
  return {
    day,
    quantity,
    cost,
    currency,
    resource: cell('resource').split('/').at(-1)?.toLowerCase() ?? '',
    tags,
    category: cell('category'),
    meter: cell('meter'),
    unit: cell('unit'),
    subscription: cell('subscription'),
  };
}

/** `2026-11-03`, with or without a time, or Microsoft's `11/03/2026` (month first). */
function readDay(text: string): string | null {
  const iso = /^(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?$/.exec(text);
  const american = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?: .*)?$/.exec(text);
  const [year, month, day] = iso
    ? [iso[1], iso[2], iso[3]]
    : american
      ? [american[3], american[1], american[2]]
      : [];
  const at = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  // Rolls over where there is no such day.
  return at.getUTCMonth() === Number(month) - 1 && at.getUTCDate() === Number(day)
    ? at.toISOString().slice(0, 10)
    : null;
}

/** Tags are JSON, in EA files without the braces around it. */
function readTags(text: string): Map<string, string> | null {
  if (text === '') return new Map();
  try {
    const parsed: unknown = JSON.parse(text.startsWith('{') ? text : `{${text}}`);
    return new Map(
      Object.entries(parsed as object).map(([key, value]) => [key.toLowerCase(), String(value ?? '')]),
    );
  } catch {
    return null;
  }
}

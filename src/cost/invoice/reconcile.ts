import { overlapMs, type Span } from '../calendar.ts';
import { units, unitsPerYen, unitsToYen } from '../money.ts';
import { decimalTo, multiplyDecimals } from './decimal.ts';
import type { InvoiceLine } from './invoice-line.ts';

/** Tags that every machine of ours carries. */
const nodeTag = 'seto-node';
const installationTag = 'seto-installation';

/** What the ledger says of real money; simulated entries stand on no invoice and are not given here. */
export interface LedgerSide {
  installationId: string;
  /** Price in nano-yen an hour. */
  nodes: readonly (Span & { nodeId: string; price: number })[];
  fixed: readonly (Span & { name: string; formula: string; count: number; price: number })[];
}

export interface Finding {
  kind: 'not_in_ledger' | 'not_on_invoice' | 'quantity' | 'price';
  /** A node, a fixed cost, or a meter. */
  what: string;
  ledgerHours: number;
  invoiceHours: number;
  ledgerYen: number;
  invoiceYen: number;
  /** What of the invoice this does not explain: invoice less ledger, yen without tax. */
  differenceYen: number;
}

export interface Reconciliation {
  /** UTC days that the file covers. */
  firstDay: string | null;
  lastDay: string | null;
  rows: number;
  /** Nodes and fixed costs that agree in hours and amount. */
  agreed: number;
  agreedYen: number;
  findings: Finding[];
  /** Rows that are not ours: other installations, and what carries no tag of ours, by subscription. */
  others: { kind: 'installation' | 'untagged'; name: string; rows: number; yen: number }[];
}

/**
 * How far a node's hours on one day of the invoice may lie from the ledger's. The provider rounds usage; less, and each
 * rounding is a finding; more, and real minutes go unseen.
 */
const toleranceMs = 60_000;

/** How far an amount may lie from hours × price, yen a row; prices in yen are themselves rounded there. */
const toleranceYen = 0.01;

interface Sum {
  hours: bigint;
  cost: bigint;
  rows: number;
}

const hourMs = 3_600_000n;

/**
 * Adds up an invoice row by row, so that a file of any size is read once, and sets it against the ledger. `rate` turns
 * the file's currency into yen (a decimal of decimal.ts).
 */
export function createReconciler(ledger: LedgerSide, rate: bigint) {
  const known = new Map(ledger.nodes.map(({ nodeId }) => [nodeId.toLowerCase(), nodeId]));
  const machines = new Map<string, Sum>();
  const fixed = new Map<string, Sum>();
  const meters = new Map<string, Sum>();
  const others = new Map<string, Sum>();
  let rows = 0;
  let firstDay: string | null = null;
  let lastDay: string | null = null;

  const add = (sums: Map<string, Sum>, key: string, line: InvoiceLine) => {
    const sum = sums.get(key) ?? { hours: 0n, cost: 0n, rows: 0 };
    sums.set(key, sum);
    sum.hours += line.quantity;
    sum.cost += multiplyDecimals(line.cost, rate);
    sum.rows += 1;
  };
  // `node-1`, or what a provider hangs on a machine: `node-1_OsDisk`, `node-1-nic`.
  const nodeOf = (line: InvoiceLine): string | null => {
    const tagged = line.tags.get(nodeTag);
    if (tagged) return tagged;
    const exact = known.get(line.resource);
    if (exact !== undefined) return exact;
    const cut = line.resource.replace(/[-_][^-_]*$/, '');
    return known.get(cut) ?? null;
  };
  const fixedOf = (line: InvoiceLine): string | null => {
    const named = ledger.fixed.find(({ name }) => name.toLowerCase() === line.resource);
    if (named !== undefined) return fixedKey(named);
    if (/^load balancer$/i.test(line.category) && /included/i.test(line.meter)) return '(2)';
    return /static public ip/i.test(line.meter) ? '(3)' : null;
  };

  /** Which sum a row belongs to. */
  const placeOf = (line: InvoiceLine): [Map<string, Sum>, string] => {
    const installation = line.tags.get(installationTag);
    if (installation !== undefined && installation !== ledger.installationId)
      return [others, `installation ${installation}`];
    const node = nodeOf(line);
    const hourly = /hour/i.test(line.unit);
    if (node !== null && hourly && /^virtual machines/i.test(line.category)) return [machines, node];
    const cost = node === null && hourly ? fixedOf(line) : null;
    const named = ledger.fixed.some(({ name }) => name.toLowerCase() === line.resource);
    if (cost !== null && (installation !== undefined || named)) return [fixed, cost];
    if (node !== null || installation !== undefined) return [meters, `${line.category} / ${line.meter}`];
    return [others, `untagged ${line.subscription}`];
  };

  return {
    add(line: InvoiceLine): void {
      rows += 1;
      if (firstDay === null || line.day < firstDay) firstDay = line.day;
      if (lastDay === null || line.day > lastDay) lastDay = line.day;
      const [sums, key] = placeOf(line);
      add(sums, key, line);
    },

    result(): Reconciliation {
      const period: Span =
        firstDay === null || lastDay === null
          ? { from: 0, to: 0 }
          : { from: Date.parse(firstDay), to: Date.parse(lastDay) + 86_400_000 };
      const expectations = new Map<string, { ms: bigint; exact: bigint }>();
      const expect = (key: string, ms: bigint, price: number) => {
        const sum = expectations.get(key) ?? { ms: 0n, exact: 0n };
        expectations.set(key, { ms: sum.ms + ms, exact: sum.exact + units(ms, price) });
      };
      for (const each of ledger.nodes) expect(each.nodeId, BigInt(overlapMs(each, period)), each.price);
      for (const each of ledger.fixed)
        expect(fixedKey(each), BigInt(overlapMs(each, period)) * BigInt(each.count), each.price);
      const findings: Finding[] = [];
      let agreed = 0;
      let agreedExact = 0n;
      const billed = new Map([...machines, ...fixed]);
      for (const key of new Set([...expectations.keys(), ...billed.keys()])) {
        const ledgerSum = expectations.get(key) ?? { ms: 0n, exact: 0n };
        const invoiceSum = billed.get(key) ?? { hours: 0n, cost: 0n, rows: 0 };
        if (ledgerSum.ms === 0n && isNothing(invoiceSum)) continue;
        const found = compare(nameOf(key), ledgerSum, invoiceSum);
        findings.push(...found);
        if (found.length > 0) continue;
        agreed += 1;
        agreedExact += decimalTo(invoiceSum.cost, unitsPerYen);
      }
      for (const [meter, sum] of meters)
        if (sum.cost !== 0n) findings.push(...compare(meter, { ms: 0n, exact: 0n }, { ...sum, hours: 0n }));
      return {
        firstDay,
        lastDay,
        rows,
        agreed,
        agreedYen: unitsToYen(agreedExact),
        findings: findings.sort((one, other) => Math.abs(other.differenceYen) - Math.abs(one.differenceYen)),
        others: [...others].map(([key, sum]) => {
          const [kind = '', name = ''] = key.split(/ (.*)/s);
          return {
            kind: kind === 'installation' ? 'installation' : 'untagged',
            name,
            rows: sum.rows,
            yen: unitsToYen(decimalTo(sum.cost, unitsPerYen)),
          };
        }),
      };
    },
  };
}

const fixedKey = ({ name, formula }: { name: string; formula: string }): string =>
  formula === '(4)' ? `fixed ${name}` : formula;

const nameOf = (key: string): string =>
  key === '(2)' ? 'loadBalancer' : key === '(3)' ? 'staticIp' : key.replace(/^fixed /, '');

/** Rows that neither count nor cost anything, such as Azure writes for traffic into its network, explain themselves. */
const isNothing = ({ hours, cost }: Sum): boolean => hours === 0n && cost === 0n;

/** Hours first, then the price on the invoice's hours: the two parts add up to the whole difference. */
function compare(what: string, ledger: { ms: bigint; exact: bigint }, invoice: Sum): Finding[] {
  const invoiceMs = decimalTo(invoice.hours, hourMs);
  const exact = decimalTo(invoice.cost, unitsPerYen);
  const base = {
    what,
    ledgerHours: Number(ledger.ms) / 3_600_000,
    invoiceHours: Number(invoiceMs) / 3_600_000,
    ledgerYen: unitsToYen(ledger.exact),
    invoiceYen: unitsToYen(exact),
  };
  const finding = (kind: Finding['kind'], difference: bigint): Finding => ({
    kind,
    ...base,
    differenceYen: unitsToYen(difference),
  });
  if (ledger.ms === 0n) return [finding('not_in_ledger', exact)];
  if (invoice.rows === 0) return [finding('not_on_invoice', -ledger.exact)];
  const found: Finding[] = [];
  // What the invoice's hours cost at the ledger's (mean) price.
  const atLedgerPrice = (ledger.exact * invoiceMs) / ledger.ms;
  const gap = invoiceMs - ledger.ms;
  if ((gap < 0n ? -gap : gap) > BigInt(toleranceMs * invoice.rows))
    found.push(finding('quantity', atLedgerPrice - ledger.exact));
  const priceGap = exact - atLedgerPrice;
  if (Math.abs(unitsToYen(priceGap)) > toleranceYen * invoice.rows) found.push(finding('price', priceGap));
  return found;
}

import { monthSpan, overlapMs, type Span } from '../cost/calendar.ts';
import { units } from '../cost/money.ts';
import { splitInterval } from '../cost/split-interval.ts';
import type { Store } from '../store/store.ts';
import type { LiveLease } from './budget.ts';
import { current, overlapping } from './entry-sums.ts';
import { type JobSpan, jobSpansOf } from './job-spans.ts';
import { type Amount, amount, type MonthReport } from './report.ts';

/** By what a month's bill can be told apart. */
export type BreakdownBy = 'item' | 'pool' | 'project' | 'job' | 'person';

/**
 * `none`: a node that no job had. `fixed`: what costs by its existence. `others`: what the reader may not see by name.
 * `rest`: what a limit cut off.
 */
export type BreakdownKind =
  | 'item'
  | 'pool'
  | 'project'
  | 'job'
  | 'person'
  | 'none'
  | 'fixed'
  | 'others'
  | 'rest';

export interface BreakdownRow {
  kind: BreakdownKind;
  /** Of the job, project or person; null for the other kinds. */
  id: number | null;
  name: string;
  /** Path of a job's project. */
  project: string | null;
  simulated: boolean;
  /** Node time, milliseconds: the jobs' own, and boot, gaps and idle tails beside it; null where nobody's share is asked. */
  workMs: number | null;
  waitMs: number | null;
  /** The amount's factors, hours and yen an hour: a price that changed makes two items of a name. Null for other rows. */
  quantity: number | null;
  unitPrice: number | null;
  amount: Amount;
  /** Of the jobs that were estimated when they were asked for; null where none was. Without tax. */
  expected: Amount | null;
  most: Amount | null;
  /** What those jobs cost less what was expected of them. */
  difference: Amount | null;
}

/** What a job was expected to cost and at most could, exact units without tax. */
export interface JobEstimate {
  expected: bigint;
  most: bigint;
}

export interface BreakdownNames {
  project(id: number): string | null;
  person(id: number): string | null;
}

/** What the reader may see by name; all else is summed up as `others`. */
export interface BreakdownReader {
  seesProject(id: number): boolean;
  seesPerson(id: number): boolean;
}

export interface BreakdownInput {
  store: Store;
  leases: readonly LiveLease[];
  report: MonthReport;
  names: BreakdownNames;
  reader: BreakdownReader;
  estimateOf(jobId: number): JobEstimate | null;
}

/** One job's (or nobody's) part of a month: node time by price, of one kind. */
interface Share {
  job: JobSpan | null;
  simulated: boolean;
  workMs: number;
  waitMs: number;
  exact: bigint;
}

/**
 * The month's bill by project, job or person. The rows of a kind (simulated or real) add up to what the report says
 * was spent, to the unit.
 */
export function breakdownByShare(input: BreakdownInput, by: 'project' | 'job' | 'person'): BreakdownRow[] {
  const { report, names, reader, estimateOf } = input;
  const rows = new Map<string, Omit<BreakdownRow, 'amount' | 'expected' | 'most' | 'difference'> & Sums>();
  const add = (kind: BreakdownKind, id: number | null, share: Omit<Share, 'job'>, job: JobSpan | null) => {
    const key = `${kind} ${id} ${share.simulated}`;
    const row = rows.get(key) ?? {
      kind,
      id,
      name: nameOf(kind, id, job, names),
      project: kind === 'job' && job !== null ? names.project(job.projectId) : null,
      simulated: share.simulated,
      workMs: 0,
      waitMs: 0,
      quantity: null,
      unitPrice: null,
      ...noSums(),
    };
    rows.set(key, row);
    row.workMs = (row.workMs ?? 0) + share.workMs;
    row.waitMs = (row.waitMs ?? 0) + share.waitMs;
    row.exact += share.exact;
    const estimate = job === null ? null : estimateOf(job.jobId);
    if (estimate === null) return;
    row.estimated += 1;
    row.expectedExact += estimate.expected;
    row.mostExact += estimate.most;
    row.estimatedExact += share.exact;
  };
  for (const share of shares(input, monthSpan(report.month, report.timeZone))) {
    const { job } = share;
    if (job === null) add('none', null, share, null);
    else if (by === 'person') {
      const seen = reader.seesPerson(job.userId);
      add(seen ? 'person' : 'others', seen ? job.userId : null, share, job);
    } else if (!reader.seesProject(job.projectId)) add('others', null, share, job);
    else add(by, by === 'job' ? job.jobId : job.projectId, share, job);
  }
  for (const item of report.items)
    if (item.formula !== '(1)')
      add(
        'fixed',
        null,
        { simulated: item.simulated, workMs: 0, waitMs: 0, exact: BigInt(item.amount.exact) },
        null,
      );
  return [...rows.values()].map(({ exact, estimated, expectedExact, mostExact, estimatedExact, ...row }) => ({
    ...row,
    ...(row.kind === 'fixed' ? { workMs: null, waitMs: null } : {}),
    amount: amount(exact),
    expected: estimated > 0 ? amount(expectedExact) : null,
    most: estimated > 0 ? amount(mostExact) : null,
    difference: estimated > 0 ? amount(estimatedExact - expectedExact) : null,
  }));
}

interface Sums {
  exact: bigint;
  estimated: number;
  expectedExact: bigint;
  mostExact: bigint;
  estimatedExact: bigint;
}

const noSums = (): Sums => ({
  exact: 0n,
  estimated: 0,
  expectedExact: 0n,
  mostExact: 0n,
  estimatedExact: 0n,
});

function nameOf(kind: BreakdownKind, id: number | null, job: JobSpan | null, names: BreakdownNames): string {
  if (kind === 'job') return job?.name ?? '';
  if (id === null) return '';
  return (kind === 'project' ? names.project(id) : names.person(id)) ?? `#${id}`;
}

/** The report's items as rows, or added up by pool. */
export function breakdownByItem(report: MonthReport, by: 'item' | 'pool'): BreakdownRow[] {
  const rows = new Map<
    string,
    Pick<BreakdownRow, 'kind' | 'name' | 'simulated' | 'quantity' | 'unitPrice'> & { exact: bigint }
  >();
  for (const [index, item] of report.items.entries()) {
    const { simulated } = item;
    const { quantity, unitPrice } = by === 'item' ? item : { quantity: null, unitPrice: null };
    const fixed = by === 'pool' && item.formula !== '(1)';
    const kind = fixed ? 'fixed' : by;
    const name = fixed ? '' : item.name;
    const key = by === 'item' ? String(index) : `${kind} ${name} ${simulated}`;
    const row = rows.get(key) ?? { kind, name, simulated, quantity, unitPrice, exact: 0n };
    row.exact += BigInt(item.amount.exact);
    rows.set(key, row);
  }
  return [...rows.values()].map(({ exact, ...row }) => ({
    ...row,
    id: null,
    project: null,
    workMs: null,
    waitMs: null,
    amount: amount(exact),
    expected: null,
    most: null,
    difference: null,
  }));
}

/** The dearest first, those beyond `limit` of each kind added up in one row; nothing is left out of the sum. */
export function limitRows(rows: readonly BreakdownRow[], limit: number): BreakdownRow[] {
  const exact = (row: BreakdownRow) => BigInt(row.amount.exact);
  const sorted = [...rows].sort(
    (one, other) =>
      Number(one.simulated) - Number(other.simulated) ||
      (exact(one) === exact(other) ? 0 : exact(one) > exact(other) ? -1 : 1) ||
      (one.id ?? 0) - (other.id ?? 0),
  );
  return [false, true].flatMap((simulated) => {
    const own = sorted.filter((row) => row.simulated === simulated);
    const cut = own.slice(limit);
    if (cut.length === 0) return own;
    const total = (of: (row: BreakdownRow) => Amount | null): Amount | null =>
      cut.some((row) => of(row) !== null)
        ? amount(cut.reduce((sum, row) => sum + BigInt(of(row)?.exact ?? 0), 0n))
        : null;
    const ms = (of: (row: BreakdownRow) => number | null): number | null =>
      cut.every((row) => of(row) === null) ? null : cut.reduce((sum, row) => sum + (of(row) ?? 0), 0);
    const rest: BreakdownRow = {
      kind: 'rest',
      id: null,
      name: String(cut.length),
      project: null,
      simulated,
      workMs: ms((row) => row.workMs),
      waitMs: ms((row) => row.waitMs),
      quantity: null,
      unitPrice: null,
      amount: total((row) => row.amount) ?? amount(0n),
      expected: total((row) => row.expected),
      most: total((row) => row.most),
      difference: total((row) => row.difference),
    };
    return [...own.slice(0, limit), rest];
  });
}

/** Every job's part of what the nodes cost within the span; running nodes count as far as they have come. */
function shares({ store, leases }: BreakdownInput, span: Span): Iterable<Share> {
  const entries = store.all<{ nodeId: string; price: number; simulated: number; from: number; to: number }>(
    `SELECT e.node_id AS nodeId, e.price, e.simulated, e.from_at AS "from", e.to_at AS "to"
     FROM ${overlapping} WHERE ${current}`,
    span.from,
    span.to,
  );
  const spans = jobSpansOf(
    store,
    `SELECT e.node_id FROM ${overlapping} WHERE ${current} UNION ALL SELECT node_id FROM leases WHERE closed = 0`,
    span.from,
    span.to,
  );
  const open = leases.map(({ nodeId, price, simulated, openedAt, elapsedMs }) => ({
    nodeId,
    price,
    simulated: Number(simulated),
    from: openedAt,
    to: openedAt + elapsedMs,
  }));
  const found = new Map<string, Share>();
  for (const entry of [...entries, ...open]) {
    const own = spans.get(entry.nodeId) ?? [];
    const stays = own
      .filter((each) => !each.ordered)
      .map((each) => ({ of: each, from: each.from, to: each.to }));
    const orderedFor = own.find((each) => each.ordered) ?? null;
    for (const piece of splitInterval(entry, stays, orderedFor)) {
      const ms = overlapMs(piece, span);
      if (ms === 0) continue;
      const key = `${piece.of?.jobId ?? ''} ${entry.simulated}`;
      const share = found.get(key) ?? {
        job: piece.of,
        simulated: entry.simulated === 1,
        workMs: 0,
        waitMs: 0,
        exact: 0n,
      };
      found.set(key, share);
      share[piece.part === 'work' ? 'workMs' : 'waitMs'] += ms;
      share.exact += units(ms, entry.price);
    }
  }
  return found.values();
}

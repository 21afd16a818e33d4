import type { Store } from '../../../src/store/store.ts';
import type { World } from './world.ts';

/** Calendar months by another road than src/cost: every hour of two years, grouped by the zone's own words. */
const months = new Map<string, Map<string, { from: number; to: number }>>();

export function monthsOf(timeZone: string): Map<string, { from: number; to: number }> {
  const known = months.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit' });
  const found = new Map<string, { from: number; to: number }>();
  const hour = 3_600_000;
  for (let at = Date.UTC(2026, 8, 1); at < Date.UTC(2027, 5, 1); at += hour) {
    const name = format.format(at).slice(0, 7);
    const span = found.get(name);
    if (span === undefined) found.set(name, { from: at, to: at + hour });
    else span.to = at + hour;
  }
  months.set(timeZone, found);
  return found;
}

interface LeaseRow {
  node_id: string;
  pool: string;
  price: number;
  project_id: number | null;
  simulated: number;
  opened_at: number;
  leased_ms: number;
  terms: string;
  closed: number;
}

export interface EntryRow {
  id: number;
  node_id: string;
  pool: string;
  price: number;
  project_id: number | null;
  simulated: number;
  from_at: number;
  to_at: number;
  source: 'provider' | 'node' | 'bounded';
  kind: 'paid' | 'allowed' | 'orphan' | 'overrun';
  replaces: number | null;
}

export interface Sums {
  /** Booked or leased as paid; the rest, fixed costs to the month's end among it; exact units without tax. */
  paid: bigint;
  other: bigint;
}

export interface FixedRow {
  price: number;
  count: number;
  simulated: number;
  from_at: number;
  to_at: number | null;
}

export const moneys = ['real', 'simulated'] as const;
export const moneyOf = ({ simulated }: { simulated: number }) => moneys[simulated] ?? 'real';

/** What fixed costs come to within a span, by existence alone. */
export function fixedIn(rows: readonly FixedRow[], span: { from: number; to: number }): bigint {
  return rows.reduce(
    (sum, { price, count, from_at, to_at }) =>
      sum + BigInt(count) * BigInt(price) * BigInt(shared(from_at, to_at ?? span.to, span)),
    0n,
  );
}

/** Milliseconds that two spans share. */
export const shared = (from: number, to: number, span: { from: number; to: number }) =>
  Math.max(0, Math.min(to, span.to) - Math.max(from, span.from));

/** The entries of a node that no later one replaces, in order. */
export function nodeEntries(store: Store, nodeId: string): EntryRow[] {
  return store.all<EntryRow>(
    `SELECT * FROM ledger_entries e WHERE node_id = ? AND NOT EXISTS (SELECT 1 FROM ledger_entries l WHERE l.replaces = e.id)
     ORDER BY from_at, to_at, id`,
    nodeId,
  );
}

export function currentEntries(store: Store): EntryRow[] {
  const rows = store.all<EntryRow>('SELECT * FROM ledger_entries ORDER BY from_at, to_at, id');
  const replaced = new Set(rows.map(({ replaces }) => replaces));
  return rows.filter(({ id }) => !replaced.has(id));
}

/** What each month holds of each kind of money, platform and project 1, summed from the rows by the oracle's own arithmetic. */
export function sumMonths(world: World): Map<string, Sums> {
  const sums = new Map<string, Sums>();
  const put = (key: string, kind: string, amount: bigint) => {
    const sum = sums.get(key) ?? { paid: 0n, other: 0n };
    if (kind === 'paid') sum.paid += amount;
    else sum.other += amount;
    sums.set(key, sum);
  };
  const add = (
    month: string,
    span: { from: number; to: number },
    kind: string,
    row: Pick<EntryRow, 'price' | 'project_id' | 'simulated'>,
    from: number,
    to: number,
  ) => {
    const ms = shared(from, to, span);
    if (ms === 0) return;
    const amount = BigInt(ms) * BigInt(row.price);
    put(`${month} ${moneyOf(row)} all`, kind, amount);
    if (row.project_id === 1) put(`${month} ${moneyOf(row)} 1`, kind, amount);
  };
  const entries = currentEntries(world.store);
  const leases = world.store.all<LeaseRow>('SELECT * FROM leases WHERE closed = 0');
  const fixed = world.store.all<FixedRow>('SELECT * FROM fixed_costs');
  const first = world.plan.start - 86_400_000;
  for (const [month, span] of monthsOf(world.plan.timeZone)) {
    if (span.to < first) continue;
    for (const row of fixed) {
      const amount = fixedIn([row], span);
      if (amount > 0n) put(`${month} ${moneyOf(row)} all`, 'fixed', amount);
    }
    for (const entry of entries) add(month, span, entry.kind, entry, entry.from_at, entry.to_at);
    for (const lease of leases) {
      let from = lease.opened_at;
      for (const { untilMs, kind } of JSON.parse(lease.terms) as { untilMs: number; kind: string }[]) {
        add(month, span, kind, lease, from, lease.opened_at + untilMs);
        from = lease.opened_at + untilMs;
      }
    }
  }
  return sums;
}

const unitsPerYen = 3_600_000_000_000_000n;

/** Whether an amount with tax is within so many yen. */
export function within(amount: bigint, taxRate: number, yen: number): boolean {
  const ppm = BigInt(Math.round(taxRate * 1e6));
  return amount * (1_000_000n + ppm) <= BigInt(yen) * unitsPerYen * 1_000_000n;
}

export type Fail = (what: string, detail: object) => never;

/** Throws with everything that is known about the month. */
export function fail(world: World, what: string, detail: object): never {
  const rows = (sql: string) =>
    world.store
      .all(sql)
      .map((row) => JSON.stringify(row))
      .join('\n');
  throw new Error(
    `${what}\n${JSON.stringify(detail, (_key, value) => (typeof value === 'bigint' ? String(value) : value), 1)}
at ${world.clock.steady()} ms (wall ${world.clock.now()})
leases\n${rows('SELECT * FROM leases')}
fixed costs\n${rows('SELECT * FROM fixed_costs')}
nodes\n${rows('SELECT id, pool, project_id, state, ordered_at, enrolled_at, job_id, ran_ms, end_reason, ended_at FROM nodes')}
entries\n${rows('SELECT * FROM ledger_entries')}
truth\n${[...world.providers.values()].flatMap((each) => each.truth().map((machine) => JSON.stringify(machine))).join('\n')}`,
  );
}

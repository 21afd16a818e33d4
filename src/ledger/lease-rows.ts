import type { Store } from '../store/store.ts';
import { addToSums, current, reaches } from './entry-sums.ts';
import type { EntryKind, LeaseTerm } from './lease-terms.ts';

/** A node's lease: prepaid until `openedAt + leasedMs`. Price in nano-yen an hour. */
export interface Lease {
  nodeId: string;
  pool: string;
  price: number;
  vm: string | null;
  region: string | null;
  simulated: boolean;
  projectId: number | null;
  openedAt: number;
  leasedMs: number;
  /** How long the node had existed when it was last heard of, by a monotonic clock. */
  seenMs: number;
  /** The same of when it first spoke; null before that. */
  spokeMs: number | null;
  /** Who let it through past the budget; null where it fitted. */
  forcedBy: string | null;
  /** What each stretch of it is, in order; the last one ends with it. */
  terms: readonly LeaseTerm[];
}

/** A moment on the monotonic clock of one boot of this machine, milliseconds. */
export interface BootMoment {
  bootId: string;
  monotonic: number;
}

/** Whose word the end of an interval is; `bounded` is the lease's end, the latest it can have been. */
export type EndSource = 'provider' | 'node' | 'bounded';

/** One interval that a node was billed for. */
export interface Entry {
  id: number;
  nodeId: string;
  pool: string;
  price: number;
  vm: string | null;
  region: string | null;
  simulated: boolean;
  projectId: number | null;
  from: number;
  to: number;
  source: EndSource;
  kind: EntryKind;
}

interface LeaseRow {
  node_id: string;
  pool: string;
  price: number;
  vm: string | null;
  region: string | null;
  simulated: number;
  project_id: number | null;
  opened_at: number;
  leased_ms: number;
  seen_ms: number;
  spoke_ms: number | null;
  forced_by: string | null;
  terms: string | null;
  opened_boot: string | null;
  opened_monotonic: number | null;
}

interface EntryRow {
  id: number;
  node_id: string;
  pool: string;
  price: number;
  vm: string | null;
  region: string | null;
  simulated: number;
  project_id: number | null;
  from_at: number;
  to_at: number;
  source: EndSource;
  kind: EntryKind;
}

const toLease = (row: LeaseRow): Lease => ({
  nodeId: row.node_id,
  pool: row.pool,
  price: row.price,
  vm: row.vm,
  region: row.region,
  simulated: row.simulated === 1,
  projectId: row.project_id,
  openedAt: row.opened_at,
  leasedMs: row.leased_ms,
  seenMs: row.seen_ms,
  spokeMs: row.spoke_ms,
  forcedBy: row.forced_by,
  terms:
    row.terms === null
      ? [{ untilMs: row.leased_ms, kind: kindOf(row.forced_by) }]
      : (JSON.parse(row.terms) as LeaseTerm[]),
});

/** What a lease is that was granted by that word. */
function kindOf(forcedBy: string | null): LeaseTerm['kind'] {
  return forcedBy === null ? 'paid' : forcedBy === 'orphan' ? 'orphan' : 'allowed';
}

const toEntry = (row: EntryRow): Entry => ({
  id: row.id,
  nodeId: row.node_id,
  pool: row.pool,
  price: row.price,
  vm: row.vm,
  region: row.region,
  simulated: row.simulated === 1,
  projectId: row.project_id,
  from: row.from_at,
  to: row.to_at,
  source: row.source,
  kind: row.kind,
});

export function openLeases(store: Store): Lease[] {
  return store.all<LeaseRow>('SELECT * FROM leases WHERE closed = 0 ORDER BY opened_at, rowid').map(toLease);
}

export function leaseOf(store: Store, nodeId: string): Lease | null {
  const row = store.get<LeaseRow>('SELECT * FROM leases WHERE node_id = ? AND closed = 0', nodeId);
  return row ? toLease(row) : null;
}

/** A lease that is over; its terms still say what each part of a late bill is. Null where there never was one. */
export function closedLease(store: Store, nodeId: string): Lease | null {
  const row = store.get<LeaseRow>('SELECT * FROM leases WHERE node_id = ? AND closed = 1', nodeId);
  return row ? toLease(row) : null;
}

/** When a lease was opened by the monotonic clock; null where that was not noted. */
export function openedMoment(store: Store, nodeId: string): BootMoment | null {
  const row = store.get<Pick<LeaseRow, 'opened_boot' | 'opened_monotonic'>>(
    'SELECT opened_boot, opened_monotonic FROM leases WHERE node_id = ?',
    nodeId,
  );
  return row?.opened_boot == null || row.opened_monotonic === null
    ? null
    : { bootId: row.opened_boot, monotonic: row.opened_monotonic };
}

export function insertLease(store: Store, lease: Lease, opened: BootMoment | null): void {
  store.run(
    'INSERT INTO leases (node_id, pool, price, vm, region, simulated, project_id, opened_at, leased_ms, seen_ms, forced_by, terms, opened_boot, opened_monotonic) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    lease.nodeId,
    lease.pool,
    lease.price,
    lease.vm,
    lease.region,
    lease.simulated ? 1 : 0,
    lease.projectId,
    lease.openedAt,
    lease.leasedMs,
    lease.seenMs,
    lease.forcedBy,
    JSON.stringify(lease.terms),
    opened?.bootId ?? null,
    opened === null ? null : Math.round(opened.monotonic),
  );
}

/** Writes how long a lease is now and what its stretches are. */
export function updateLease(
  store: Store,
  lease: Pick<Lease, 'nodeId' | 'leasedMs' | 'forcedBy' | 'projectId' | 'terms'>,
): void {
  store.run(
    'UPDATE leases SET leased_ms = ?, forced_by = ?, project_id = ?, terms = ? WHERE node_id = ?',
    lease.leasedMs,
    lease.forcedBy,
    lease.projectId,
    JSON.stringify(lease.terms),
    lease.nodeId,
  );
}

/** Moves a lease's beginning so many milliseconds back; its end stays where it was. */
export function antedateLease(store: Store, { nodeId, terms }: Lease, ms: number): void {
  store.run(
    `UPDATE leases SET opened_at = opened_at - ?1, opened_monotonic = opened_monotonic - ?1,
     leased_ms = leased_ms + ?1, terms = ?2 WHERE node_id = ?3`,
    ms,
    JSON.stringify(terms.map(({ untilMs, kind }) => ({ untilMs: untilMs + ms, kind }))),
    nodeId,
  );
}

/** The current entries of a node in order, touching each other; none before it is closed. */
export function entriesOf(store: Store, nodeId: string): Entry[] {
  return store
    .all<EntryRow>(
      `SELECT * FROM ledger_entries e WHERE node_id = ? AND ${current} ORDER BY from_at, to_at, id`,
      nodeId,
    )
    .map(toEntry);
}

/** A node's whole interval as one, whatever kinds it is cut into; null before it is closed. */
export function entryOf(store: Store, nodeId: string): Entry | null {
  const all = entriesOf(store, nodeId);
  const real = all.filter(({ from, to }) => to > from);
  const first = real[0] ?? all[0];
  const last = real.at(-1) ?? first;
  return first === undefined || last === undefined ? null : { ...first, to: last.to, source: last.source };
}

/** Books an entry, and where it corrects another replaces that one's part in the running sums. Inside a transaction. */
export function insertEntry(
  store: Store,
  entry: Omit<Entry, 'id'>,
  at: number,
  correction: { replaces: number | null; reason: string } | null = null,
): void {
  const replaced =
    correction && store.get<EntryRow>('SELECT * FROM ledger_entries WHERE id = ?', correction.replaces);
  if (replaced) addToSums(store, toEntry(replaced), -1);
  addToSums(store, entry, 1);
  store.run(
    'INSERT INTO ledger_entries (node_id, pool, price, vm, region, simulated, project_id, from_at, to_at, source, kind, replaces, reason, touched_from, touched_to, booked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    entry.nodeId,
    entry.pool,
    entry.price,
    entry.vm,
    entry.region,
    entry.simulated ? 1 : 0,
    entry.projectId,
    entry.from,
    entry.to,
    entry.source,
    entry.kind,
    correction?.replaces ?? null,
    correction?.reason ?? null,
    replaced ? Math.min(replaced.from_at, entry.from) : null,
    replaced ? Math.max(replaced.to_at, entry.to) : null,
    at,
  );
}

/** When the first interval ever began; null before that. */
export function firstUse(store: Store): number | null {
  const oldest = `SELECT MIN(from_at) FROM ledger_entries WHERE reach = reaches.ms`;
  return (
    store.get<{ at: number | null }>(`SELECT MIN((${oldest})) AS at FROM ${reaches} reaches`)?.at ?? null
  );
}

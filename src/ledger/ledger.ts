import type { Clock } from '../shared/clock.ts';
import type { Store } from '../store/store.ts';
import { type BudgetConfig, type Fit, fitsBudget, type LiveLease } from './budget.ts';
import { reopenDays } from './closed-days.ts';
import {
  type EndSource,
  type Entry,
  entryOf,
  insertEntry,
  insertLease,
  leaseOf,
  openLeases,
} from './lease-rows.ts';

/** What a new lease is for. Price in nano-yen an hour. */
export interface LeaseOrder {
  nodeId: string;
  pool: string;
  price: bigint;
  vm: string | null;
  region: string | null;
  simulated: boolean;
  /** Whose budget it counts against beside the platform's. */
  projectId: number | null;
  leasedMs: number;
  /** Who let it through past the budget (an admin's actor, or `orphan`). */
  forcedBy: string | null;
}

/** How a lease ended: whose word it is, wall milliseconds. `from` only where the provider names it. */
export interface LeaseEnd {
  source: EndSource;
  from?: number;
  to: number;
}

/** Leases and what was billed. Every method is synchronous: read, decide and write are one transaction. */
export interface Ledger {
  /** Writes the lease where it fits, else nothing. Idempotent by node. */
  openLease(order: LeaseOrder): Fit;
  /** Prolongs a lease to `leasedMs` after its opening where that fits; never shortens. */
  extendLease(nodeId: string, leasedMs: number, forcedBy: string | null): Fit;
  /** Whether the order would fit now; writes nothing. */
  fits(order: LeaseOrder): Fit;
  /** The open lease of a node with the time it has used; null where nothing is billed or it is closed. */
  lease(nodeId: string): LiveLease | null;
  leases(): LiveLease[];
  /** Notes that the node was heard of now, so that its age survives a start with a wrong wall clock. */
  seen(nodeId: string): void;
  /** Ends the lease and books its interval; without a lease nothing happens. */
  closeLease(nodeId: string, end: LeaseEnd): void;
  /** Replaces a closed interval by a new entry, where the provider's word differs. True if it was changed. */
  correct(nodeId: string, span: { from: number; to: number }, reason: string): boolean;
  entry(nodeId: string): Entry | null;
}

export interface LedgerDeps {
  store: Store;
  clock: Clock;
  timeZone: string;
  /** Asked at each decision, since the limit can be set by command. */
  budget(): BudgetConfig;
}

export function createLedger({ store, clock, timeZone, budget }: LedgerDeps): Ledger {
  // A node's age runs on the monotonic clock; the wall clock only bridges the time before this process.
  const anchors = new Map<string, { monotonic: number; elapsedMs: number }>();

  const elapsed = (lease: { nodeId: string; openedAt: number; seenMs: number }): number => {
    let anchor = anchors.get(lease.nodeId);
    if (anchor === undefined) {
      anchor = {
        monotonic: clock.monotonic(),
        elapsedMs: Math.max(lease.seenMs, clock.now() - lease.openedAt, 0),
      };
      anchors.set(lease.nodeId, anchor);
    }
    return Math.round(anchor.elapsedMs + clock.monotonic() - anchor.monotonic);
  };
  const live = (): LiveLease[] => openLeases(store).map((lease) => ({ ...lease, elapsedMs: elapsed(lease) }));
  const liveOf = (nodeId: string): LiveLease | null => {
    const lease = leaseOf(store, nodeId);
    return lease && { ...lease, elapsedMs: elapsed(lease) };
  };
  const check = (wanted: LiveLease): Fit =>
    fitsBudget(store, budget(), timeZone, clock.now(), live(), wanted);
  const ordered = ({ price, ...order }: LeaseOrder): LiveLease => ({
    ...order,
    price: Number(price),
    openedAt: clock.now(),
    seenMs: 0,
    elapsedMs: 0,
  });

  return {
    openLease: (order) =>
      store.transaction((): Fit => {
        if (leaseOf(store, order.nodeId)) return { fits: true, warning: null };
        const lease = ordered(order);
        const fit: Fit = order.forcedBy === null ? check(lease) : { fits: true, warning: null };
        if (fit.fits) {
          insertLease(store, lease);
          elapsed(lease);
        }
        return fit;
      }),
    extendLease: (nodeId, leasedMs, forcedBy) =>
      store.transaction((): Fit => {
        const lease = liveOf(nodeId);
        if (lease === null || leasedMs <= lease.leasedMs) return { fits: true, warning: null };
        const fit: Fit = forcedBy === null ? check({ ...lease, leasedMs }) : { fits: true, warning: null };
        if (fit.fits)
          store.run(
            'UPDATE leases SET leased_ms = ?, forced_by = COALESCE(?, forced_by) WHERE node_id = ?',
            leasedMs,
            forcedBy,
            nodeId,
          );
        return fit;
      }),
    fits: (order) => check(ordered(order)),
    lease: liveOf,
    leases: live,
    seen: (nodeId) => {
      const lease = liveOf(nodeId);
      if (lease) store.run('UPDATE leases SET seen_ms = ? WHERE node_id = ?', lease.elapsedMs, nodeId);
    },
    closeLease: (nodeId, end) =>
      store.transaction(() => {
        const lease = leaseOf(store, nodeId);
        if (lease === null) return;
        const from = end.from ?? lease.openedAt;
        const to = Math.max(from, end.to);
        insertEntry(store, { ...lease, from, to, source: end.source }, clock.now());
        store.run('UPDATE leases SET closed = 1 WHERE node_id = ?', nodeId);
        reopenDays(store, timeZone, { from, to }, clock.now());
        store.afterCommit(() => anchors.delete(nodeId));
      }),
    correct: (nodeId, span, reason) =>
      store.transaction(() => {
        const entry = entryOf(store, nodeId);
        if (entry === null || (entry.from === span.from && entry.to === span.to)) return false;
        insertEntry(store, { ...entry, ...span, source: 'provider' }, clock.now(), {
          replaces: entry.id,
          reason,
        });
        const touched = { from: Math.min(entry.from, span.from), to: Math.max(entry.to, span.to) };
        reopenDays(store, timeZone, touched, clock.now());
        return true;
      }),
    entry: (nodeId) => entryOf(store, nodeId),
  };
}

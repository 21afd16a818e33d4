import type { Span } from '../cost/calendar.ts';
import type { Clock } from '../shared/clock.ts';
import type { Store } from '../store/store.ts';
import { bookInterval, correctInterval, noteOverrun } from './book-interval.ts';
import { type BudgetConfig, type Fit, fitsBudget, type LiveLease } from './budget.ts';
import { reopenDays } from './closed-days.ts';
import {
  antedateLease,
  closedLease,
  type EndSource,
  type Entry,
  entryOf,
  insertLease,
  leaseOf,
  openedMoment,
  openLeases,
  updateLease,
} from './lease-rows.ts';
import { type LeaseTerm, withTerm } from './lease-terms.ts';
import { noteEvent } from './ledger-events.ts';

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
  /** Who lets it through if it does not fit (an admin's actor), or `orphan`, which nobody could refuse. */
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
  /**
   * Prolongs a lease to `leasedMs` after its opening where that fits; never shortens. A lease of no project counts for
   * `projectId` from then on: its node serves no other one.
   */
  extendLease(nodeId: string, leasedMs: number, forcedBy: string | null, projectId?: number | null): Fit;
  /** Whether such an extension would fit now; writes nothing. */
  fitsExtended(nodeId: string, leasedMs: number, projectId: number | null): Fit;
  /** Whether the order would fit now; writes nothing. */
  fits(order: LeaseOrder): Fit;
  /** Counts everything that changed what is leased or booked; the same number, the same money. */
  version(): number;
  /** The open lease of a node with the time it has used; null where nothing is billed or it is closed. */
  lease(nodeId: string): LiveLease | null;
  leases(): LiveLease[];
  /** Whether only a wall clock bridged the node's age over a boot of our machine: it may be younger or older by all that. */
  ageUnsure(nodeId: string): boolean;
  /** Notes that the node spoke now, so that its age survives a start with a wrong wall clock. */
  seen(nodeId: string): void;
  /**
   * The provider told of machines of these nodes: there is one for each, though nobody may have said yet since when it is
   * billed, and the provider may forget it.
   */
  listed(nodeIds: ReadonlySet<string>): void;
  /**
   * The provider bills the node since `from` and still does; `now` is its clock, null where it told none. Tells of it
   * once it has passed its lease, while somebody can still look why. An age that only a wall clock bridged (the machine
   * was booted again) is at least what the provider says, and an orphan's lease begins when its bill does.
   */
  billedOn(nodeId: string, from: number, now: number | null): void;
  /** Ends the lease and books its interval, cut by kind; without a lease nothing happens. */
  closeLease(nodeId: string, end: LeaseEnd): void;
  /** Replaces a closed interval by new entries, where the provider's word differs. True if it was changed. */
  correct(nodeId: string, span: { from: number; to: number }, reason: string): boolean;
  /** The node's whole interval, whatever kinds it is cut into; null before it is closed. */
  entry(nodeId: string): Entry | null;
}

export interface LedgerDeps {
  store: Store;
  clock: Clock;
  timeZone: string;
  /** Which boot of this machine the monotonic clock counts from; null where that is not known. */
  bootId?: string | null;
  /** Asked at each decision, since the limit can be set by command. */
  budget(): BudgetConfig;
}

export function createLedger(deps: LedgerDeps): Ledger {
  const { store, clock, timeZone, budget, bootId = null } = deps;
  // A node's age runs on the monotonic clock; the wall clock only bridges another boot of this machine.
  const anchors = new Map<string, { monotonic: number; elapsedMs: number; bridged: boolean }>();

  let version = 0;

  const elapsed = (lease: { nodeId: string; openedAt: number; seenMs: number }): number => {
    let anchor = anchors.get(lease.nodeId);
    if (anchor === undefined) {
      const opened = openedMoment(store, lease.nodeId);
      const bridged = opened === null || opened.bootId !== bootId;
      const monotonic = clock.monotonic();
      const sinceMs = bridged ? clock.now() - lease.openedAt : monotonic - opened.monotonic;
      anchor = { monotonic, elapsedMs: Math.max(lease.seenMs, sinceMs, 0), bridged };
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
    ...{ seenMs: 0, spokeMs: null },
    elapsedMs: 0,
    terms: [],
  });
  /** A lease as it is, and as it would be; `wanted` null where nothing is asked for. */
  const extended = (
    nodeId: string,
    leasedMs: number,
    projectId: number | null,
  ): { before: LiveLease | null; wanted: LiveLease | null } => {
    const before = liveOf(nodeId);
    if (before === null) return { before, wanted: null };
    const wanted = {
      ...before,
      leasedMs: Math.max(leasedMs, before.leasedMs),
      projectId: before.projectId ?? projectId,
    };
    const same = wanted.leasedMs === before.leasedMs && wanted.projectId === before.projectId;
    return { before, wanted: same ? null : wanted };
  };
  /** What a wanted stretch is by the budget's word and the one of who forces it; `kind` null where it may not be. */
  const grant = (
    wanted: LiveLease,
    forcedBy: string | null,
  ): { fit: Fit; kind: LeaseTerm['kind'] | null } => {
    const through: Fit = { fits: true, warning: null };
    if (forcedBy === 'orphan') return { fit: through, kind: 'orphan' };
    const fit = check(wanted);
    if (fit.fits) return { fit, kind: 'paid' };
    return forcedBy === null ? { fit, kind: null } : { fit: through, kind: 'allowed' };
  };
  const tell = (lease: LiveLease, kind: LeaseTerm['kind']): void => {
    if (kind === 'paid') return;
    const { nodeId, pool, simulated, projectId, price } = lease;
    const by = kind === 'allowed' ? lease.forcedBy : null;
    noteEvent(store, timeZone, {
      ...{ kind, nodeId, pool, simulated, projectId, price, by, overMs: 0, at: clock.now() },
    });
  };

  return {
    openLease: (order) =>
      store.transaction((): Fit => {
        if (leaseOf(store, order.nodeId)) return { fits: true, warning: null };
        const wanted = ordered(order);
        const { fit, kind } = grant(wanted, order.forcedBy);
        if (kind === null) return fit;
        const terms = withTerm([], { untilMs: wanted.leasedMs, kind });
        const lease = { ...wanted, terms, forcedBy: kind === 'paid' ? null : order.forcedBy };
        version += 1;
        insertLease(store, lease, bootId === null ? null : { bootId, monotonic: clock.monotonic() });
        anchors.set(lease.nodeId, { monotonic: clock.monotonic(), elapsedMs: 0, bridged: false });
        tell(lease, kind);
        return fit;
      }),
    extendLease: (nodeId, leasedMs, forcedBy, projectId = null) =>
      store.transaction((): Fit => {
        const { before, wanted } = extended(nodeId, leasedMs, projectId);
        if (before === null || wanted === null) return { fits: true, warning: null };
        const { fit, kind } = grant(wanted, forcedBy);
        if (kind === null) return fit;
        const lease = {
          ...wanted,
          terms:
            kind !== 'paid' && wanted.projectId !== before.projectId
              ? // By that project's limit none of it is paid: it all comes to count there only now.
                [{ untilMs: wanted.leasedMs, kind }]
              : wanted.leasedMs > before.leasedMs
                ? withTerm(before.terms, { untilMs: wanted.leasedMs, kind })
                : before.terms,
          forcedBy: kind === 'paid' ? before.forcedBy : forcedBy,
        };
        version += 1;
        updateLease(store, lease);
        tell(lease, kind);
        return fit;
      }),
    fitsExtended: (nodeId, leasedMs, projectId) => {
      const { wanted } = extended(nodeId, leasedMs, projectId);
      return wanted === null ? { fits: true, warning: null } : check(wanted);
    },
    fits: (order) => check(ordered(order)),
    version: () => version,
    lease: liveOf,
    leases: live,
    ageUnsure: (nodeId) => liveOf(nodeId) !== null && anchors.get(nodeId)?.bridged === true,
    seen: (nodeId) => {
      const lease = liveOf(nodeId);
      if (lease)
        store.run(
          'UPDATE leases SET seen_ms = ?1, spoke_ms = COALESCE(spoke_ms, ?1) WHERE node_id = ?2',
          lease.elapsedMs,
          nodeId,
        );
    },
    listed: (nodeIds) => {
      if (nodeIds.size === 0) return;
      const unseen = 'SELECT node_id FROM leases WHERE closed = 0 AND seen_ms = 0';
      for (const { node_id } of store.all<{ node_id: string }>(unseen))
        if (nodeIds.has(node_id))
          store.run('UPDATE leases SET seen_ms = 1 WHERE node_id = ? AND seen_ms = 0', node_id);
    },
    billedOn: (nodeId, from, now) =>
      store.transaction(() => {
        const known = liveOf(nodeId);
        if (known === null) return;
        const anchor = anchors.get(nodeId);
        const orphan = known.forcedBy === 'orphan';
        if (anchor && now !== null) {
          const missedMs = Math.max(0, Math.round(now - from) - known.elapsedMs);
          if (orphan && missedMs > 0) {
            // We met it late: what it was billed before must not depend on the provider's memory.
            version += 1;
            antedateLease(store, known, missedMs);
          }
          // A bridged age stays unsure: the lease may be older than its bill by all the time that its start took.
          if (orphan || anchor.bridged) anchor.elapsedMs += missedMs;
        }
        const lease = liveOf(nodeId) ?? known;
        // A provider may forget it later: that it was billed until here must not depend on its memory.
        store.run('UPDATE leases SET seen_ms = ? WHERE node_id = ?', Math.max(1, lease.elapsedMs), nodeId);
        // By the provider's clock where it told it, since its bill is what is booked: an age that our wall clock bridged
        // may be too large.
        const span =
          now === null ? { from: lease.openedAt, to: lease.openedAt + lease.elapsedMs } : { from, to: now };
        if (span.to - span.from <= lease.leasedMs) return;
        noteOverrun(store, timeZone, lease, span, clock.now());
      }),
    closeLease: (nodeId, end) =>
      store.transaction(() => {
        const lease = leaseOf(store, nodeId);
        if (lease === null) return;
        const from = end.from ?? lease.openedAt;
        const span = { from, to: Math.max(from, end.to) };
        version += 1;
        bookInterval(store, timeZone, lease, { ...span, source: end.source }, clock.now());
        store.run('UPDATE leases SET closed = 1 WHERE node_id = ?', nodeId);
        reopenDays(store, timeZone, span, clock.now());
        store.afterCommit(() => anchors.delete(nodeId));
      }),
    correct: (nodeId, span, reason) =>
      store.transaction(() => {
        const entry = entryOf(store, nodeId);
        if (entry === null || (entry.from === span.from && entry.to === span.to)) return false;
        const lease = closedLease(store, nodeId);
        if (lease === null) return false;
        const fits = (grown: Span): boolean =>
          check({
            ...lease,
            projectId: entry.projectId,
            openedAt: grown.from,
            leasedMs: grown.to - grown.from,
            elapsedMs: 0,
          }).fits;
        version += 1;
        correctInterval(store, timeZone, { ...lease, projectId: entry.projectId }, span, {
          reason,
          at: clock.now(),
          fits,
        });
        const touched = { from: Math.min(entry.from, span.from), to: Math.max(entry.to, span.to) };
        reopenDays(store, timeZone, touched, clock.now());
        return true;
      }),
    entry: (nodeId) => entryOf(store, nodeId),
  };
}

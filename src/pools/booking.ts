import type { Ledger } from '../ledger/ledger.ts';
import { type Machine, rememberedMs } from './node-pool.ts';
import type { NodeRow } from './node-rows.ts';

/**
 * Books a node's interval by the best word there is: the provider's, else the node's own end record, else the latest
 * that it can have ended (bounded): the end of its lease, or when its provider found it gone. `machine` is null where
 * the provider answered and does not know the node; `startAsked` whether it may have been asked for it. Never the moment
 * we noticed: a provider may bill on.
 */
export function bookEnd(ledger: Ledger, node: NodeRow, machine: Machine | null, startAsked: boolean): void {
  const lease = ledger.lease(node.id);
  if (lease === null) return;
  if (machine?.to != null && !machine.bounded) {
    ledger.closeLease(node.id, { source: 'provider', from: machine.from, to: machine.to });
    return;
  }
  const heardOf = node.enrolledAt !== null || lease.seenMs > 0;
  if (machine === null && !heardOf && (!startAsked || lease.elapsedMs <= rememberedMs)) {
    // The provider bills nothing for it, never did, and it never spoke: there was no machine. Should one be listed late, its
    // interval is corrected. After a longer absence of ours its silence says nothing any more.
    ledger.closeLease(node.id, { source: 'provider', to: lease.openedAt });
    return;
  }
  if (machine?.to != null && lease.forcedBy === 'orphan') {
    // It was there before its lease was opened: only its provider knows since when.
    ledger.closeLease(node.id, { source: 'bounded', from: machine.from, to: machine.to });
    return;
  }
  // Its length, not its date, which is by another clock.
  bookWithoutProvider(ledger, node, machine?.to == null ? null : machine.to - machine.from);
}

/**
 * Books a node's interval by its own end record, else to the latest that it can have ended: the end of its lease, by
 * when it ended itself, or `goneAfterMs` of life, but not before it was last heard of (a wall clock may have run
 * backwards).
 */
export function bookWithoutProvider(ledger: Ledger, node: NodeRow, goneAfterMs: number | null = null): void {
  const lease = ledger.lease(node.id);
  if (lease === null) return;
  if (node.ranMs !== null && node.enrolledAt !== null) {
    // Its record counts from its own start, which came before it enrolled; so this is at or after its true end. When it
    // enrolled is counted on the monotonic clock: the wall clock may have been set since the lease was opened.
    const enrolled = lease.spokeMs === null ? node.enrolledAt : lease.openedAt + lease.spokeMs;
    const latest = lease.openedAt + Math.max(lease.leasedMs, lease.elapsedMs);
    // The provider may have been seen to bill on while the machine was shut down.
    const seen = lease.openedAt + lease.seenMs;
    ledger.closeLease(node.id, {
      source: 'node',
      to: Math.min(Math.max(enrolled + node.ranMs, seen), latest),
    });
    return;
  }
  // One that was billed past its lease is bounded by nothing but the present.
  const mostMs = lease.seenMs > lease.leasedMs ? lease.elapsedMs : lease.leasedMs;
  const livedMs = goneAfterMs === null ? mostMs : Math.min(mostMs, Math.max(goneAfterMs, lease.seenMs));
  ledger.closeLease(node.id, { source: 'bounded', to: lease.openedAt + livedMs });
}

/**
 * How often the interval of a machine that is billed after it was booked grows. Rarer, and the budget does not know for
 * longer what it costs; more often is another correction each time.
 */
const growsMs = 3_600_000;

/**
 * A machine that came after its node was booked (its start was slow), or came back, costs from the moment that it is
 * seen, not when it has ended at last: its interval is corrected at once, and grows while it is billed. `now` is the
 * provider's clock. True if it did.
 */
export function bookLateComer(ledger: Ledger, nodeId: string, from: number, now: number | null): boolean {
  if (now === null || now <= from || ledger.lease(nodeId) !== null) return false;
  const entry = ledger.entry(nodeId);
  if (entry === null || (entry.to > entry.from && now - entry.to < growsMs)) return false;
  return ledger.correct(nodeId, { from, to: Math.round(now) }, 'the provider bills it still');
}

/** Corrects a closed interval where the provider's bill says otherwise. True if it did. */
export function correctFromProvider(ledger: Ledger, machine: Machine, installationId: string): boolean {
  const { nodeId, to } = machine;
  if (nodeId === null || to === null || machine.bounded || machine.installationId !== installationId)
    return false;
  return ledger.correct(nodeId, { from: machine.from, to }, 'the provider’s bill');
}

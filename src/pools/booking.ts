import type { Ledger } from '../ledger/ledger.ts';
import type { Machine } from './node-pool.ts';
import type { NodeRow } from './node-rows.ts';

/**
 * Books a node's interval by the best word there is: the provider's, else the node's own end record, else the end of
 * its lease (bounded). `machine` is null where the provider answered and does not know the node. Never the moment we noticed: that is neither what was billed nor a bound for it.
 */
export function bookEnd(ledger: Ledger, node: NodeRow, machine: Machine | null, now: number): void {
  const lease = ledger.lease(node.id);
  if (lease === null) return;
  if (machine?.to != null) {
    ledger.closeLease(node.id, { source: 'provider', from: machine.from, to: machine.to });
    return;
  }
  if (machine === null && node.enrolledAt === null) {
    // The provider bills nothing for it and it never spoke: there was no machine. Should one be listed late, its
    // interval is corrected.
    ledger.closeLease(node.id, { source: 'provider', to: lease.openedAt });
    return;
  }
  bookWithoutProvider(ledger, node, now);
}

/** Books a node's interval by its own end record, else to the end of its lease, by when it ended itself. */
export function bookWithoutProvider(ledger: Ledger, node: NodeRow, now: number): void {
  const lease = ledger.lease(node.id);
  if (lease === null) return;
  const bound = lease.openedAt + Math.max(lease.leasedMs, 0);
  if (node.ranMs !== null && node.enrolledAt !== null) {
    // Its record counts from its own start, which came before it enrolled; so this is at or after its true end.
    const to = node.enrolledAt + node.ranMs;
    ledger.closeLease(node.id, { source: 'node', to: Math.min(to, Math.max(bound, now)) });
    return;
  }
  ledger.closeLease(node.id, { source: 'bounded', to: bound });
}

/** Corrects a closed interval where the provider's bill says otherwise. True if it did. */
export function correctFromProvider(ledger: Ledger, machine: Machine, installationId: string): boolean {
  const { nodeId, to } = machine;
  if (nodeId === null || to === null || machine.installationId !== installationId) return false;
  return ledger.correct(nodeId, { from: machine.from, to }, 'the provider’s bill');
}

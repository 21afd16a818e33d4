import type { Fit, Shortfall } from './budget.ts';
import type { Ledger } from './ledger.ts';

/**
 * The ledger, with a word on each lease that was granted past the budget because its mode only warns. `warned` is
 * called inside the transaction of the grant.
 */
export function warnOnOverspend(
  ledger: Ledger,
  warned: (lease: { nodeId: string; projectId: number | null }, shortfall: Shortfall) => void,
): Ledger {
  const heed = (nodeId: string, fit: Fit): Fit => {
    if (fit.fits && fit.warning !== null) {
      const projectId = ledger.leases().find((lease) => lease.nodeId === nodeId)?.projectId ?? null;
      warned({ nodeId, projectId }, fit.warning);
    }
    return fit;
  };
  return {
    ...ledger,
    openLease: (order) => heed(order.nodeId, ledger.openLease(order)),
    extendLease: (nodeId, ...rest) => heed(nodeId, ledger.extendLease(nodeId, ...rest)),
  };
}

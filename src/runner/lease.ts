/**
 * Until when this node may live, counted on the monotonic clock from the moment a renewal was *sent*: the server
 * counted from a later moment, so we are never the later one. `null` where nothing is billed.
 */
export interface LeaseState {
  /** Monotonic milliseconds; null without end. */
  endsAt: number | null;
  /** The longest time that was ever granted at once, milliseconds. */
  grantedMs: number;
  /** How long the whole lease was when it was last told of; null where nobody said. */
  wholeMs: number | null;
}

/** A lease as the server tells it (`leaseTold` of the contract). */
export interface LeaseWord {
  leaseMs: number | null;
  wholeMs?: number | undefined;
  unsure?: boolean | undefined;
}

/**
 * The server's newest word replaces the older one, whether longer or shorter. Where it is unsure of our age (its machine
 * was booted again, and its wall clock may be wrong), our own clock knows better: the end stays, but for what the lease
 * was prolonged by.
 */
export function leaseFrom(sentAt: number, word: LeaseWord, before?: LeaseState): LeaseState {
  const { leaseMs, wholeMs = null, unsure = false } = word;
  const grantedMs = Math.max(before?.grantedMs ?? 0, leaseMs ?? 0);
  if (leaseMs === null) return { endsAt: null, grantedMs, wholeMs };
  const told = sentAt + leaseMs;
  const known = before?.endsAt ?? null;
  if (!unsure || known === null) return { endsAt: told, grantedMs, wholeMs };
  const grownMs = Math.max(0, (wholeMs ?? 0) - (before?.wholeMs ?? wholeMs ?? 0));
  return { endsAt: Math.min(told, known + grownMs), grantedMs, wholeMs };
}

/**
 * A job that is asked to end needs so long for its clean-up, its artifacts and its log; of a short lease at most a
 * quarter. Smaller, and a job is killed in its after_script; larger, and paid time is not worked in.
 */
const marginMs = 60_000;

/** The end of a lease, step by step, monotonic milliseconds. */
export interface LeaseMoments {
  /** The job is asked to end (SIGTERM). */
  askAt: number;
  /** What of its script still runs is killed; after_script begins, if it has not. */
  killAt: number;
  /** after_script is killed too; artifacts and log are delivered. */
  cleanAt: number;
  /** Nothing is delivered any more. */
  stopAt: number;
  /** The node is gone. */
  endsAt: number;
}

/**
 * The moments of a lease. The margin is a share of what was granted and not of what is left now: renewals come every
 * few seconds, and a share of what is left would shrink to nothing with them.
 */
export function leaseMoments({ endsAt, grantedMs }: LeaseState): LeaseMoments {
  const end = endsAt ?? Number.POSITIVE_INFINITY;
  const margin = Math.min(marginMs, grantedMs / 4);
  return {
    askAt: end - margin,
    killAt: end - (margin * 2) / 3,
    cleanAt: end - margin / 3,
    stopAt: end - margin / 10,
    endsAt: end,
  };
}

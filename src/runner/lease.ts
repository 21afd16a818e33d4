/**
 * Until when this node may live, counted on the monotonic clock from the moment a renewal was *sent*: the server
 * counted from a later moment, so we are never the later one. `null` where nothing is billed.
 */
export interface LeaseState {
  /** Monotonic milliseconds; null without end. */
  endsAt: number | null;
}

/** The server's newest word replaces the older one, whether longer or shorter. */
export function leaseFrom(sentAt: number, leaseMs: number | null): LeaseState {
  return { endsAt: leaseMs === null ? null : sentAt + leaseMs };
}

/** A job needs so long to end itself and have its log delivered; of a short lease at most a quarter. */
const marginMs = 20_000;

/**
 * The moments of a lease: when the job is asked to end, when delivery stops, when the node is gone. Asked later, a
 * job would be killed without its after-work; asked earlier, paid time would be wasted.
 */
export function leaseMoments(
  { endsAt }: LeaseState,
  now: number,
): { askAt: number; stopAt: number; endsAt: number } {
  if (endsAt === null)
    return {
      askAt: Number.POSITIVE_INFINITY,
      stopAt: Number.POSITIVE_INFINITY,
      endsAt: Number.POSITIVE_INFINITY,
    };
  const left = Math.max(0, endsAt - now);
  const margin = Math.min(marginMs, left / 4);
  return { askAt: endsAt - margin, stopAt: endsAt - margin / 10, endsAt };
}

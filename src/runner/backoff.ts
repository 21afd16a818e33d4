/**
 * How long to wait before the n-th repetition (from 0), milliseconds: doubles from 0.5 s to 10 s, a quarter of it by
 * chance so that many nodes do not knock together. Sooner would hammer a server that is starting; later than 10 s
 * would miss the 60 s in which a restarted server waits for its runners.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const whole = Math.min(500 * 2 ** attempt, 10_000);
  return whole * (0.75 + 0.25 * random());
}

/** Statuses that a repetition may cure: nothing answered, asked to wait, or the server is not well. */
export function isRetryable(status: number): boolean {
  return status === 0 || status === 202 || status === 408 || status === 429 || status >= 500;
}

/** The server knows this attempt no more: nothing that we send will count. */
export function isGone(status: number): boolean {
  return status === 401 || status === 403 || status === 404 || status === 410;
}

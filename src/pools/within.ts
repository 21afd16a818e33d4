import type { Clock } from '../shared/clock.ts';

/** Rejects when `work` takes longer than `limitMs`; the work itself is not stopped. */
export async function within<T>(clock: Clock, limitMs: number, work: Promise<T>): Promise<T> {
  const done = new AbortController();
  try {
    return await Promise.race([
      work,
      clock.sleep(limitMs, done.signal).then(() => {
        throw new Error(`no answer within ${limitMs} ms`);
      }),
    ]);
  } finally {
    // With a reason of ours: without one a DOMException is made, which costs more than the look it ends.
    done.abort('done');
  }
}

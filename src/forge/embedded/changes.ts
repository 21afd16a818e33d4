/** A bell: rings after each committed change of jobs, so that long polls and log readers need not ask again and again. */
export interface Changes {
  /** Counts the rings; a waiter that knows the count misses none. */
  readonly count: number;
  ring(): void;
  /** Resolves at the next ring after `count`, or after `ms`, or when aborted: whatever comes first. */
  next(count: number, ms: number, signal?: AbortSignal): Promise<void>;
  /** Wakes all waiters for good. */
  close(): void;
}

/** `also` is called at each ring. */
export function createChanges(also: () => void = () => undefined): Changes {
  let count = 0;
  let closed = false;
  const waiters = new Set<() => void>();
  const wake = () => {
    for (const each of [...waiters]) each();
  };
  return {
    get count() {
      return count;
    },
    ring: () => {
      count += 1;
      wake();
      also();
    },
    next: (known, ms, signal) =>
      new Promise((resolve) => {
        if (closed || known !== count || signal?.aborted) return resolve();
        const finish = () => {
          clearTimeout(timer);
          waiters.delete(finish);
          signal?.removeEventListener('abort', finish);
          resolve();
        };
        const timer = setTimeout(finish, ms);
        waiters.add(finish);
        signal?.addEventListener('abort', finish, { once: true });
      }),
    close: () => {
      closed = true;
      wake();
    },
  };
}

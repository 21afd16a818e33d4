import type { NodePool } from '../../../src/pools/node-pool.ts';
import type { Store, Sync } from '../../../src/store/store.ts';
import { tableOf } from './month-store.ts';

/** Thrown where the control plane was killed. */
export class Killed extends Error {}

/** One life of a control plane. Its writes and its provider's calls are steps; the fuse says after how many it dies. */
export class Life {
  dead = false;
  fuse: number | null = null;
  private readonly wrote: (table: string, ageOnly: boolean) => void;

  /** `wrote` hears of every table that is written to, and whether only the age of a lease was. */
  constructor(wrote: (table: string, ageOnly: boolean) => void) {
    this.wrote = wrote;
  }

  writes(sql: string): void {
    const table = tableOf(sql);
    this.wrote(table, table === 'leases' && sql.includes('SET seen_ms ='));
  }

  /** A step begins or has just been done. @throws Killed */
  step(): void {
    this.check();
    if (this.fuse === null) return;
    this.fuse -= 1;
    if (this.fuse >= 0) return;
    this.dead = true;
    throw new Killed();
  }

  check(): void {
    if (this.dead) throw new Killed();
  }
}

/** The database of one life: dies before a write, inside a transaction (which is then not committed), or after it. */
export function storeOfLife(inner: Store, life: Life): Store {
  let depth = 0;
  return {
    all: (sql, ...values) => {
      life.check();
      return inner.all(sql, ...values);
    },
    get: (sql, ...values) => {
      life.check();
      return inner.get(sql, ...values);
    },
    run: (sql, ...values) => {
      life.step();
      life.writes(sql);
      return inner.run(sql, ...values);
    },
    transaction: <T>(fn: () => Sync<T>): T => {
      life.check();
      depth += 1;
      try {
        const result = inner.transaction(fn);
        // The commit may be the last that this life did.
        if (depth === 1) life.step();
        return result;
      } finally {
        depth -= 1;
      }
    },
    afterCommit: (fn) => inner.afterCommit(fn),
    close: () => undefined,
  };
}

/** A provider as one life sees it: a call may be the last it made, or its answer the first it never had. */
export function providerOfLife(inner: NodePool, life: Life): NodePool {
  const called = async <T>(call: () => Promise<T>): Promise<T> => {
    life.step();
    const answer = await call();
    life.step();
    return answer;
  };
  return {
    start: (order) => called(() => inner.start(order)),
    end: (nodeId) => called(() => inner.end(nodeId)),
    started: () => called(() => inner.started()),
    machines: () => called(() => inner.machines()),
    now: () => called(() => inner.now()),
  };
}

import type { Machine, NodePool } from '../../src/pools/node-pool.ts';
import type { Clock } from '../../src/shared/clock.ts';

/** What a provider's calls may do; `fine` does its work. */
export interface CallFaults {
  start: 'fine' | 'fails' | 'hangs' | 'unseen';
  end: 'fine' | 'fails' | 'hangs' | 'unseen';
  /** `late`: machines started since the fault began are not listed. */
  started: 'fine' | 'fails' | 'late';
  machines: 'fine' | 'fails' | 'late';
  /** The provider's clock is ahead by this, milliseconds. */
  aheadMs: number;
}

export const noFaults: CallFaults = {
  start: 'fine',
  end: 'fine',
  started: 'fine',
  machines: 'fine',
  aheadMs: 0,
};

/** A driver whose provider misbehaves as told. `foreign` machines are listed as billed beside its own. */
export function faultyPool(
  driver: NodePool,
  clock: Clock,
  foreign: readonly Machine[] = [],
): NodePool & { faults: CallFaults; ended: string[] } {
  const hidden = new Set<string>();
  const never = new Promise<never>(() => undefined);
  const pool = {
    faults: { ...noFaults },
    /** Every node that somebody asked it to end. */
    ended: [] as string[],
    start: async (order: Parameters<NodePool['start']>[0]) => {
      const { start, started, machines } = pool.faults;
      if (start === 'fails') throw new Error('no capacity');
      if (start === 'hangs') return never;
      if (started === 'late' || machines === 'late') hidden.add(order.nodeId);
      await driver.start(order);
      if (start === 'unseen') throw new Error('connection reset');
    },
    end: async (nodeId: string) => {
      pool.ended.push(nodeId);
      const { end } = pool.faults;
      if (end === 'fails') throw new Error('busy');
      if (end === 'hangs') return never;
      await driver.end(nodeId);
      if (end === 'unseen') throw new Error('connection reset');
    },
    started: async () => {
      if (pool.faults.started === 'fails') throw new Error('no answer');
      const all = await driver.started();
      return pool.faults.started === 'late' ? all.filter((nodeId) => !hidden.has(nodeId)) : all;
    },
    machines: async () => {
      if (pool.faults.machines === 'fails') throw new Error('no answer');
      const all = await driver.machines();
      const seen =
        pool.faults.machines === 'late' ? all.filter(({ nodeId }) => !hidden.has(nodeId ?? '')) : all;
      return [...seen, ...foreign];
    },
    now: async () => {
      const now = (await driver.now()) ?? clock.now();
      return now + pool.faults.aheadMs;
    },
  };
  return pool;
}

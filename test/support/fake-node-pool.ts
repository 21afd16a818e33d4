import type { Machine, NodeOrder, NodePool } from '../../src/pools/node-pool.ts';
import type { Clock } from '../../src/shared/clock.ts';

/** How a provider misbehaves; each holds until it is set back. */
export interface Faults {
  /** `start` rejects and does nothing. */
  startFails: boolean;
  /** `start` never answers and does nothing. */
  startHangs: boolean;
  /** `start` does its work and then rejects: the caller cannot know. */
  startUnseen: boolean;
  /** New machines are listed only this much later, milliseconds. */
  listsLateMs: number;
  /** `started` rejects. */
  silent: boolean;
  /** `end` rejects and does nothing. */
  endFails: boolean;
  /** Its clock is ahead of ours by this, milliseconds. */
  aheadMs: number;
}

/** A provider in memory that outlives the control planes that use it. */
export interface FakeProvider extends NodePool {
  faults: Faults;
  orders: NodeOrder[];
  /** How often `start` was called. */
  starts: number;
  /** A machine dies by itself. */
  kill(nodeId: string): void;
  /** A machine of ours that nobody ordered lately. */
  plant(nodeId: string, installationId?: string): void;
}

interface FakeMachine extends Machine {
  listedFrom: number;
}

export function fakeNodePool(clock: Clock, installationId = 'seto-test'): FakeProvider {
  const machines = new Map<string, FakeMachine>();
  const faults: Faults = {
    startFails: false,
    startHangs: false,
    startUnseen: false,
    listsLateMs: 0,
    silent: false,
    endFails: false,
    aheadMs: 0,
  };
  const add = (nodeId: string, owner: string) =>
    machines.set(nodeId, {
      machineId: `machine-of-${nodeId}`,
      nodeId,
      installationId: owner,
      from: clock.now(),
      to: null,
      listedFrom: clock.monotonic() + faults.listsLateMs,
    });
  const provider: FakeProvider = {
    faults,
    orders: [],
    starts: 0,
    start: async (order) => {
      provider.starts += 1;
      if (faults.startFails) throw new Error('no capacity');
      if (faults.startHangs) return new Promise<never>(() => undefined);
      if (!machines.has(order.nodeId)) {
        add(order.nodeId, order.installationId);
        provider.orders.push(order);
      }
      if (faults.startUnseen) throw new Error('connection reset');
    },
    end: async (nodeId) => {
      if (faults.endFails) throw new Error('busy');
      provider.kill(nodeId);
    },
    started: async () => {
      if (faults.silent) throw new Error('no answer');
      return [...machines.values()]
        .filter((each) => each.to === null && each.installationId === installationId)
        .filter((each) => each.listedFrom <= clock.monotonic())
        .map((each) => each.nodeId ?? '');
    },
    machines: async () => [...machines.values()].map(({ listedFrom: _, ...machine }) => machine),
    now: async () => clock.now() + faults.aheadMs,
    kill: (nodeId) => {
      const machine = machines.get(nodeId);
      if (machine && machine.to === null) machine.to = clock.now();
    },
    plant: (nodeId, owner = installationId) => add(nodeId, owner),
  };
  return provider;
}

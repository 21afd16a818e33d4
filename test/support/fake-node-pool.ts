import type { Machine, NodeOrder, NodePool } from '../../src/pools/node-pool.ts';
import type { Clock } from '../../src/shared/clock.ts';

/** How a provider misbehaves; each holds until it is set back. */
export interface Faults {
  /** `start` rejects and does nothing. */
  startFails: boolean;
  /** `start` never answers and does nothing. */
  startHangs: boolean;
  /** `start` never answers, and its machine comes this much later, milliseconds; 0 where it does not. */
  startLateMs: number;
  /** `start` does its work and then rejects: the caller cannot know. */
  startUnseen: boolean;
  /** New machines are listed by `started` only this much later, milliseconds. */
  listsLateMs: number;
  /** `started` rejects. */
  silent: boolean;
  /** `end` rejects and does nothing. */
  endFails: boolean;
  /** `end` never answers and does nothing. */
  endHangs: boolean;
  /** `end` answers at once, and the machine is billed for so much longer, milliseconds. */
  endTakesMs: number;
  /** `machines` lists new ones only this much later, milliseconds. */
  billsLateMs: number;
  /** `machines` rejects. */
  billSilent: boolean;
  /** `machines` lists no machine that ended. */
  forgets: boolean;
  /** It does not know when a machine ended by itself: it tells the moment of the first look after that, as bounded. */
  bounds: boolean;
  /** Its clock is ahead of ours by this, milliseconds; it dates its machines by it. */
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
  /** Every machine there ever was, whatever the faults say. */
  truth(): Machine[];
  /** What `machines` said of a node last; null where it never did. */
  said(nodeId: string): Machine | null;
}

interface FakeMachine extends Machine {
  listedFrom: number;
  billedFrom: number;
  /** When an end that was taken takes hold, monotonic; null where none was taken. */
  endsAt: number | null;
  /** Ended by our order, so that its end is known. */
  ordered: boolean;
  /** When a look first found it ended, by the provider's clock. */
  foundAt: number | null;
}

export interface FakeOptions {
  installationId?: string;
  /** The true wall clock, where ours may be set wrong. */
  wall?: () => number;
  /** Monotonic milliseconds that last over a boot of our machine. */
  steady?: () => number;
  /** Nothing of ours ever runs on its machines; each ends at the end of the lease it was ordered with. */
  unbooted?: true;
}

export function fakeNodePool(clock: Clock, options: FakeOptions = {}): FakeProvider {
  const { installationId = 'seto-test', wall = clock.now, steady = clock.monotonic } = options;
  const machines = new Map<string, FakeMachine>();
  const said = new Map<string, Machine>();
  const late: { order: NodeOrder; at: number }[] = [];
  const faults: Faults = {
    startFails: false,
    startHangs: false,
    startLateMs: 0,
    startUnseen: false,
    listsLateMs: 0,
    silent: false,
    endFails: false,
    endHangs: false,
    endTakesMs: 0,
    billsLateMs: 0,
    billSilent: false,
    forgets: false,
    bounds: false,
    aheadMs: 0,
  };
  const now = () => wall() + faults.aheadMs;
  const add = (nodeId: string, owner: string) =>
    machines.set(nodeId, {
      machineId: `machine-of-${nodeId}`,
      nodeId,
      installationId: owner,
      from: now(),
      to: null,
      listedFrom: steady() + faults.listsLateMs,
      billedFrom: steady() + faults.billsLateMs,
      ...{ endsAt: null, ordered: false, foundAt: null },
    });
  const take = (order: NodeOrder) => {
    if (machines.has(order.nodeId)) return;
    add(order.nodeId, order.installationId);
    const machine = machines.get(order.nodeId);
    const { leaseMs } = order.bootstrap;
    if (options.unbooted && machine && leaseMs !== null) machine.endsAt = steady() + leaseMs;
    provider.orders.push(order);
  };
  /** What came about by itself since the last look. */
  const settle = () => {
    for (const { order } of late.filter(({ at }) => at <= steady())) take(order);
    late.splice(0, late.length, ...late.filter(({ at }) => at > steady()));
    for (const machine of machines.values())
      if (machine.to === null && machine.endsAt !== null && machine.endsAt <= steady())
        Object.assign(machine, { to: now() - (steady() - machine.endsAt), ordered: true });
  };
  const never = () => new Promise<never>(() => undefined);
  const told = ({ machineId, nodeId, installationId: owner, from, to }: FakeMachine): Machine => ({
    ...{ machineId, nodeId, installationId: owner, from, to },
  });
  const tell = (machine: FakeMachine): Machine => {
    const { to, ordered } = machine;
    if (to === null || ordered || !faults.bounds) return told(machine);
    machine.foundAt ??= Math.max(to, now());
    return { ...told(machine), to: machine.foundAt, bounded: true };
  };
  const provider: FakeProvider = {
    faults,
    orders: [],
    starts: 0,
    start: async (order) => {
      settle();
      provider.starts += 1;
      if (faults.startFails) throw new Error('no capacity');
      if (faults.startHangs) return never();
      if (faults.startLateMs > 0) {
        late.push({ order, at: steady() + faults.startLateMs });
        return never();
      }
      take(order);
      if (faults.startUnseen) throw new Error('connection reset');
    },
    end: async (nodeId) => {
      settle();
      if (faults.endFails) throw new Error('busy');
      if (faults.endHangs) return never();
      const machine = machines.get(nodeId);
      if (machine?.to === null && faults.endTakesMs === 0) machine.ordered = true;
      if (faults.endTakesMs === 0) return provider.kill(nodeId);
      if (machine?.to === null) machine.endsAt ??= steady() + faults.endTakesMs;
    },
    started: async () => {
      settle();
      if (faults.silent) throw new Error('no answer');
      return [...machines.values()]
        .filter((each) => each.to === null && each.installationId === installationId)
        .filter((each) => each.listedFrom <= steady())
        .map((each) => each.nodeId ?? '');
    },
    machines: async () => {
      settle();
      if (faults.billSilent) throw new Error('no answer');
      const answer = [...machines.values()]
        .filter((each) => each.billedFrom <= steady() && !(faults.forgets && each.to !== null))
        .map(tell);
      for (const machine of answer) if (machine.nodeId !== null) said.set(machine.nodeId, machine);
      return answer;
    },
    now: async () => now(),
    kill: (nodeId) => {
      settle();
      const machine = machines.get(nodeId);
      if (machine && machine.to === null) machine.to = Math.max(machine.from, now());
    },
    plant: (nodeId, owner = installationId) => void add(nodeId, owner),
    truth: () => {
      settle();
      return [...machines.values()].map(told);
    },
    said: (nodeId) => said.get(nodeId) ?? null,
  };
  return provider;
}

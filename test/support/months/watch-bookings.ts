import type { Machine } from '../../../src/pools/node-pool.ts';
import { type EntryRow, type Fail, type FixedRow, nodeEntries } from './month-rows.ts';
import type { World } from './world.ts';

/** What a provider had said of a node when we looked last: its end, that it runs, or nothing. */
type Said = { from: number; to: number } | 'runs' | null;

interface Booked extends Pick<EntryRow, 'source'> {
  from: number;
  to: number;
}

interface Row {
  opened_at: number;
  leased_ms: number;
  seen_ms: number;
  opened_boot: string;
  price: number;
  pool: string;
  enrolled_at: number | null;
  ran_ms: number | null;
}

/**
 * Looks at each booking in the pass that made it, before a bill can mend it: it is by the best word there was, never by
 * the moment of notice, at the price of the time of use, and never less than what was billed so far.
 */
export function watchBookings(world: World, fail: Fail): () => void {
  const before = new Map<string, Said>();
  const leases = new Set<string>();
  /** Answers to a control plane that died over them. */
  const unheard = new Set<Machine>();
  /** Price by beginning. */
  const fixed = new Map<number, number>();
  let last = 0;
  const said = (pool: string, nodeId: string): Said => {
    const machine = world.provider(pool).said(nodeId);
    if (machine === null || unheard.has(machine)) return null;
    return machine.to === null || machine.bounded ? 'runs' : { from: machine.from, to: machine.to };
  };

  const stillBilled = (pool: string, nodeId: string): boolean => {
    const provider = world.provider(pool);
    return provider.said(nodeId)?.to === null && !provider.faults.forgets;
  };

  const watchPrices = (): void => {
    for (const { node_id, pool, price } of world.store.all<{ node_id: string; pool: string; price: number }>(
      'SELECT node_id, pool, price FROM leases WHERE closed = 0',
    )) {
      if (leases.has(node_id)) continue;
      leases.add(node_id);
      if (world.priceOf(pool) !== BigInt(price))
        fail('a lease is not at the price of its time', { node_id, price, now: world.priceOf(pool) });
    }
  };

  /** What is declared exists at its price; what it was before keeps the price that it had. */
  const watchFixed = (): void => {
    const rows = world.store.all<FixedRow>('SELECT * FROM fixed_costs');
    for (const row of rows) {
      const known = fixed.get(row.from_at);
      if (known !== undefined && known !== row.price) fail('a fixed cost has another price than it had', row);
      fixed.set(row.from_at, row.price);
    }
    const { declared } = world;
    if (declared === 'either') return;
    const open = rows.filter(({ to_at }) => to_at === null);
    const same = open.every(
      (row) =>
        row.price === declared?.price &&
        row.count === declared.count &&
        (row.simulated === 1) === declared.simulated,
    );
    if (!same || open.length !== (declared === null ? 0 : 1))
      fail('the fixed costs are not the declared ones', { declared, open });
  };

  const watchNode = (nodeId: string): void => {
    const row = world.store.get<Row>(
      'SELECT l.*, n.enrolled_at, n.ran_ms FROM leases l LEFT JOIN nodes n ON n.id = l.node_id WHERE l.node_id = ?',
      nodeId,
    );
    const entries = nodeEntries(world.store, nodeId);
    const real = entries.filter(({ from_at, to_at }) => to_at > from_at);
    const [first] = real.length > 0 ? real : entries;
    if (row === undefined || first === undefined) {
      fail('a booking without a lease', { nodeId });
      return;
    }
    if (entries.some(({ price }) => price !== row.price))
      fail('an entry is not at the price of its lease', { nodeId, entries });
    const booked: Booked = {
      from: first.from_at,
      to: real.at(-1)?.to_at ?? first.to_at,
      source: first.source,
    };
    const known = before.get(nodeId) ?? null;
    const now = said(row.pool, nodeId);
    const machine = world
      .provider(row.pool)
      .truth()
      .find((each) => each.nodeId === nodeId);
    if (first.replaces === null && first.source !== 'provider' && stillBilled(row.pool, nodeId))
      fail('a lease was closed though the provider still bills it', { nodeId, booked });
    const problem =
      (stillGrows(world, booked, row.pool, machine ?? null) && now === 'runs'
        ? null
        : badWord(booked, row, known, now)) ?? tooLittle(world, booked, row, nodeId, machine ?? null);
    if (problem !== null) fail(problem, { nodeId, booked, row, known, now, machine });
  };

  return () => {
    if (world.moneyMoved) {
      watchPrices();
      watchFixed();
      const fresh = world.store.all<{ id: number; node_id: string }>(
        'SELECT id, node_id FROM ledger_entries WHERE id > ?',
        last,
      );
      for (const nodeId of new Set(fresh.map(({ node_id }) => node_id))) watchNode(nodeId);
      last = fresh.at(-1)?.id ?? last;
    }
    for (const { pool, nodeId } of world.nodes.values()) {
      // What was said in the pass that died may have reached nobody who could write it down.
      const machine = world.life.dead ? world.provider(pool).said(nodeId) : null;
      if (machine !== null && !before.get(nodeId)) unheard.add(machine);
      before.set(nodeId, said(pool, nodeId));
    }
  };
}

/** Whether a booking is what a machine that is still billed, though its node was over before, has come to so far. */
function stillGrows(
  world: World,
  { from, to, source }: Booked,
  pool: string,
  machine: Pick<Machine, 'from' | 'to'> | null,
): boolean {
  const { aheadMs } = world.provider(pool).faults;
  return (
    source === 'provider' && machine?.from === from && to > from && to <= world.clock.trueWall() + aheadMs
  );
}

/** Whose word a booking is by, if not the best one. */
function badWord({ from, to, source }: Booked, row: Row, known: Said, now: Said): string | null {
  const told = typeof now === 'object' ? now : null;
  if (source === 'provider') {
    if (to === from)
      return known === null || (told !== null && told.from === told.to)
        ? null
        : 'nothing is booked for what the provider was seen to bill';
    return told !== null && told.from === from && told.to === to
      ? null
      : 'a word that the provider did not say';
  }
  if (typeof known === 'object' && known !== null) return 'the provider’s word was not taken';
  const leaseEnd = row.opened_at + row.leased_ms;
  if (source === 'node')
    return row.enrolled_at !== null && row.ran_ms !== null ? null : 'the record of a node that left none';
  return to <= leaseEnd || row.seen_ms > row.leased_ms ? null : 'bounded past the lease';
}

/** Without the provider's word: a node's record covers its life, a bound covers what was billed within the lease. */
function tooLittle(
  world: World,
  { from, to, source }: Booked,
  row: Row,
  nodeId: string,
  machine: { from: number; to: number | null } | null,
): string | null {
  if (source === 'provider' || machine === null) return null;
  const provider = world.provider(row.pool);
  const billedMs = (machine.to ?? world.clock.trueWall() + provider.faults.aheadMs) - machine.from;
  const node = world.nodes.get(nodeId);
  const livedMs = node?.endedAt == null ? billedMs : node.endedAt - node.orderedAt;
  const owedMs =
    source === 'node'
      ? Math.min(billedMs, Math.max(livedMs, row.seen_ms))
      : row.seen_ms > row.leased_ms
        ? billedMs
        : Math.min(billedMs, row.leased_ms);
  // Over a boot of our own machine a node's age is bridged by the wall clock alone, until its provider tells of it.
  const unsureMs = row.opened_boot === world.clock.boot() ? 0 : world.setByMs;
  return to - from + unsureMs >= owedMs ? null : `booked ${to - from} ms where ${owedMs} ms were billed`;
}

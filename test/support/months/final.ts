import { closeDays } from '../../../src/ledger/closed-days.ts';
import { monthReport } from '../../../src/ledger/report.ts';
import { type Machine, rememberedMs } from '../../../src/pools/node-pool.ts';
import { currentEntries, type EntryRow, type Fail, type FixedRow, fixedIn, monthsOf } from './month-rows.ts';
import { installationId, type World } from './world.ts';

/** At rest the ledger and the provider's bill are the same, to the millisecond; nothing twice, nothing missing. */
export function checkBill(world: World, fail: Fail): void {
  const entries = currentEntries(world.store);
  const open = world.store.all('SELECT * FROM leases WHERE closed = 0');
  if (open.length > 0) fail('a lease is open at rest', { open });
  const machines = new Map<string, Machine>();
  /** Whose provider does not know, or not for long, when they ended. */
  const blurred = new Set<string>();
  const unbilled = new Set<string>();
  for (const [pool, provider] of world.providers)
    for (const machine of provider.truth()) {
      if (machine.installationId !== installationId) {
        if (machine.to !== null) fail('another installation’s machine was ended', machine);
        continue;
      }
      const nodeId = machine.nodeId ?? '';
      if (machines.has(nodeId)) fail('two machines for one order', machine);
      machines.set(nodeId, machine);
      if (world.priceOf(pool) === null) unbilled.add(nodeId);
      if (provider.faults.forgets || provider.faults.bounds) blurred.add(nodeId);
    }
  const byNode = new Map<string, EntryRow[]>();
  for (const entry of entries) byNode.set(entry.node_id, [...(byNode.get(entry.node_id) ?? []), entry]);
  for (const [nodeId, machine] of machines) {
    const booked = (byNode.get(nodeId) ?? []).filter(({ from_at, to_at }) => to_at > from_at);
    if (byNode.get(nodeId)?.some(({ pool }) => world.priceOf(pool) === null))
      fail('a machine that is there anyway is booked', { machine, booked });
    if (unbilled.has(nodeId)) continue;
    if (blurred.has(nodeId) && booked.length === 0) continue;
    let at = blurred.has(nodeId) ? (booked[0]?.from_at ?? 0) : machine.from;
    for (const entry of booked) {
      if (entry.from_at !== at) fail('an interval is booked with a gap or twice', { machine, booked });
      at = entry.to_at;
    }
    if (at !== machine.to && !blurred.has(nodeId))
      fail('what is booked is not what was billed', { machine, booked });
  }
  for (const [nodeId, booked] of byNode)
    if (!machines.has(nodeId) && booked.some(({ from_at, to_at }) => to_at > from_at))
      if (!booked.every(({ source }) => source === 'bounded') || !overlong(world, nodeId))
        // Of a start that it was asked for longer ago than a provider remembers nobody can say that it never was.
        fail('something is booked for a machine that never was', { nodeId, booked });
}

/** Whether a node was closed longer after its order than a provider remembers, as far as our wall clock can say. */
function overlong({ store, setByMs }: World, nodeId: string): boolean {
  const { openMs = 0 } =
    store.get<{ openMs: number }>(
      `SELECT MIN(e.booked_at) - l.opened_at AS openMs FROM leases l JOIN ledger_entries e ON e.node_id = l.node_id
       WHERE l.node_id = ?`,
      nodeId,
    ) ?? {};
  return openMs + setByMs > rememberedMs;
}

/** T_n of the month's report against counting, moment by moment; its sum against adding up the entries. */
export function checkReport(world: World, fail: Fail): void {
  const entries = currentEntries(world.store);
  const fixed = world.store.all<FixedRow>('SELECT * FROM fixed_costs');
  const { timeZone } = world.plan;
  for (const [month, span] of monthsOf(timeZone)) {
    const parts = entries
      .map((entry) => ({
        key: `${entry.pool} ${entry.price}`,
        simulated: entry.simulated,
        price: entry.price,
        from: Math.max(entry.from_at, span.from),
        to: Math.min(entry.to_at, span.to),
      }))
      .filter(({ from, to }) => to > from);
    if (parts.length === 0) continue;
    const { items, kinds } = monthReport({
      ...{ store: world.store, timeZone, now: world.clock.now() + 400 * 86_400_000, leases: [] },
      ...{ budget: world.budget, month },
    });
    const counted: Record<string, Record<string, number>> = {};
    for (const key of new Set(parts.map((each) => each.key))) {
      const mine = parts.filter((each) => each.key === key);
      const borders = [...new Set(mine.flatMap(({ from, to }) => [from, to]))].sort(
        (one, other) => one - other,
      );
      const times: Record<string, number> = {};
      for (const [index, from] of borders.entries()) {
        const to = borders[index + 1] ?? from;
        const up = mine.filter((each) => each.from <= from && each.to >= to).length;
        if (to > from && up > 0) times[up] = (times[up] ?? 0) + to - from;
      }
      counted[key] = times;
    }
    const told = Object.fromEntries(
      items
        .filter(({ formula }) => formula === '(1)')
        .map(({ name, unitPrice, nodeMs }) => [`${name} ${Math.round(unitPrice * 1e9)}`, nodeMs]),
    );
    for (const key of new Set([...Object.keys(counted), ...Object.keys(told)])) {
      const [one, other] = [counted[key] ?? {}, told[key] ?? {}];
      for (const n of new Set([...Object.keys(one), ...Object.keys(other)]))
        if (one[n] !== other[n])
          fail('T_n is not what counting gives', { month, key, counted: one, told: other });
    }
    for (const { simulated, spent, total, committed } of kinds) {
      // The running sums that the budget is decided by, against the bill.
      if (committed.exact !== total.exact)
        fail('what the budget counts is not the bill', { month, simulated, committed, total });
      const sum = parts
        .filter((each) => (each.simulated === 1) === simulated)
        .reduce(
          (total, { price, from, to }) => total + BigInt(to - from) * BigInt(price),
          fixedIn(
            fixed.filter((each) => (each.simulated === 1) === simulated),
            span,
          ),
        );
      if (spent.exact !== String(sum))
        fail('the bill is not the sum of its entries', { month, simulated, spent, sum });
    }
  }
}

/** All days are closed, and then a late invoice says otherwise of every second node. */
export function closeAndCorrect(world: World): void {
  const { timeZone } = world.plan;
  for (let days = 1; days > 0; )
    days = closeDays(world.tracked, timeZone, world.clock.now() + 2 * 86_400_000);
  const ids = new Set(currentEntries(world.store).map(({ node_id }) => node_id));
  for (const [index, nodeId] of [...ids].entries()) {
    const entry = world.ledger.entry(nodeId);
    if (entry === null || index % 2 === 1) continue;
    const span = { from: entry.from - 600_000 * (index % 3), to: entry.to + 3_600_000 };
    world.ledger.correct(nodeId, span, 'the invoice');
  }
}

/** Each entry that no check could prevent has told of itself, once; nothing else has. */
export function checkEvents(world: World, fail: Fail): void {
  const events = world.store.all<{ node_id: string; kind: string }>(
    "SELECT json_extract(detail, '$.nodeId') AS node_id, kind FROM budget_events WHERE kind IN ('allowed', 'orphan', 'overrun')",
  );
  const told = new Set(events.map(({ node_id, kind }) => `${node_id} ${kind}`));
  if (told.size !== events.length) fail('an event was raised twice', { events });
  const ever = world.store.all<EntryRow>(
    "SELECT * FROM ledger_entries WHERE kind <> 'paid' AND to_at > from_at",
  );
  for (const { node_id, kind } of ever)
    if (!told.has(`${node_id} ${kind}`))
      fail('an entry of a special kind raised no event', { node_id, kind });
  for (const { node_id, kind } of events)
    if (kind === 'overrun' && !ever.some((each) => each.node_id === node_id && each.kind === kind))
      fail('an overrun was told of that never was booked', { node_id });
}

/** A node that was well outlived nothing: where it was billed past its lease, its machine or its provider is the cause. */
export function checkLives(world: World, fail: Fail): void {
  for (const node of world.nodes.values()) {
    if (node.hung || node.trait.bootMs === null || node.endedAt === null) continue;
    const lease = world.store.get<{ leased_ms: number }>(
      'SELECT leased_ms FROM leases WHERE node_id = ?',
      node.nodeId,
    );
    const bootTimeoutMs = world.configs.find(({ name }) => name === node.pool)?.bootTimeoutMs ?? 0;
    // One whose machine came too late is not the node's doing, nor is one that was ended before it ran.
    if (node.begins > node.orderedAt + bootTimeoutMs || node.endedAt < node.begins) continue;
    const livedMs = node.endedAt - node.orderedAt;
    if (lease !== undefined && livedMs > lease.leased_ms)
      fail('a node lived longer than its lease', { nodeId: node.nodeId, livedMs, lease });
  }
}

import type { Store } from '../../../src/store/store.ts';
import type { World } from './world.ts';

/** Calendar months by another road than src/cost: every hour of two years, grouped by the zone's own words. */
const months = new Map<string, Map<string, { from: number; to: number }>>();

export function monthsOf(timeZone: string): Map<string, { from: number; to: number }> {
  const known = months.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit' });
  const found = new Map<string, { from: number; to: number }>();
  const hour = 3_600_000;
  for (let at = Date.UTC(2026, 8, 1); at < Date.UTC(2027, 5, 1); at += hour) {
    const name = format.format(at).slice(0, 7);
    const span = found.get(name);
    if (span === undefined) found.set(name, { from: at, to: at + hour });
    else span.to = at + hour;
  }
  months.set(timeZone, found);
  return found;
}

interface LeaseRow {
  node_id: string;
  pool: string;
  price: number;
  project_id: number | null;
  opened_at: number;
  leased_ms: number;
  terms: string;
  closed: number;
}

export interface EntryRow {
  id: number;
  node_id: string;
  pool: string;
  price: number;
  project_id: number | null;
  from_at: number;
  to_at: number;
  kind: 'paid' | 'allowed' | 'orphan' | 'overrun';
  replaces: number | null;
}

interface NodeState {
  id: string;
  state: string;
  job_id: number | null;
  project_id: number | null;
  protected_ref: number | null;
}

interface Sums {
  /** Booked or leased as paid; the rest; exact units without tax. */
  paid: bigint;
  other: bigint;
}

const shared = (from: number, to: number, span: { from: number; to: number }) =>
  Math.max(0, Math.min(to, span.to) - Math.max(from, span.from));

export function currentEntries(store: Store): EntryRow[] {
  const rows = store.all<EntryRow>('SELECT * FROM ledger_entries ORDER BY from_at, to_at, id');
  const replaced = new Set(rows.map(({ replaces }) => replaces));
  return rows.filter(({ id }) => !replaced.has(id));
}

/** What each month holds, platform and project 1, summed from the rows by the oracle's own arithmetic. */
export function sumMonths(world: World): Map<string, Sums> {
  const sums = new Map<string, Sums>();
  const add = (
    scope: string,
    span: { from: number; to: number },
    kind: string,
    row: Pick<EntryRow, 'price' | 'project_id'>,
    from: number,
    to: number,
  ) => {
    const amount = BigInt(shared(from, to, span)) * BigInt(row.price);
    if (amount === 0n) return;
    for (const key of row.project_id === 1 ? [`${scope} all`, `${scope} 1`] : [`${scope} all`]) {
      const sum = sums.get(key) ?? { paid: 0n, other: 0n };
      if (kind === 'paid') sum.paid += amount;
      else sum.other += amount;
      sums.set(key, sum);
    }
  };
  const entries = currentEntries(world.store);
  const leases = world.store.all<LeaseRow>('SELECT * FROM leases WHERE closed = 0');
  const first = world.plan.start - 86_400_000;
  for (const [month, span] of monthsOf(world.plan.timeZone)) {
    if (span.to < first) continue;
    for (const entry of entries) add(month, span, entry.kind, entry, entry.from_at, entry.to_at);
    for (const lease of leases) {
      let from = lease.opened_at;
      for (const { untilMs, kind } of JSON.parse(lease.terms) as { untilMs: number; kind: string }[]) {
        add(month, span, kind, lease, from, lease.opened_at + untilMs);
        from = lease.opened_at + untilMs;
      }
    }
  }
  return sums;
}

const unitsPerYen = 3_600_000_000_000_000n;

/** Whether an amount with tax is within so many yen. */
export function within(amount: bigint, taxRate: number, yen: number): boolean {
  const ppm = BigInt(Math.round(taxRate * 1e6));
  return amount * (1_000_000n + ppm) <= BigInt(yen) * unitsPerYen * 1_000_000n;
}

function fail(world: World, what: string, detail: object): never {
  const rows = (sql: string) =>
    world.store
      .all(sql)
      .map((row) => JSON.stringify(row))
      .join('\n');
  throw new Error(
    `${what}\n${JSON.stringify(detail, (_key, value) => (typeof value === 'bigint' ? String(value) : value), 1)}
at ${world.clock.steady()} ms (wall ${world.clock.now()})
leases\n${rows('SELECT * FROM leases')}
nodes\n${rows('SELECT id, pool, project_id, state, ordered_at, enrolled_at, job_id, ran_ms, end_reason, ended_at FROM nodes')}
entries\n${rows('SELECT * FROM ledger_entries')}
truth\n${[...world.providers.values()].flatMap((each) => each.truth().map((machine) => JSON.stringify(machine))).join('\n')}`,
  );
}

/** Watches a month: what may never be, at no moment; and at its end, that all was booked as it was. */
export function createOracle(world: World) {
  let before = sumMonths(world);
  const limitOf = (key: string) =>
    key.endsWith(' all')
      ? world.budget.yenPerMonth
      : (world.budget.projectYenPerMonth(1) ?? Number.POSITIVE_INFINITY);

  /** Paid money grew only where everything that the month holds and that growth were within the budget. */
  const watchBudget = (): void => {
    const after = sumMonths(world);
    for (const [key, sum] of after) {
      const old = before.get(key) ?? { paid: 0n, other: 0n };
      if (sum.paid <= old.paid) continue;
      const yen = limitOf(key);
      if (yen === Number.POSITIVE_INFINITY) continue;
      const otherBefore = sum.other < old.other ? sum.other : old.other;
      if (!within(sum.paid + otherBefore, world.plan.taxRate, yen))
        fail(world, 'more was paid for than the budget holds', { key, yen, old, sum });
    }
    before = after;
  };

  const failedLately = (pool: string): boolean =>
    world.store.get(
      "SELECT 1 FROM nodes WHERE pool = ? AND end_reason IN ('failed', 'lost', 'boot_timeout') AND state = 'ended' AND (ended_at > ? OR ended_at > ?)",
      pool,
      world.clock.now() - 601_000,
      world.clock.now(),
    ) !== undefined;

  /** Why a job may wait by the oracle's own reading of the rows; null where nothing speaks for it. */
  const excuse = (jobId: number, taken: Set<string>): string | null => {
    const job = world.jobs.get(jobId);
    if (job === undefined) return 'unknown';
    if (world.clockDoubted()) return 'the clock';
    const { tags, projectId, protectedRef, timeoutMs } = job.wanted;
    const open = world.configs
      .filter((config) => tags.every((tag) => config.tags.includes(tag)))
      .filter(({ name }) => world.pools.show(name).held === null)
      .map((config) => ({
        config,
        rows: world.store.all<NodeState>(
          "SELECT * FROM nodes WHERE pool = ? AND state <> 'ended' ORDER BY project_id IS NULL",
          config.name,
        ),
      }));
    const serves = ({ project_id, protected_ref, job_id }: NodeState) =>
      job_id === null &&
      (project_id === null || (project_id === projectId && protected_ref === Number(protectedRef)));
    const affordable = ({ id }: NodeState, idleTimeoutMs: number): boolean => {
      const lease = world.ledger.lease(id);
      if (lease === null || (lease.forcedBy !== null && !job.allowed)) return false;
      const wantedMs = Math.max(lease.leasedMs, lease.elapsedMs + timeoutMs + idleTimeoutMs + 120_000);
      return (
        job.allowed ||
        hasRoom(lease.price, lease.openedAt, lease.leasedMs, wantedMs, projectId, lease.projectId)
      );
    };
    for (const { config, rows } of open) {
      const booting = rows.find(
        (row) =>
          row.state === 'ordered' &&
          !taken.has(row.id) &&
          serves(row) &&
          affordable(row, config.idleTimeoutMs),
      );
      if (booting === undefined) continue;
      taken.add(booting.id);
      return 'a node is booting for it';
    }
    for (const { config, rows } of open) {
      for (const row of rows) {
        const node = world.nodes.get(row.id);
        if (row.state !== 'up' || !serves(row) || node === undefined || node.hung || node.endedAt !== null)
          continue;
        if (affordable(row, config.idleTimeoutMs)) return null;
      }
      if (rows.length >= config.maxNodes || failedLately(config.name)) continue;
      const wantedMs = config.bootTimeoutMs + timeoutMs + config.idleTimeoutMs + 120_000;
      const price = Math.round((config.pricePerHour?.yen ?? 0) * 1e9);
      if (job.allowed || hasRoom(price, world.clock.now(), 0, wantedMs, projectId, null)) return null;
    }
    return 'no place or no money';
  };

  /** Whether a lease may grow: what months hold now, live time past a lease included, plus the growth. */
  const hasRoom = (
    price: number,
    openedAt: number,
    oldMs: number,
    newMs: number,
    projectId: number,
    leaseProject: number | null,
  ): boolean => {
    const sums = sumMonths(world);
    for (const [month, span] of monthsOf(world.plan.timeZone)) {
      const grown = shared(openedAt + oldMs, openedAt + newMs, span);
      const whole = shared(openedAt, openedAt + newMs, span);
      for (const scope of projectId === 1 ? ['all', '1'] : ['all']) {
        const ms = scope === '1' && oldMs > 0 && leaseProject !== 1 ? whole : grown;
        if (ms === 0) continue;
        const sum = sums.get(`${month} ${scope}`) ?? { paid: 0n, other: 0n };
        let over = 0n;
        for (const lease of world.ledger.leases())
          if (scope === 'all' || lease.projectId === 1)
            over +=
              BigInt(shared(lease.openedAt + lease.leasedMs, lease.openedAt + lease.elapsedMs, span)) *
              BigInt(lease.price);
        const yen = limitOf(`${month} ${scope}`);
        if (yen === Number.POSITIVE_INFINITY) continue;
        if (!within(sum.paid + sum.other + over + BigInt(ms) * BigInt(price), world.plan.taxRate, yen))
          return false;
      }
    }
    return true;
  };

  return {
    watchBudget,
    /** Jobs that wait though there is room; empty where all is well. */
    idleMoney: (): number[] => {
      const taken = new Set<string>();
      return world.waiting.map(({ jobId }) => jobId).filter((jobId) => excuse(jobId, taken) === null);
    },
    fail: (what: string, detail: object) => fail(world, what, detail),
  };
}

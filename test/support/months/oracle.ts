import { type Fail, fail, type moneys, monthsOf, shared, sumMonths, within } from './month-rows.ts';
import { watchBookings } from './watch-bookings.ts';
import type { World } from './world.ts';

interface NodeState {
  id: string;
  pool: string;
  state: string;
  job_id: number | null;
  project_id: number | null;
  protected_ref: number | null;
}

/** Watches a month: what may never be, at no moment; and at its end, that all was booked as it was. */
export function createOracle(world: World) {
  const failed: Fail = (what, detail) => fail(world, what, detail);
  const look = watchBookings(world, failed);
  let before = sumMonths(world);
  const limitOf = (key: string) =>
    key.endsWith('all')
      ? world.budget.yenPerMonth
      : (world.budget.projectYenPerMonth(1) ?? Number.POSITIVE_INFINITY);

  const money = (pool: string) =>
    world.configs.find(({ name }) => name === pool)?.driver === 'process' ? 'simulated' : 'real';

  /** Paid money grew only where everything that the month holds and that growth were within the budget. */
  const watchBudget = (): void => {
    if (!world.moneyMoved) return;
    world.moneyMoved = false;
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
    const heldPools = new Set(
      world.store
        .all<{ pool: string }>('SELECT pool FROM pool_states WHERE held IS NOT NULL')
        .map(({ pool }) => pool),
    );
    const doubted = world.clockDoubted();
    const { tags, projectId, protectedRef, timeoutMs } = job.wanted;
    const open = world.configs
      .filter((config) => tags.every((tag) => config.tags.includes(tag)))
      .filter(({ name }) => !heldPools.has(name))
      .map((config) => ({
        config,
        rows: world.store.all<NodeState>(
          "SELECT * FROM nodes WHERE pool = ? AND state <> 'ended' ORDER BY project_id IS NULL",
          config.name,
        ),
      }));
    const serves = ({ pool, project_id, protected_ref, job_id }: NodeState) =>
      job_id === null &&
      // A machine that is there anyway serves all.
      (world.priceOf(pool) === null ||
        project_id === null ||
        (project_id === projectId && protected_ref === Number(protectedRef)));
    const affordable = ({ id, pool }: NodeState, idleTimeoutMs: number): boolean => {
      if (world.priceOf(pool) === null) return true;
      const lease = world.ledger.lease(id);
      if (lease === null || (lease.forcedBy !== null && !job.allowed)) return false;
      const wantedMs = Math.max(lease.leasedMs, lease.elapsedMs + timeoutMs + idleTimeoutMs + 120_000);
      return (
        job.allowed ||
        hasRoom(
          money(pool),
          lease.price,
          lease.openedAt,
          lease.leasedMs,
          wantedMs,
          projectId,
          lease.projectId,
        )
      );
    };
    for (const { config, rows } of open) {
      // One that fell silent seems well for two minutes more.
      const seemsWell = ({ id, state }: NodeState): boolean => {
        const node = world.nodes.get(id);
        return state === 'up' && node !== undefined && (node.hung || node.endedAt !== null);
      };
      const booting = rows.find(
        (row) =>
          (row.state === 'ordered' || seemsWell(row)) &&
          !taken.has(row.id) &&
          serves(row) &&
          affordable(row, config.idleTimeoutMs),
      );
      if (booting === undefined) continue;
      taken.add(booting.id);
      return 'a node is booting for it';
    }
    for (const { config, rows } of open) {
      if (doubted && world.priceOf(config.name) !== null) continue;
      for (const row of rows) {
        const node = world.nodes.get(row.id);
        if (row.state !== 'up' || !serves(row) || node === undefined || node.hung || node.endedAt !== null)
          continue;
        if (affordable(row, config.idleTimeoutMs)) return null;
      }
      if (rows.length >= config.maxNodes || failedLately(config.name)) continue;
      const wantedMs = config.bootTimeoutMs + timeoutMs + config.idleTimeoutMs + 120_000;
      const price = world.priceOf(config.name);
      if (job.allowed || price === null) return null;
      if (hasRoom(money(config.name), Number(price), world.clock.now(), 0, wantedMs, projectId, null))
        return null;
    }
    return 'no place or no money';
  };

  /** Whether a lease may grow: what months hold now, live time past a lease included, plus the growth. */
  const hasRoom = (
    kind: (typeof moneys)[number],
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
        const sum = sums.get(`${month} ${kind} ${scope}`) ?? { paid: 0n, other: 0n };
        let over = 0n;
        for (const lease of world.ledger.leases())
          if (lease.simulated === (kind === 'simulated') && (scope === 'all' || lease.projectId === 1))
            over +=
              BigInt(shared(lease.openedAt + lease.leasedMs, lease.openedAt + lease.elapsedMs, span)) *
              BigInt(lease.price);
        const yen = limitOf(scope);
        if (yen === Number.POSITIVE_INFINITY) continue;
        if (!within(sum.paid + sum.other + over + BigInt(ms) * BigInt(price), world.plan.taxRate, yen))
          return false;
      }
    }
    return true;
  };

  return {
    fail: failed,
    watch: () => {
      look();
      watchBudget();
    },
    /** Jobs that wait though there is room; empty where all is well. */
    idleMoney: (): number[] => {
      const taken = new Set<string>();
      return world.waiting.map(({ jobId }) => jobId).filter((jobId) => excuse(jobId, taken) === null);
    },
  };
}

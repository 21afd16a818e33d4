import { checkBill, checkEvents, checkLives, checkReport, closeAndCorrect } from './final.ts';
import { currentEntries, monthsOf } from './month-rows.ts';
import type { MonthStore } from './month-store.ts';
import { createOracle } from './oracle.ts';
import type { Command, Plan } from './plan.ts';
import { installationId, World } from './world.ts';

/** What many months came to. */
export interface Counts {
  months: number;
  jobs: number;
  nodes: number;
  crashes: number;
  passes: number;
  allowed: number;
  orphan: number;
  overrun: number;
  paid: number;
  waits: number;
}

export function noCounts(): Counts {
  return {
    ...{ months: 0, jobs: 0, nodes: 0, crashes: 0, passes: 0, waits: 0 },
    ...{ paid: 0, allowed: 0, orphan: 0, overrun: 0 },
  };
}

const choose = <T>(all: readonly T[], index: number): T | undefined => all[index % Math.max(1, all.length)];

/** Plays one month on an emptied ledger; throws where a property does not hold. */
export async function playMonth({ store, empty }: MonthStore, plan: Plan, counts: Counts): Promise<void> {
  empty();
  const world = new World(store, plan);
  const oracle = createOracle(world);
  world.watch = oracle.watch;
  for (const command of plan.commands) {
    await carryOut(world, command);
    await world.pass();
    await expectWork(world, oracle, counts);
  }
  await world.rest();
  checkBill(world, oracle.fail);
  checkEvents(world, oracle.fail);
  checkLives(world, oracle.fail);
  checkReport(world, oracle.fail);
  for (const { kind, from_at, to_at } of currentEntries(store)) if (to_at > from_at) counts[kind] += 1;
  if (plan.lateInvoice) {
    closeAndCorrect(world);
    checkReport(world, oracle.fail);
  }
  counts.months += 1;
  counts.jobs += world.jobs.size;
  counts.nodes += world.nodes.size;
  counts.crashes += world.crashes;
  counts.passes += world.passes;
}

/**
 * Looks, a second apart, until a job that could go has gone. A machine that died is noticed in one, its lease is over
 * in the next, and the room that it left is used in the third.
 */
const looks = 4;

/** Where nothing is broken, a job that waits has a reason. */
async function expectWork(
  world: World,
  oracle: ReturnType<typeof createOracle>,
  counts: Counts,
): Promise<void> {
  if (world.faulty || world.life.fuse !== null || world.waiting.length === 0) return;
  counts.waits += 1;
  for (let look = 0; ; look++) {
    if (!world.reachable) return;
    const idle = oracle.idleMoney();
    if (idle.length === 0) return;
    if (look === looks) oracle.fail('a job waits while there is room', { idle, waiting: world.waiting });
    await world.advance(1000);
  }
}

async function carryOut(world: World, command: Command): Promise<void> {
  const { clock } = world;
  switch (command.do) {
    case 'jobs':
      for (let each = 0; each < command.count; each++)
        world.addJob(
          { durationMs: Math.ceil(command.timeoutMs * command.share), retries: command.retries },
          {
            projectId: command.project,
            tags: [command.tag],
            protectedRef: command.protectedRef,
            timeoutMs: command.timeoutMs,
          },
        );
      return;
    case 'pass':
      return world.advance(command.ms);
    case 'toMonthEnd': {
      const ends = [...monthsOf(world.plan.timeZone).values()].map(({ to }) => to);
      const end = ends.find((to) => to > clock.trueWall()) ?? clock.trueWall();
      return world.advance(Math.max(1000, end - clock.trueWall() - command.beforeMs));
    }
    case 'crash':
      return world.crash(command.fuse, command.downMs, command.boot);
    case 'fault': {
      const { name } = choose(world.configs, command.pool) ?? { name: '' };
      Object.assign(world.provider(name).faults, command.faults);
      world.faulty = true;
      return;
    }
    case 'heal':
      return world.heal();
    case 'cut':
      world.cutUntil = clock.steady() + command.ms;
      return;
    case 'kill':
    case 'hang': {
      const node = choose(
        [...world.nodes.values()].filter(({ endedAt }) => endedAt === null),
        command.node,
      );
      if (node === undefined) return;
      if (command.do === 'hang') node.hung = true;
      else {
        world.provider(node.pool).kill(node.nodeId);
        node.happen();
      }
      return;
    }
    case 'clock':
      world.jumped = true;
      world.setByMs += Math.abs(command.ms);
      return clock.jump(command.ms);
    case 'accept':
      world.ask(() => {
        world.pools.resume(world.configs[0]?.name ?? null, 'user:1');
        world.jumped = false;
      });
      return;
    case 'pause':
    case 'resume': {
      const { name } = choose(world.configs, command.pool) ?? { name: '' };
      world.ask(() => {
        world.pools[command.do](name, 'user:1');
        // Only where somebody was there to hear it: the time stays doubted where the control plane is away.
        if (command.do === 'resume') world.jumped = false;
      });
      return;
    }
    case 'allow': {
      const job = choose(world.waiting, command.job);
      if (job === undefined) return;
      world.ask(() => world.pools.allowJob(job.jobId, 'user:1', 'it must'));
      // Killed over it, it is allowed where that was written.
      const known = world.jobs.get(job.jobId);
      if (known)
        known.allowed =
          world.store.get('SELECT 1 FROM job_allowances WHERE job_id = ?', job.jobId) !== undefined;
      return;
    }
    case 'cancel': {
      const job = choose([...world.jobs.keys()], command.job);
      world.waiting = world.waiting.filter(({ jobId }) => jobId !== job);
      for (const node of world.nodes.values()) if (node.jobId() === job) node.cancel();
      return;
    }
    case 'stop': {
      const node = choose(
        world.ask(() => world.pools.nodes(50).filter(({ state }) => state !== 'ended')) ?? [],
        command.node,
      );
      if (node) world.ask(() => world.pools.stopNode(node.id, command.now, 'user:1'));
      return;
    }
    case 'budget':
      world.budget.yenPerMonth = command.yen;
      return;
    case 'price': {
      const { name } = choose(world.configs, command.pool) ?? { name: '' };
      if (world.priceOf(name) !== null) world.setPrice(name, command.yen);
      return;
    }
    case 'fixed':
      return world.declare(command.yen, command.count, command.simulated);
    case 'orphan': {
      const { name } = choose(world.configs, command.pool) ?? { name: '' };
      const owner = command.ours ? installationId : 'seto-other';
      return world.provider(name).plant(`node-planted-${clock.steady()}-${world.passes}`, owner);
    }
  }
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextSteps, type Observed, type ReleaseFacts, type RolloutRules, type Step } from './rollout.ts';

const rules: RolloutRules = { now: 0, keep: 2, healthMs: 1000, attempts: 3 };
const release = (id: string, state: ReleaseFacts['state'], wanted: number): ReleaseFacts => ({
  id,
  state,
  wanted,
  since: 0,
  liveAt: state === 'starting' || state === 'healthy' ? null : wanted,
});
const seen = (...ids: string[]): Observed => ({
  running: new Map(ids.map((id) => [id, { healthy: true, restarts: 0, lastExit: null }])),
  routed: true,
});

test('a first release: start, healthy, switch', () => {
  expect(nextSteps([release('a', 'starting', 1)], seen(), rules)).toEqual([{ do: 'start', id: 'a' }]);
  expect(nextSteps([release('a', 'starting', 1)], seen('a'), rules)).toEqual([
    { do: 'mark-healthy', id: 'a' },
  ]);
  expect(nextSteps([release('a', 'healthy', 1)], seen('a'), rules)).toEqual([
    { do: 'switch', id: 'a', from: null },
  ]);
  expect(nextSteps([release('a', 'live', 1)], seen('a'), rules)).toEqual([]);
});

test('the old release is stopped only after the gateway uses the new routes', () => {
  const releases = [release('a', 'draining', 1), release('b', 'live', 2)];
  expect(nextSteps(releases, { ...seen('a', 'b'), routed: false }, rules)).toEqual([]);
  expect(nextSteps(releases, seen('a', 'b'), rules)).toEqual([{ do: 'stop', id: 'a' }]);
  expect(nextSteps(releases, seen('b'), rules)).toEqual([{ do: 'retire', id: 'a' }]);
});

test('a release that ends by itself, or is not healthy in time, fails and changes nothing else', () => {
  const releases = [release('a', 'live', 1), release('b', 'starting', 2)];
  const broken: Observed = {
    running: new Map([
      ['a', { healthy: true, restarts: 0, lastExit: null }],
      ['b', { healthy: false, restarts: 3, lastExit: 'exit code 1' }],
    ]),
    routed: true,
  };
  expect(nextSteps(releases, broken, rules)).toEqual([
    { do: 'fail', id: 'b', reason: 'ends-by-itself', detail: 'exit code 1' },
  ]);
  const slow: Observed = { ...seen('a'), running: new Map([...(seen('a').running ?? [])]) };
  expect(nextSteps(releases, slow, { ...rules, now: 1001 })).toEqual([
    { do: 'fail', id: 'b', reason: 'not-healthy', detail: '1 s' },
  ]);
});

test('a live release that does not run is started again', () => {
  expect(nextSteps([release('a', 'live', 1)], seen(), rules)).toEqual([{ do: 'start', id: 'a' }]);
});

/** A world in which the control plane, the gateway and the servers do what steps say, and may die at any moment. */
interface World {
  releases: Map<string, ReleaseFacts>;
  running: Map<string, { healthy: boolean; restarts: number; lastExit: string | null; broken: boolean }>;
  /** What the gateway routes to. */
  routed: string | null;
  now: number;
  /** The first release has been live: from then on requests must be answered. */
  served: boolean;
}

function observe(world: World): Observed {
  const live = [...world.releases.values()].find(({ state }) => state === 'live')?.id ?? null;
  return { running: world.running, routed: world.routed === live };
}

function move(world: World, id: string, state: ReleaseFacts['state'], liveAt?: number): void {
  const before = world.releases.get(id);
  if (before) world.releases.set(id, { ...before, state, since: world.now, liveAt: liveAt ?? before.liveAt });
}

/** Routes come after rows; a crash may lie between. */
function publish(world: World): void {
  world.routed = [...world.releases.values()].find(({ state }) => state === 'live')?.id ?? null;
}

function apply(world: World, step: Step, broken: ReadonlySet<string>): void {
  const { id } = step;
  if (step.do === 'start' && !world.running.has(id))
    world.running.set(id, { healthy: false, restarts: 0, lastExit: null, broken: broken.has(id) });
  if (step.do === 'stop') world.running.delete(id);
  if (step.do === 'mark-healthy') move(world, id, 'healthy');
  if (step.do === 'switch') {
    if (step.from !== null) move(world, step.from, 'draining');
    move(world, id, 'live', world.now);
  }
  if (step.do === 'retire') move(world, id, 'retired');
  if (step.do === 'fail') {
    move(world, id, 'failed');
    world.running.delete(id);
  }
  if (step.do === 'forget') move(world, id, 'gone');
}

function tick(world: World): void {
  world.now += 10;
  for (const server of world.running.values())
    if (server.broken) {
      server.restarts += 1;
      server.lastExit = 'exit code 1';
    } else server.healthy = true;
}

function check(world: World): void {
  const states = [...world.releases.values()];
  expect(states.filter(({ state }) => state === 'live').length).toBeLessThanOrEqual(1);
  if (world.routed === null) {
    expect(world.served).toBe(false);
    return;
  }
  world.served = true;
  const server = world.running.get(world.routed);
  expect(server, `requests go to ${world.routed}, which does not run`).toBeDefined();
  expect(server?.broken).toBe(false);
}

const commands = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.constant('deploy' as const) },
    { weight: 1, arbitrary: fc.constant('deploy-broken' as const) },
    { weight: 1, arbitrary: fc.constant('rollback' as const) },
    { weight: 6, arbitrary: fc.constant('pass' as const) },
    { weight: 3, arbitrary: fc.constant('crash-in-pass' as const) },
    { weight: 3, arbitrary: fc.constant('tick' as const) },
  ),
  { maxLength: 60 },
);

test('whatever is deployed, rolled back or killed when: requests go to a healthy release, and it settles', () => {
  fc.assert(
    fc.property(commands, fc.array(fc.nat(5)), (all, cuts) => {
      const world: World = { releases: new Map(), running: new Map(), routed: null, now: 0, served: false };
      const broken = new Set<string>();
      let wanted = 0;
      const pass = (crashAfter: number): void => {
        publish(world);
        check(world);
        const steps = nextSteps([...world.releases.values()], observe(world), { ...rules, now: world.now });
        for (const [index, step] of steps.entries()) {
          if (index >= crashAfter) return;
          apply(world, step, broken);
          check(world);
        }
        if (crashAfter > steps.length) publish(world);
        check(world);
      };
      for (const [index, command] of all.entries()) {
        if (command === 'tick') tick(world);
        if (command === 'pass') pass(99);
        if (command === 'crash-in-pass') pass(cuts[index % Math.max(1, cuts.length)] ?? 0);
        if (command === 'deploy' || command === 'deploy-broken') {
          wanted += 1;
          const id = `r${wanted}`;
          if (command === 'deploy-broken') broken.add(id);
          world.releases.set(id, { id, state: 'starting', wanted, since: world.now, liveAt: null });
        }
        if (command === 'rollback') {
          const kept = [...world.releases.values()].find(
            ({ state, liveAt }) => state === 'retired' && liveAt !== null,
          );
          if (kept) {
            wanted += 1;
            world.releases.set(kept.id, { ...kept, state: 'starting', wanted, since: world.now });
          }
        }
        check(world);
      }
      const newest = [...world.releases.values()]
        .filter(({ state }) => state !== 'gone' && state !== 'failed' && state !== 'retired')
        .sort((a, b) => b.wanted - a.wanted)
        .find(({ id }) => !broken.has(id));
      for (let round = 0; round < 12; round += 1) {
        tick(world);
        pass(99);
      }
      const states = [...world.releases.values()].map(({ state }) => state);
      expect(states.every((state) => ['live', 'retired', 'failed', 'gone'].includes(state))).toBe(true);
      expect(states.filter((state) => state === 'retired').length).toBeLessThanOrEqual(rules.keep);
      if (newest && ![...broken].some((id) => (world.releases.get(id)?.wanted ?? 0) > newest.wanted))
        expect(world.routed).toBe(newest.id);
    }),
    { numRuns: 400 },
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WaitingJob } from '../forge/forge.ts';
import { decideScaling, type ScalingNode, type ScalingPool, type ScalingStart } from './decide-scaling.ts';

const pool = (over: Partial<ScalingPool> = {}): ScalingPool => ({
  name: 'train',
  site: 'cloud',
  tags: ['cloud'],
  containers: false,
  minNodes: 0,
  maxNodes: 2,
  idleTimeoutMs: 300_000,
  bootTimeoutMs: 900_000,
  billed: true,
  held: null,
  startDelayMs: 0,
  nodes: [],
  ...over,
});

const node = (id: string, over: Partial<ScalingNode> = {}): ScalingNode => ({
  id,
  state: 'up',
  demandKind: 'job',
  ageMs: 10_000,
  idleMs: 1000,
  silentMs: 1000,
  leaseLeftMs: 600_000,
  listed: true,
  astray: false,
  binding: { projectId: 1, protectedRef: true },
  ...over,
});

const job = (jobId: number, over: Partial<WaitingJob> = {}): WaitingJob => ({
  jobId,
  projectId: 1,
  pipelineId: 1,
  userId: 1,
  name: `job-${jobId}`,
  tags: ['cloud'],
  image: null,
  protectedRef: true,
  timeoutMs: 60_000,
  since: 0,
  ...over,
});

const kinds = (pools: ScalingPool[], jobs: WaitingJob[]) =>
  decideScaling(pools, jobs).actions.map((each) =>
    each.kind === 'start'
      ? `start ${each.pool} ${each.demand.id}`.trim()
      : `end ${each.nodeId} ${each.reason}`,
  );
const notes = (pools: ScalingPool[], jobs: WaitingJob[]) =>
  Object.fromEntries([...decideScaling(pools, jobs).notes].map(([id, note]) => [id, note?.code ?? null]));

describe('scaling', () => {
  it('starts a node a job until the pool is full', () => {
    const jobs = [job(1), job(2), job(3)];
    expect(kinds([pool()], jobs)).toEqual(['start train 1', 'start train 2']);
    expect(notes([pool()], jobs)).toEqual({ 1: 'starting', 2: 'starting', 3: 'pool_full' });
  });

  it('starts nothing where a warm or booting node will do', () => {
    const nodes = [node('boots', { state: 'ordered' }), node('warm')];
    expect(kinds([pool({ nodes })], [job(1), job(2)])).toEqual([]);
    expect(notes([pool({ nodes })], [job(1), job(2)])).toEqual({ 1: null, 2: 'starting' });
  });

  it('counts nodes that still end: they are billed and may be all there is room for', () => {
    const nodes = [node('a', { state: 'ending' }), node('b', { state: 'draining', idleMs: null })];
    expect(kinds([pool({ nodes })], [job(1)])).toEqual([]);
    expect(notes([pool({ nodes })], [job(1)])).toEqual({ 1: 'pool_full' });
  });

  it('gives a cloud node to one project and protection level, and ends an idle one in the way', () => {
    const nodes = [node('a'), node('b', { idleMs: null })];
    const stranger = job(1, { projectId: 2 });
    expect(kinds([pool({ nodes })], [stranger])).toEqual(['end a rebind']);
    expect(kinds([pool({ nodes })], [job(1, { protectedRef: false })])).toEqual(['end a rebind']);
    expect(kinds([pool({ nodes, maxNodes: 3 })], [stranger])).toEqual(['start train 1']);
    expect(kinds([pool({ nodes, site: 'onprem', tags: ['cloud'] })], [stranger])).toEqual([]);
  });

  it('says why a job waits that no pool can take', () => {
    const jobs = [job(1, { tags: ['gpu'] }), job(2, { image: 'python:3.13' }), job(3, { tags: [] })];
    expect(notes([pool()], jobs)).toEqual({ 1: 'no_pool', 2: 'no_executor', 3: 'no_pool' });
    expect(kinds([pool()], jobs)).toEqual([]);
    const here = pool({ name: 'onprem', site: 'onprem', tags: ['onprem'] });
    expect(kinds([pool(), here], [job(3, { tags: [] })])).toEqual(['start onprem 3']);
  });

  it('prefers a pool that may start, and says so where none may', () => {
    const paused = pool({ held: { code: 'pool_paused', values: { pool: 'train' } } });
    expect(kinds([paused, pool({ name: 'other' })], [job(1)])).toEqual(['start other 1']);
    expect(kinds([paused], [job(1)])).toEqual([]);
    expect(notes([paused], [job(1)])).toEqual({ 1: 'pool_paused' });
  });

  it('holds no job back behind one that does not fit, in a pool of one place', () => {
    const no = { code: 'budget', values: {} } as const;
    const purse = {
      extend: () => null,
      start: ({ job: wanted }: ScalingStart) => (wanted !== null && wanted.timeoutMs > 60_000 ? no : null),
    };
    const jobs = [job(1, { timeoutMs: 600_000 }), job(2)];
    const { actions, notes: why } = decideScaling([pool({ maxNodes: 1 })], jobs, purse);
    expect(actions).toMatchObject([{ kind: 'start', demand: { id: '2' } }]);
    expect([why.get(1)?.code, why.get(2)?.code]).toEqual(['budget', 'starting']);
  });

  it('goes on to the next pool with the tags where the first is full or too dear', () => {
    const no = { code: 'budget', values: {} } as const;
    const cheap = pool({ name: 'cheap' });
    const full = pool({ maxNodes: 1, nodes: [node('busy', { idleMs: null })] });
    expect(kinds([full, cheap], [job(1)])).toEqual(['start cheap 1']);
    const purse = {
      start: (action: ScalingStart) => (action.pool === 'train' ? no : null),
      extend: () => no,
    };
    const warm = pool({ nodes: [node('warm')] });
    expect(decideScaling([warm, cheap], [job(1)], purse).actions).toMatchObject([
      { kind: 'start', pool: 'cheap' },
    ]);
    expect(decideScaling([warm], [job(1)], purse).notes.get(1)?.code).toBe('budget');
  });

  it('ends what idled past its time and grace, down to the minimum', () => {
    const nodes = ['a', 'b', 'c'].map((id) => node(id, { idleMs: 315_000 }));
    expect(kinds([pool({ nodes, minNodes: 1, maxNodes: 3 })], [])).toEqual(['end a idle', 'end b idle']);
    expect(kinds([pool({ nodes: [node('a', { idleMs: 314_999 })] })], [])).toEqual([]);
  });

  it('keeps its minimum, unless it is held', () => {
    expect(kinds([pool({ minNodes: 2, nodes: [node('a')] })], [])).toEqual(['start train']);
    const held = { code: 'clock', values: {} } as const;
    expect(kinds([pool({ minNodes: 2, held })], [])).toEqual([]);
  });

  it('starts nothing for a while after nodes that failed', () => {
    const slow = pool({ minNodes: 1, startDelayMs: 1 });
    expect(kinds([slow], [job(1)])).toEqual([]);
    expect(notes([slow], [job(1)])).toEqual({ 1: 'starting' });
  });

  it('ends what booted too long, outlived its lease, or is lost', () => {
    const nodes = [
      node('boot', { state: 'ordered', ageMs: 900_000, listed: false }),
      node('late', { state: 'ordered', ageMs: 899_999, listed: false, silentMs: 899_999 }),
      node('paid', { leaseLeftMs: 0 }),
      node('gone', { listed: false, silentMs: 20_000 }),
      node('quiet', { silentMs: 120_000 }),
      node('astray', { astray: true, silentMs: 20_000 }),
      node('unlisted', { listed: false, silentMs: 19_999 }),
      node('unasked', { listed: null, silentMs: 500_000 }),
      node('over', { state: 'ending', leaseLeftMs: -5 }),
    ];
    expect(kinds([pool({ nodes, maxNodes: 9 })], [])).toEqual([
      'end boot boot_timeout',
      'end paid lease',
      'end gone lost',
      'end quiet lost',
      'end astray lost',
    ]);
  });

  it('replaces a lost node of the minimum at once where there is room', () => {
    const nodes = [node('gone', { listed: false, silentMs: 20_000, leaseLeftMs: null, binding: null })];
    const here = pool({ site: 'onprem', minNodes: 1, maxNodes: 1, billed: false, nodes });
    expect(kinds([here], [])).toEqual(['end gone lost']);
    expect(kinds([{ ...here, nodes: [] }], [])).toEqual(['start train']);
  });

  it('never holds more nodes than the maximum, notes every job once, ends no busy node for idleness', () => {
    const anyNode = fc.record({
      state: fc.constantFrom('ordered' as const, 'up' as const, 'draining' as const, 'ending' as const),
      idleMs: fc.option(fc.constantFrom(0, 400_000), { nil: null }),
      listed: fc.constantFrom(true, false, null),
      projectId: fc.integer({ min: 1, max: 2 }),
    });
    const anyJob = fc.record({ projectId: fc.integer({ min: 1, max: 2 }), protectedRef: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(anyNode, { maxLength: 4 }),
        fc.array(anyJob, { maxLength: 6 }),
        fc.integer({ min: 0, max: 5 }),
        (given, wanted, max) => {
          const nodes = given.map(({ projectId, ...each }, index) =>
            node(`n${index}`, { ...each, binding: { projectId, protectedRef: true } }),
          );
          const jobs = wanted.map((each, index) => job(index, each));
          const { actions, notes: all } = decideScaling([pool({ nodes, maxNodes: max })], jobs);
          const starts = actions.filter((each) => each.kind === 'start').length;
          expect(starts === 0 || nodes.length + starts <= max).toBe(true);
          expect(all.size).toBe(jobs.length);
          for (const action of actions)
            if (action.kind === 'end' && action.reason === 'idle')
              expect(nodes.find(({ id }) => id === action.nodeId)?.idleMs).not.toBe(null);
          const ended = actions.flatMap((each) => (each.kind === 'end' ? [each.nodeId] : []));
          expect(new Set(ended).size).toBe(ended.length);
        },
      ),
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { JobStatus } from '../../forge.ts';
import { cpuClock } from './parse-cases.ts';
import { nextStates, pipelineStatus, shouldRetry, toReconsider } from './states.ts';
import { compositeStatus } from './status.ts';
import type { JobState } from './types.ts';

let nextId = 1;

function job(name: string, more: Partial<JobState> = {}): JobState {
  nextId += 1;
  return {
    id: nextId,
    name,
    stageIndex: 0,
    status: 'created',
    when: 'on_success',
    allowFailure: false,
    needs: null,
    startInMs: null,
    resourceGroup: null,
    retry: { max: 0, when: [], exitCodes: [] },
    autoRetries: 0,
    failureReason: null,
    exitCode: null,
    ...more,
  };
}

function needs(...names: string[]): JobState['needs'] {
  return names.map((name) => ({ job: name, optional: false }));
}

/** `name→status` of every move, in order. */
function moves(jobs: readonly JobState[]): string[] {
  const byId = new Map(jobs.map((each) => [each.id, each.name]));
  return nextStates(jobs).map((t) => `${byId.get(t.id)}→${t.type === 'move' ? t.to : 'retry'}`);
}

/** Applies transitions until none is left, every job that starts ending as `outcome` says (success by default). */
function run(jobs: JobState[], outcome: Record<string, JobStatus> = {}): Record<string, JobStatus> {
  let current = jobs;
  for (let step = 0; step < 100; step += 1) {
    const transitions = nextStates(current);
    const started = current.find((each) => ['pending', 'waiting_for_resource'].includes(each.status));
    if (transitions.length === 0 && started === undefined) break;
    current = current.map((each) => {
      const move = transitions.find((t) => t.id === each.id);
      if (move?.type === 'move') return { ...each, status: move.to };
      if (transitions.length === 0 && each === started)
        return {
          ...each,
          status: outcome[each.name] ?? 'success',
          exitCode: outcome[each.name] === 'failed' ? 1 : 0,
        };
      return each;
    });
  }
  return Object.fromEntries(current.map((each) => [each.name, each.status]));
}

describe('stages', () => {
  it('start together and one after another', () => {
    const jobs = [job('a'), job('b'), job('c', { stageIndex: 1 })];
    expect(moves(jobs)).toEqual(['a→pending', 'b→pending']);
    expect(
      moves([job('a', { status: 'success' }), job('b', { status: 'running' }), job('c', { stageIndex: 1 })]),
    ).toEqual([]);
    expect(moves([job('a', { status: 'success' }), job('c', { stageIndex: 1 })])).toEqual(['c→pending']);
  });

  it.each<[string, JobStatus, boolean, Record<string, JobStatus>]>([
    ['a success', 'success', false, { ok: 'success', fail: 'skipped', always: 'success' }],
    ['a failure', 'failed', false, { ok: 'skipped', fail: 'success', always: 'success' }],
    ['an allowed failure', 'failed', true, { ok: 'success', fail: 'skipped', always: 'success' }],
    ['a cancelled job', 'canceled', false, { ok: 'skipped', fail: 'skipped', always: 'skipped' }],
    ['a skipped job', 'skipped', false, { ok: 'success', fail: 'skipped', always: 'success' }],
  ])('after %s', (_, status, allowFailure, expected) => {
    const result = run([
      job('a', { status, allowFailure }),
      job('ok', { stageIndex: 1 }),
      job('fail', { stageIndex: 1, when: 'on_failure' }),
      job('always', { stageIndex: 1, when: 'always' }),
    ]);
    expect(result).toMatchObject(expected);
  });

  it('skip on through later stages', () => {
    const result = run(
      [
        job('a'),
        job('b', { stageIndex: 1 }),
        job('c', { stageIndex: 2 }),
        job('d', { stageIndex: 3, when: 'on_failure' }),
      ],
      { a: 'failed' },
    );
    expect(result).toEqual({ a: 'failed', b: 'skipped', c: 'skipped', d: 'success' });
  });

  it('hold back behind a manual job that must be played, and not behind one that may be left', () => {
    const jobs = (allowFailure: boolean) => [
      job('m', { when: 'manual', allowFailure }),
      job('n', { stageIndex: 1 }),
    ];
    expect(moves(jobs(false))).toEqual(['m→manual']);
    expect(moves(jobs(true))).toEqual(['m→manual', 'n→pending']);
  });

  it('know delays and resource groups', () => {
    expect(nextStates([job('d', { when: 'delayed', startInMs: 5000 })])).toMatchObject([
      { to: 'scheduled', startInMs: 5000 },
    ]);
    expect(moves([job('r', { resourceGroup: 'production' })])).toEqual(['r→waiting_for_resource']);
  });

  it('are judged by exit code where allow_failure names them', () => {
    const movesAfter = (exitCode: number) =>
      moves([
        job('a', { status: 'failed', exitCode, allowFailure: { exitCodes: [3] } }),
        job('b', { stageIndex: 1 }),
      ]);
    expect(movesAfter(3)).toEqual(['b→pending']);
    expect(movesAfter(1)).toEqual(['b→skipped']);
  });
});

describe('needs', () => {
  it('start as soon as what they name is done', () => {
    const jobs = [
      job('a', { status: 'success' }),
      job('slow', { status: 'running' }),
      job('c', { stageIndex: 1, needs: needs('a') }),
    ];
    expect(moves(jobs)).toEqual(['c→pending']);
    expect(moves([job('a', { status: 'running' }), job('c', { stageIndex: 1, needs: [] })])).toEqual([
      'c→pending',
    ]);
    expect(moves([job('c', { needs: [{ job: 'gone', optional: true }] })])).toEqual(['c→pending']);
  });

  it.each<[JobStatus, boolean, string[]]>([
    ['created', false, []],
    ['running', false, []],
    ['success', false, ['c→pending']],
    ['failed', false, ['c→skipped']],
    ['failed', true, ['c→pending']],
    ['skipped', false, ['c→skipped']],
    ['canceled', false, ['c→skipped']],
    ['manual', false, []],
    ['manual', true, ['c→skipped']],
  ])('after %s (allow_failure %s)', (status, allowFailure, expected) => {
    const first = job('a', { status, allowFailure, needs: status === 'created' ? needs('w') : null });
    const waiting = job('w', { status: 'running' });
    expect(moves([waiting, first, job('c', { stageIndex: 1, needs: needs('a') })])).toEqual(expected);
  });

  it('skip along a chain in one call, and clean up on failure', () => {
    const jobs = [
      job('a', { status: 'failed' }),
      job('b', { needs: needs('a') }),
      job('c', { needs: needs('b') }),
      job('d', { needs: needs('c'), when: 'always' }),
      job('e', { needs: needs('a'), when: 'on_failure' }),
    ];
    expect(moves(jobs).sort()).toEqual(['b→skipped', 'c→skipped', 'd→pending', 'e→pending']);
  });

  it('settle for 500 jobs at once in good time', () => {
    const jobs = Array.from({ length: 500 }, (_, i) =>
      job(`j${i}`, {
        stageIndex: i % 10,
        status: i === 0 ? 'failed' : 'created',
        needs: i === 0 ? null : needs(`j${Math.floor(i / 2)}`),
      }),
    );
    const cpu = cpuClock();
    expect(nextStates(jobs)).toHaveLength(499);
    expect(cpu()).toBeLessThan(2000);
  });
});

describe('retries', () => {
  const failed = (more: Partial<JobState> = {}): JobState =>
    job('a', {
      status: 'failed',
      failureReason: 'script_failure',
      exitCode: 1,
      retry: { max: 2, when: [], exitCodes: [] },
      ...more,
    });

  it('make a new attempt, and what comes after waits for it', () => {
    expect(
      moves([failed(), job('b', { stageIndex: 1 }), job('c', { stageIndex: 1, when: 'on_failure' })]),
    ).toEqual(['a→retry']);
    expect(moves([failed({ autoRetries: 2 }), job('b', { stageIndex: 1 })])).toEqual(['b→skipped']);
  });

  it.each<[Partial<JobState>, boolean]>([
    [{}, true],
    [{ autoRetries: 1 }, true],
    [{ autoRetries: 2 }, false],
    [{ retry: { max: 0, when: [], exitCodes: [] } }, false],
    [{ retry: { max: 1, when: ['runner_system_failure'], exitCodes: [] } }, false],
    [{ retry: { max: 1, when: ['script_failure'], exitCodes: [] } }, true],
    [{ retry: { max: 1, when: [], exitCodes: [137] } }, false],
    [{ retry: { max: 1, when: [], exitCodes: [1] } }, true],
    [{ failureReason: 'job_canceled' }, false],
    [{ status: 'canceled' }, false],
    [{ failureReason: null }, true],
  ])('case %#', (more, expected) => {
    expect(shouldRetry(failed(more))).toBe(expected);
  });
});

describe('by hand', () => {
  it('playing or retrying looks again at what was skipped after it', () => {
    const jobs = [
      job('a', { status: 'failed' }),
      job('other', { status: 'skipped' }),
      job('b', { stageIndex: 1, status: 'skipped' }),
      job('c', { stageIndex: 1, status: 'skipped', needs: needs('other') }),
      job('d', { stageIndex: 2, status: 'skipped', needs: needs('a') }),
    ];
    const names = toReconsider(jobs, 'a').map((id) => jobs.find((each) => each.id === id)?.name);
    expect(names).toEqual(['b', 'd']);
  });
});

describe('status of a pipeline', () => {
  it.each<[string, string]>([
    ['', 'skipped'],
    ['created', 'created'],
    ['created pending', 'pending'],
    ['success created', 'running'],
    ['success pending', 'running'],
    ['success running', 'running'],
    ['success success', 'success'],
    ['success skipped', 'success'],
    ['skipped skipped', 'skipped'],
    ['success failed', 'failed'],
    ['failed?', 'success'],
    ['success failed?', 'success'],
    ['failed? created', 'created'],
    ['manual', 'manual'],
    ['manual?', 'skipped'],
    ['success manual?', 'success'],
    ['success manual created', 'manual'],
    ['failed manual', 'manual'],
    ['success canceled', 'canceled'],
    ['failed canceled', 'failed'],
    ['success canceling', 'canceling'],
    ['success scheduled created', 'scheduled'],
    ['success waiting_for_resource', 'waiting_for_resource'],
    ['failed skipped', 'failed'],
  ])('%s → %s', (statuses, expected) => {
    const jobs = statuses
      .split(' ')
      .filter((word) => word !== '')
      .map((word) =>
        job(word, { status: word.replace('?', '') as JobStatus, allowFailure: word.endsWith('?') }),
      );
    expect(pipelineStatus(jobs)).toBe(expected);
  });

  it('of nothing is success where something waits for it', () => {
    expect(compositeStatus([])).toBe('success');
  });
});

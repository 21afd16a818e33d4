import { expect, test } from 'vitest';
import { jobStage } from '../../test/support/job-stage.ts';
import { need } from '../../test/support/need.ts';
import type { NodeEnd } from './run-job.ts';

const stage = jobStage();
const { job, perform } = stage;

test('a graceful cancel: TERM inside, after_script with the status, failed as canceled, no child left', async (context) => {
  need(context, stage.isolated.ability.isolation === 'bubblewrap', 'no bubblewrap');
  const payload = job([], {
    steps: [
      {
        name: 'script',
        script: [
          'trap "echo asked; exit 9" TERM; setsid sleep 987 & echo started; while :; do echo .; sleep 0.1; done',
        ],
        timeout: 60,
      },
      { name: 'after_script', script: ['echo after $CI_JOB_STATUS'], timeout: 60 },
    ],
  });
  const running = perform(payload);
  await expect.poll(() => stage.server.trace(payload.id), { timeout: 20_000 }).toContain('started\n');
  stage.server.status.set(payload.id, 'canceling');
  stage.server.traces.set(payload.id, stage.server.traces.get(payload.id) ?? Buffer.alloc(0));
  const { outcome, trace, final } = await running;
  expect(outcome).toEqual({ state: 'failed', reason: 'job_canceled' });
  expect(trace).toContain('asked\n');
  expect(trace).toContain('after canceled\n');
  expect(final).toMatchObject({ state: 'failed', failure_reason: 'job_canceled' });
});

test('a job past its time ends with its tree, and says so', async () => {
  const { trace, final } = await perform(job(['sleep 60'], { runner_info: { timeout: 1 } }));
  expect(trace).toContain('took longer than 1 s');
  expect(final).toMatchObject({ state: 'failed', failure_reason: 'job_execution_timeout' });
});

test('a job whose attempt is void ends at once and sends nothing more', async () => {
  const payload = job(['echo started; while :; do echo .; sleep 0.1; done']);
  const running = perform(payload);
  await expect.poll(() => stage.server.trace(payload.id), { timeout: 20_000 }).toContain('started\n');
  stage.server.faults.trace.push({ status: 403 });
  const { final } = await running;
  expect(final).toBeUndefined();
});

/** The steps of a node's end, milliseconds from now. */
function endingIn(asked: number, killed: number, cleaned: number): Partial<NodeEnd> {
  const at = (ms: number, reason?: string) => {
    const step = new AbortController();
    setTimeout(() => step.abort(reason), ms);
    return step.signal;
  };
  return { asked: at(asked, 'lease'), killed: at(killed), cleaned: at(cleaned) };
}

test('a job that would outlive its lease is asked to end: its own clean-up, after_script and artifacts are delivered', async () => {
  const script = [
    'mkdir model; echo half > model/checkpoint',
    'trap "echo cleaned up; exit 1" TERM; echo begun; while :; do sleep 0.2 || :; done',
  ];
  const payload = job(script, {
    steps: [
      { name: 'script', script, timeout: 60 },
      { name: 'after_script', script: ['echo after $CI_JOB_STATUS', 'ls model'], timeout: 60 },
    ],
    artifacts: [{ name: 'model', paths: ['model/'], when: 'always' }],
  });
  const { trace, final } = await perform(payload, { ends: endingIn(2500, 20_000, 30_000) });
  expect(trace).toContain('cleaned up\n');
  expect(trace).toContain('after failed\n');
  expect(trace).toMatch(/after failed[\s\S]*checkpoint\n/);
  expect(trace).toContain('lease of its node is over');
  expect(stage.server.uploads.filter(({ jobId }) => jobId === payload.id)).toHaveLength(1);
  // `lease_over` is told only to a server that offers it; this one does not.
  expect(final).toMatchObject({ state: 'failed', failure_reason: 'unknown_failure' });
});

test('a job that ignores SIGTERM is killed when its time is over, and its after_script with the next step', async () => {
  const script = ['trap "" TERM; echo begun; while :; do sleep 1; done'];
  const begun = performance.now();
  const { trace, final } = await perform(
    job(script, {
      steps: [
        { name: 'script', script, timeout: 60 },
        {
          name: 'after_script',
          script: ['trap "" TERM; echo after; while :; do sleep 1; done'],
          timeout: 60,
        },
      ],
      features: { failure_reasons: ['lease_over'] },
    }),
    { ends: endingIn(2500, 3500, 4500) },
  );
  expect(performance.now() - begun).toBeLessThan(9500);
  expect(trace).toContain('after\n');
  expect(final).toMatchObject({ state: 'failed', failure_reason: 'lease_over' });
});

test('a job that fills the disk is ended', async () => {
  const { trace, final } = await perform(job(['head -c 30000000 /dev/zero > big; sleep 60']), {
    diskBytes: 10_000_000,
  });
  expect(trace).toMatch(/folder holds 0\.0 GB, its limit is 0\.0 GB/);
  expect(final).toMatchObject({ state: 'failed', failure_reason: 'script_failure' });
});

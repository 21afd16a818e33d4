import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handOut } from '../../../src/forge/embedded/hand-out.ts';
import type { JobRow } from '../../../src/forge/embedded/job-rows.ts';
import { SetoError } from '../../../src/shared/errors.ts';
import { type ForgeFixture, forgeFixture } from '../../support/forge-fixture.ts';

const ci = `stages: [a, b, c]
a1: { stage: a, script: [x], retry: 1 }
a2: { stage: a, script: [x], allow_failure: true, resource_group: line }
b1: { stage: b, script: [x], resource_group: line }
b2: { stage: b, script: [x], when: manual }
b3: { stage: b, script: [x], when: delayed, start_in: 1 minute }
n1: { stage: c, script: [x], needs: [a1] }
c1: { stage: c, script: [x], when: on_failure }
c2: { stage: c, script: [x], when: always, interruptible: true }
`;

type Step =
  | { do: 'take' | 'succeed' | 'fail' | 'silence' | 'minute' | 'cancelAll' | 'retryAll' }
  | { do: 'cancel' | 'retry' | 'play'; which: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Step>({ do: 'take' }, { do: 'succeed' }) },
  { weight: 3, arbitrary: fc.constantFrom<Step>({ do: 'fail' }, { do: 'minute' }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'silence' }, { do: 'cancelAll' }, { do: 'retryAll' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('cancel' as const, 'retry' as const, 'play' as const),
      which: fc.nat(7),
    }),
  },
);

let fixture: ForgeFixture;
let runnerId = 0;
let held = new Set<number>();
beforeAll(async () => {
  fixture = await forgeFixture();
  const folder = await fixture.clone('work', { '.gitlab-ci.yml': ci });
  await fixture.git(folder, 'push', '-o', 'ci.skip', 'origin', 'main');
  runnerId = fixture.forge.runners.create(
    { description: '', site: 'onprem', tags: [], runUntagged: true },
    'system',
  ).id;
  fixture.forge.setAdmission({
    admit: (job) => {
      if (held.has(job.jobId)) throw new Error(`job ${job.jobId} is given twice`);
      held.add(job.jobId);
      return 'go';
    },
    released: (jobId) => {
      if (!held.delete(jobId)) throw new Error(`job ${jobId} is released twice`);
    },
  });
});
afterAll(() => fixture.close());

const rows = (pipeline: number) =>
  fixture.store.all<JobRow>('SELECT * FROM jobs WHERE pipeline_id = ? ORDER BY id', pipeline);
const isHeld = (row: JobRow) => row.status === 'running' || row.status === 'canceling';

async function apply(pipeline: number, action: Step): Promise<void> {
  const { forge } = fixture;
  const now = rows(pipeline);
  const running = now.find(isHeld);
  const newest = now.filter((row) => row.newest === 1);
  const chosen = 'which' in action ? newest[action.which % newest.length] : undefined;
  try {
    if (action.do === 'take') {
      const runner = forge.runners.byId(runnerId);
      if (runner) handOut(forge.context, runner, { executor: 'shell', cancelsGracefully: true });
    } else if (action.do === 'succeed' && running) await forge.updateJob(running, { state: 'success' });
    else if (action.do === 'fail' && running)
      await forge.updateJob(running, { state: 'failed', exit_code: 1 });
    else if (action.do === 'silence') {
      fixture.turn(200_000);
      forge.sweep.tick();
    } else if (action.do === 'minute') {
      fixture.turn(61_000);
      forge.sweep.tick();
    } else if (action.do === 'cancelAll') forge.actions.cancelPipeline(pipeline, 'user:1');
    else if (action.do === 'retryAll') forge.actions.retryPipeline(pipeline, 'user:1');
    else if (chosen && action.do === 'cancel') forge.actions.cancelJob(chosen.id, 'user:1');
    else if (chosen && action.do === 'retry') forge.actions.retryJob(chosen.id, 'user:1');
    else if (chosen && action.do === 'play') forge.actions.playJob(chosen.id, 'user:1');
  } catch (error) {
    // A refusal is an answer; anything else is a fault.
    if (!(error instanceof SetoError)) throw error;
  }
}

function check(pipeline: number): void {
  const all = rows(pipeline);
  const names = new Set(all.map((row) => row.name));
  for (const name of names) {
    const attempts = all.filter((row) => row.name === name);
    expect(attempts.filter((row) => row.newest === 1).length).toBe(1);
    // Two attempts of a job never both write.
    expect(attempts.filter(isHeld).length).toBeLessThanOrEqual(1);
    expect(attempts.slice(0, -1).every((row) => row.finished_at !== null)).toBe(true);
  }
  for (const row of all) {
    expect(row.token_hash !== null).toBe(isHeld(row));
    expect(row.finished_at !== null).toBe(['success', 'failed', 'canceled', 'skipped'].includes(row.status));
  }
  expect(held).toEqual(new Set(all.filter(isHeld).map((row) => row.id)));
  const line = all.filter(
    (row) => row.resource_group === 'line' && (isHeld(row) || row.status === 'pending'),
  );
  expect(line.length).toBeLessThanOrEqual(1);
}

describe('a pipeline under any order of events', { timeout: 120_000 }, () => {
  it('never gives a job twice, never leaves a token alive, and always comes to an end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        held = new Set();
        const { pipelineId } = await fixture.forge.startPipeline({
          projectId: fixture.projectId,
          ref: 'main',
          source: 'api',
          userId: 1,
          variables: {},
        });
        for (const action of steps) {
          await apply(pipelineId, action);
          check(pipelineId);
        }
        // Left to itself, with runners that finish what they get, it ends.
        for (let at = 0; at < 60; at += 1)
          for (const last of [{ do: 'take' }, { do: 'succeed' }, { do: 'minute' }] as const)
            await apply(pipelineId, last);
        check(pipelineId);
        const open = rows(pipelineId).filter((row) => row.finished_at === null && row.status !== 'manual');
        expect(open.map((row) => [row.name, row.status])).toEqual([]);
        for (const row of rows(pipelineId))
          if (row.status === 'manual') fixture.forge.actions.cancelJob(row.id, 'user:1');
        expect(['success', 'failed', 'canceled']).toContain(fixture.forge.readPipeline(pipelineId)?.status);
      }),
      { numRuns: Number(process.env['SETO_FUZZ_RUNS'] ?? 25), seed: 20261124 },
    );
  });
});

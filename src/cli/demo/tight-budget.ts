import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type CostInterval, type CostReport, showBudget } from '../../api/contract/costs.ts';
import type { JobJson } from '../../api/contract/jobs.ts';
import { showPipeline } from '../../api/contract/pipelines.ts';
import { createProject } from '../../api/contract/projects.ts';
import { lookUpVm } from '../../cost/prices/price-book.ts';
import { shippedBook } from '../../cost/prices/shipped-book.ts';
import { endMarginMs } from '../../pools/admission.ts';
import { fault } from '../../shared/errors.ts';
import { type PhraseKey, say } from '../../shared/text.ts';
import { version } from '../../shared/version.ts';
import type { Cli } from '../cli.ts';
import { waitText } from '../job-text.ts';
import { billLines, type Recomputed, readBill, waitForNodesToEnd } from './bill.ts';
import { followPipeline } from './follow.ts';
import { seconds } from './show-on-stage.ts';
import type { Stage } from './stage.ts';

const vm = 'Standard_F4s_v2';
const region = 'japaneast';
const timeZone = 'Asia/Tokyo';
const yenPerDollar = 150;
const taxRate = 0.1;
const bootMs = 10_000;
const timeoutMs = 30_000;
const idleMs = 2000;
/**
 * Longer than the boot time that its lease keeps, so that its node, once free, is no room for the second job either;
 * longer than the second takes to ask and to wait; shorter, and the show would depend on the machine's speed.
 */
const workSeconds = 13;

/** What one lease of the pool below costs, and of what it is made. Milliseconds, yen. */
function tightLease() {
  const found = lookUpVm(shippedBook, region, vm);
  if (!found.found) throw fault('cost.unknown_vm', { vm, region, nearest: '' });
  const ms = bootMs + timeoutMs + idleMs + endMarginMs;
  const priceYenPerHour = Number((found.price * yenPerDollar).toFixed(9));
  // Up to the nano-yen, so that the lease itself still fits.
  const yen = Math.ceil(((priceYenPerHour * ms * (1 + taxRate)) / 3_600_000) * 1e9 - 1e-3) / 1e9;
  return { priceYenPerHour, bootMs, timeoutMs, idleMs, marginMs: endMarginMs, taxRate, ms, yen };
}

/** Two nodes could run, so it is the budget alone that holds the second job. */
export const tightConfiguration = `listen: 127.0.0.1:0
gateway: { listen: "127.0.0.1:0" }
link: { port: 0 }
timeZone: ${timeZone}
exchange: { yenPerDollar: ${yenPerDollar}, date: 2026-11-01 }
budget: { yenPerMonth: ${tightLease().yen}, mode: enforce, taxRate: ${taxRate} }
pools:
  - { name: train, site: cloud, driver: process, executor: process, tags: [cloud], vm: ${vm}, region: ${region}, maxNodes: 2, idleTimeout: ${idleMs}ms, bootTimeout: ${bootMs}ms }
`;

const ciFile = `stages: [train]
train:
  stage: train
  tags: [cloud]
  timeout: ${timeoutMs / 1000} seconds
  variables: { GIT_STRATEGY: none, WORK: "2" }
  script: [sleep "$WORK"]
`;

/** Every figure that `seto demo --tight-budget` shows. */
export interface TightFigures {
  version: string;
  simulated: { cloud: true; vm: string };
  lease: ReturnType<typeof tightLease>;
  budgetYen: { tight: number; raised: number };
  first: { job: number; nodeId: string | null; startedAt: number | null; finishedAt: number | null };
  second: TightFigures['first'] & { waited: JobJson['pendingReason']; text: string; exitCode: number };
  /** When the budget was raised, wall milliseconds. */
  raisedAt: number;
  bill: CostReport & { intervals: CostInterval[] };
  formula: Recomputed[];
  nodesEnded: boolean;
}

/** Two jobs and a budget for one: the second waits, says why, and runs when the budget is raised. */
export async function showTightBudget(cli: Cli, stage: Stage): Promise<TightFigures> {
  const { lang } = cli;
  const { client } = stage;
  const tell = (line: string) => cli.print(`   ${line}`);
  const title = (key: PhraseKey) => cli.print(`\n${say(lang, key)}`);
  const lease = tightLease();
  const raised = Number((2 * lease.yen).toFixed(9));
  const project = await makeProject(stage);
  const run = (...more: string[]) => ['pipeline', 'run', 'main', '--project', project, ...more];

  title('tight.step1');
  const total = lease.ms / 1000;
  tell(
    say(lang, 'tight.lease_time', {
      ...{ boot: bootMs / 1000, timeout: timeoutMs / 1000, idle: idleMs / 1000 },
      ...{ margin: lease.marginMs / 1000, total },
    }),
  );
  tell(
    say(lang, 'tight.lease_yen', { price: lease.priceYenPerHour, total, tax: 1 + taxRate, yen: lease.yen }),
  );

  title('tight.step2');
  const one = await stage.setoJson<{ id: number }>(run('--variable', `WORK=${workSeconds}`));
  const running = await jobWhen(cli, stage, one.id, (job) => job.status === 'running');
  tell(
    say(lang, 'demo.job_running', { stage: '', job: `#${running.id}`, node: running.nodeId ?? '' }).trim(),
  );
  tell(await standing(cli, stage));

  title('tight.step3');
  const asked = await stage.seto(run('--no-wait'), { allow: [4] });
  const two = one.id + 1;
  const held = await jobWhen(cli, stage, two, (job) => job.pendingReason?.code === 'budget');
  const stillRuns = (await jobOf(stage, one.id)).status;
  if (asked.code !== 4 || stillRuns !== 'running')
    throw fault('demo.figure', {
      expected: 'exit 4 while the first job runs',
      seen: `exit ${asked.code}, ${stillRuns}`,
    });
  const text = waitText(lang, held);
  tell(say(lang, 'demo.job_waiting', { stage: '', job: `#${held.id}`, reason: text }).trim());
  tell(say(lang, 'tight.exit', { command: 'seto pipeline run --no-wait', code: asked.code }));

  title('tight.step4');
  const raisedAt = Date.now();
  await stage.seto(['cost', 'budget', 'set', String(raised)]);
  tell(say(lang, 'tight.raised', { yen: raised }));
  const began = await jobWhen(cli, stage, two, (job) => job.startedAt !== null);
  const waitedMs = (began.startedAt ?? raisedAt) - raisedAt;
  if (waitedMs < 0)
    throw fault('demo.figure', { expected: 'a start after the raise', seen: `${waitedMs} ms` });
  tell(say(lang, 'tight.waited', { job: began.id, seconds: seconds(waitedMs) }));
  for (const id of [one.id, two])
    await followPipeline(client, id, lang, (line) => tell(`#${id} ${line}`), cli.signal);

  title('tight.step5');
  const nodesEnded = await waitForNodesToEnd(client, 30_000, cli.signal);
  const bill = await readBill(client);
  for (const line of billLines(bill, lang, timeZone)) tell(line);
  for (const { exact } of bill.recomputed) tell(say(lang, 'tight.agrees', { exact }));
  const pick = ({ id, nodeId, startedAt, finishedAt }: JobJson) => ({
    job: id,
    nodeId,
    startedAt,
    finishedAt,
  });
  return {
    version,
    simulated: { cloud: true, vm },
    lease,
    budgetYen: { tight: lease.yen, raised },
    first: pick(await jobOf(stage, one.id)),
    second: { ...pick(await jobOf(stage, two)), waited: held.pendingReason, text, exitCode: asked.code },
    raisedAt,
    bill: { ...bill.report, intervals: bill.intervals },
    formula: bill.recomputed,
    nodesEnded,
  };
}

/** A project whose push starts nothing: the two pipelines are asked for one by one. */
async function makeProject(stage: Stage): Promise<string> {
  const { path: project, gitUrl } = await stage.client.call(createProject, {
    body: { path: 'demo/tight', defaultBranch: 'main' },
  });
  const dir = path.join(stage.dir, 'tight');
  mkdirSync(dir);
  writeFileSync(path.join(dir, '.gitlab-ci.yml'), ciFile);
  await stage.git(dir, ['init', '--quiet', '--initial-branch', 'main']);
  await stage.git(dir, ['add', '--all']);
  await stage.git(dir, ['commit', '--quiet', '--message', 'One job in the cloud']);
  await stage.git(dir, ['push', '--quiet', '-o', 'ci.skip', gitUrl, 'main']);
  return project;
}

async function jobOf(stage: Stage, pipelineId: number): Promise<JobJson> {
  const { jobs } = await stage.client.call(showPipeline, { params: { id: pipelineId } });
  const [job] = jobs;
  if (job === undefined) throw fault('demo.figure', { expected: 'a job', seen: 'none' });
  return job;
}

async function jobWhen(
  cli: Cli,
  stage: Stage,
  pipelineId: number,
  holds: (job: JobJson) => boolean,
): Promise<JobJson> {
  const until = performance.now() + 30_000;
  for (;;) {
    cli.signal.throwIfAborted();
    const job = await jobOf(stage, pipelineId);
    if (holds(job)) return job;
    if (job.status === 'failed' || performance.now() > until)
      throw fault('demo.figure', {
        expected: `job ${job.id} to go on`,
        seen: `${job.status} ${waitText(cli.lang, job)}`,
      });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function standing(cli: Cli, stage: Stage): Promise<string> {
  const { kinds } = await stage.client.call(showBudget);
  const kind = kinds.find(({ simulated }) => simulated);
  const [committed, budget] = [kind?.committed.yen ?? 0, kind?.budget.yen ?? 0];
  return say(cli.lang, 'tight.kept', {
    committed: committed.toFixed(5),
    budget: budget.toFixed(5),
    left: Math.max(0, budget - committed).toFixed(5),
  });
}

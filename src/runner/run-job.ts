import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../shared/clock.ts';
import { explain, SetoError } from '../shared/errors.ts';
import { newId } from '../shared/ids.ts';
import type { Log } from '../shared/log.ts';
import type { Lang } from '../shared/text/format.ts';
import { say } from '../shared/text.ts';
import { version } from '../shared/version.ts';
import { backoffMs, isGone } from './backoff.ts';
import { watchDisk } from './disk-watch.ts';
import type { Ending, Executor, Workplace } from './executors/executor.ts';
import { fetchArtifacts, uploadArtifacts } from './job-artifacts.ts';
import { restoreCaches, saveCaches } from './job-cache.ts';
import { type JobContext, JobFailed, section, tell } from './job-context.ts';
import { jobEnvironment, secretValues } from './job-environment.ts';
import { type JobPayload, jobTimeoutMs } from './job-payload.ts';
import { fetchSources, graceMs, layOut } from './job-sources.ts';
import { createMasker } from './mask.ts';
import type { failureReasons, JobState, RunnerProtocol } from './protocol-client.ts';
import { stepScript } from './step-script.ts';
import { createTraceOutbox, type TraceOutbox } from './trace-outbox.ts';

export interface RunJobOptions {
  job: JobPayload;
  executor: Executor;
  protocol: RunnerProtocol;
  clock: Clock;
  log: Log;
  lang: Lang;
  /** How this node is called in the log. */
  nodeName: string;
  url: string;
  ca: string | null;
  /** Everything in it belongs to this node: spool/, cache/. */
  workDir: string;
  diskBytes: number;
  ends: NodeEnd;
  /** Aborted when the server should be asked at once how the job stands: it may have been cancelled. */
  look?: AbortSignal;
}

/** How a node's time ends, step by step. */
export interface NodeEnd {
  /** The job is asked to end. Reason `lease`: with its after_script and artifacts; else the node was ended by order. */
  asked: AbortSignal;
  /** What of the script still runs is killed. */
  killed: AbortSignal;
  /** after_script is killed; what there is, is delivered. */
  cleaned: AbortSignal;
  /** Nothing can be delivered any more (the node must be gone). */
  over: AbortSignal;
}

type Stop = 'canceling' | 'canceled' | 'gone' | 'lease' | 'ordered' | 'timeout' | 'disk';

interface Outcome {
  state: 'success' | 'failed';
  reason?: (typeof failureReasons)[number];
  exitCode?: number;
}

/** GitLab's limit for after_script: a hanging clean-up must not keep a billed node. */
const afterScriptMs = 5 * 60_000;

/**
 * Takes one job from its payload to the server's last word. Never rejects for what the job does. A server that is
 * away is no reason to stop: log and artifacts wait on disk and go out when it is back.
 */
export async function runJob(options: RunJobOptions): Promise<Outcome> {
  const { job, clock, protocol, lang } = options;
  const spool = path.join(options.workDir, 'spool', newId(`job-${job.id}`));
  const archives = path.join(spool, 'archives');
  await mkdir(archives, { recursive: true, mode: 0o700 });
  const stop = new AbortController();
  let stopped: Stop | null = null;
  const halt = (why: Stop) => {
    if (stopped === null || (stopped === 'canceling' && why !== 'canceling')) stopped = why;
    stop.abort();
  };
  const stopReason = (): Stop | null => stopped;
  const { ends } = options;
  const onAsked = () => halt(ends.asked.reason === 'lease' ? 'lease' : 'ordered');
  ends.asked.addEventListener('abort', onAsked, { once: true });
  if (ends.asked.aborted) onAsked();
  const trace = createTraceOutbox({
    file: path.join(spool, 'trace'),
    job,
    protocol,
    clock,
    onStatus: (status) => {
      if (status === 'canceling') halt('canceling');
      else if (status === 'canceled' || status === 'failed') halt('canceled');
      else if (status === 'gone') halt('gone');
    },
  });
  const onLook = () => trace.ask();
  options.look?.addEventListener('abort', onLook, { once: true });
  let mask = createMasker(secretValues(job, {}));
  let isFull = false;
  const emit = (chunk: Buffer) => {
    if (isFull || chunk.length === 0 || trace.write(chunk)) return;
    isFull = true;
    const { bytes } = trace.checksum();
    trace.write(Buffer.from(`\n${say(lang, 'runner.log_limit', { limit: bytes })}\n`));
  };
  const write = (data: Buffer | string) =>
    emit(mask.push(typeof data === 'string' ? Buffer.from(data) : data));
  const begun = clock.monotonic();
  const leftMs = () => begun + jobTimeoutMs(job) - clock.monotonic();
  const timer = new AbortController();
  void clock.sleep(jobTimeoutMs(job), timer.signal).then(() => {
    if (!timer.signal.aborted) halt('timeout');
  });
  const watching = new AbortController();
  let workplace: Workplace | null = null;
  let outcome: Outcome;
  try {
    workplace = await options.executor.open(job.id);
    const environment = jobEnvironment(
      job,
      { builds: workplace.inside, runtime: workplace.runtime },
      { url: options.url, isolation: workplace.isolation, ca: options.ca, version },
    );
    mask = createMasker(secretValues(job, environment.env));
    const context: JobContext = {
      ...{ job, workplace, environment, protocol, clock, lang, spool: archives, write, leftMs },
      log: options.log,
      cacheDir: path.join(options.workDir, 'cache'),
      stop: stop.signal,
      kill: ends.killed,
    };
    void watchDisk({
      folder: workplace.outside,
      limitBytes: options.diskBytes,
      clock,
      signal: watching.signal,
      exceeded: (found) => {
        if ('bytes' in found)
          tell(context, 'runner.disk_limit', { gb: gb(found.bytes), limitGb: gb(options.diskBytes) }, 'red');
        else tell(context, 'runner.disk_full', { freeMb: Math.floor(found.freeBytes / 1e6) }, 'red');
        halt('disk');
      },
    });
    outcome = await perform(context, options, stopReason);
  } catch (error) {
    options.log.error({ jobId: job.id, error: String(error) }, 'a job failed inside the runner');
    const text = error instanceof SetoError ? explain(error.code, error.values, lang).message : String(error);
    tell({ write, lang }, 'runner.failed', { reason: text }, 'red');
    outcome = { state: 'failed', reason: 'runner_system_failure' };
  } finally {
    timer.abort();
    watching.abort();
    ends.asked.removeEventListener('abort', onAsked);
    options.look?.removeEventListener('abort', onLook);
  }
  emit(mask.end());
  try {
    if (stopReason() !== 'gone') await deliver(options, trace, outcome);
  } finally {
    trace.close();
    await workplace?.close().catch((error: unknown) => {
      options.log.warn({ jobId: job.id, error: String(error) }, 'a job folder could not be removed');
    });
    await rm(spool, { recursive: true, force: true });
  }
  return outcome;
}

/** The phases of GitLab's runner, in its order. */
async function perform(
  context: JobContext,
  options: RunJobOptions,
  stopReason: () => Stop | null,
): Promise<Outcome> {
  const { workplace } = context;
  tell(context, 'runner.running_with', { version, node: options.nodeName });
  const values = { limits: workplace.limits, diskGb: gb(options.diskBytes) };
  if (workplace.isolation === 'none') tell(context, 'runner.not_isolated', values, 'yellow');
  else tell(context, 'runner.isolated', values);
  let outcome: Outcome;
  try {
    await layOut(context);
    await fetchSources(context);
    await restoreCaches(context).catch((error: unknown) => shrug(context, error));
    await fetchArtifacts(context);
    const ending = await section(context, 'step_script', 'runner.section.script', () => runScript(context));
    outcome = outcomeOf(ending, 'script_failure');
  } catch (error) {
    if (!(error instanceof JobFailed)) throw error;
    if (stopReason() === null) context.write(`${error.message}\n`);
    outcome = outcomeOf(error.ending, error.reason);
  }
  const why = stopReason();
  const graceful = why === 'canceling' || why === 'lease';
  if (why === null || graceful) await runAfterScript(context, options.ends, outcome, why);
  if (why === null || why === 'lease' || why === 'timeout' || why === 'disk') {
    const succeeded = outcome.state === 'success';
    // A cache is worth nothing beside the artifacts where the node has seconds left.
    if (why !== 'lease')
      await saveCaches(context, succeeded, options.ends.over).catch((error: unknown) =>
        shrug(context, error),
      );
    const refused = await uploadArtifacts(context, succeeded, options.ends.over);
    if (refused !== null && succeeded) outcome = { state: 'failed', reason: refused };
  }
  outcome = judge(outcome, stopReason());
  conclude(context, outcome, stopReason());
  return outcome;
}

/** What a stop makes of the outcome. */
function judge(outcome: Outcome, why: Stop | null): Outcome {
  switch (why) {
    case 'timeout':
      return { state: 'failed', reason: 'job_execution_timeout' };
    case 'canceling':
    case 'canceled':
    case 'gone':
      return { state: 'failed', reason: 'job_canceled' };
    case 'lease':
      return { state: 'failed', reason: 'lease_over' };
    case 'ordered':
      return { state: 'failed', reason: 'runner_system_failure' };
    case 'disk':
      return { state: 'failed', reason: 'script_failure' };
    default:
      return outcome;
  }
}

function conclude(context: JobContext, outcome: Outcome, why: Stop | null): void {
  if (outcome.state === 'success') tell(context, 'runner.succeeded', {}, 'green');
  else if (why === 'timeout')
    tell(context, 'runner.timed_out', { seconds: Math.round(jobTimeoutMs(context.job) / 1000) }, 'red');
  else if (why === 'canceling' || why === 'canceled' || why === 'gone')
    tell(context, 'runner.canceled', {}, 'red');
  else if (why === 'lease') tell(context, 'runner.lease_over', {}, 'red');
  else if (why === 'ordered') tell(context, 'runner.node_ordered', {}, 'red');
  else if (outcome.exitCode !== undefined)
    tell(context, 'runner.failed_code', { code: outcome.exitCode }, 'red');
  else tell(context, 'runner.failed', { reason: outcome.reason ?? 'unknown' }, 'red');
}

function outcomeOf(ending: Ending, reason: 'script_failure' | 'runner_system_failure'): Outcome {
  if (ending.kind === 'timed_out') return { state: 'failed', reason: 'job_execution_timeout' };
  if (ending.kind === 'stopped') return { state: 'failed', reason: 'unknown_failure' };
  return ending.code === 0 ? { state: 'success' } : { state: 'failed', reason, exitCode: ending.code };
}

async function runScript(context: JobContext): Promise<Ending> {
  const step = context.job.steps.find(({ name }) => name !== 'after_script');
  return await runStep(context, step?.script ?? [], 'script', context.environment.env, {
    timeoutMs: Math.min(
      context.leftMs(),
      step && step.timeout > 0 ? step.timeout * 1000 : Number.POSITIVE_INFINITY,
    ),
    stop: context.stop,
    kill: context.kill,
  });
}

async function runAfterScript(
  context: JobContext,
  ends: NodeEnd,
  outcome: Outcome,
  why: Stop | null,
): Promise<void> {
  const step = context.job.steps.find(({ name }) => name === 'after_script');
  if (step === undefined || step.script.length === 0) return;
  const status = why === 'canceling' ? 'canceled' : outcome.state;
  const ending = await section(context, 'after_script', 'runner.section.after_script', () =>
    runStep(
      context,
      step.script,
      'after_script',
      { ...context.environment.env, CI_JOB_STATUS: status },
      {
        timeoutMs: Math.min(afterScriptMs, step.timeout > 0 ? step.timeout * 1000 : afterScriptMs),
        // Of a job that was asked to end, only the next step of the node's end stops the clean-up.
        stop: why === 'lease' ? ends.cleaned : why === 'canceling' ? ends.asked : context.stop,
        kill: ends.cleaned,
      },
    ),
  );
  if (ending.kind === 'exited' && ending.code === 0) return;
  const reason = ending.kind === 'exited' ? `exit code ${ending.code}` : ending.kind;
  tell(context, 'runner.after_script_failed', { reason }, 'yellow');
}

/**
 * Runs commands in one shell from a script file; standard input is empty. The file lies where the job cannot put a link
 * in its place: it is written with the node's rights, after the job's own programs have run.
 */
async function runStep(
  context: JobContext,
  commands: readonly string[],
  name: string,
  env: Readonly<Record<string, string>>,
  limits: { timeoutMs: number; stop: AbortSignal; kill: AbortSignal },
): Promise<Ending> {
  const { workplace, environment, spool } = context;
  const file = path.join(spool, `${name}.sh`);
  const seen = `/in/${name}.sh`;
  await writeFile(file, stepScript(commands, workplace.shell.name), { mode: 0o600 });
  return await workplace.run({
    argv: [workplace.shell.path, workplace.place(file, seen)],
    env,
    cwd: environment.projectDir,
    mounts: [{ from: file, to: seen }],
    ...limits,
    graceMs,
    output: context.write,
  });
}

function shrug(context: JobContext, error: unknown): void {
  if (error instanceof SetoError)
    context.write(`${explain(error.code, error.values, context.lang).message}\n`);
  else throw error;
}

/** The rest of the log, then the state, until the server has taken it, knows the attempt no more, or time is over. */
async function deliver(options: RunJobOptions, trace: TraceOutbox, outcome: Outcome): Promise<void> {
  const { protocol, job, clock } = options;
  const deadline = options.ends.over;
  const over = new Promise<false>((resolve) => {
    if (deadline.aborted) resolve(false);
    deadline.addEventListener('abort', () => resolve(false), { once: true });
  });
  if (!(await Promise.race([trace.finish(), over]))) return;
  const state: JobState = { state: outcome.state };
  const offered = [
    ...(job.features?.failure_reasons ?? []),
    'script_failure',
    'runner_system_failure',
    'job_execution_timeout',
  ];
  if (outcome.reason !== undefined)
    state.failureReason = offered.includes(outcome.reason) ? outcome.reason : 'unknown_failure';
  if (outcome.exitCode !== undefined) state.exitCode = outcome.exitCode;
  for (let attempt = 0; !deadline.aborted; attempt += 1) {
    const reply = await protocol.update(job, { ...state, ...trace.checksum() });
    if (reply.status === 200 || isGone(reply.status)) return;
    if (reply.status === 412) {
      trace.rewind(0);
      if (!(await Promise.race([trace.finish(), over]))) return;
    }
    await clock.sleep(reply.retryAfterMs ?? backoffMs(attempt), deadline);
  }
}

function gb(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}

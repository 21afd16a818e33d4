import { mkdir } from 'node:fs/promises';
import { uptime } from 'node:os';
import { detectSandbox } from '../sandbox/detect.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { type Clock, systemClock } from '../shared/clock.ts';
import { writeDurably } from '../shared/durable.ts';
import { explain, fault } from '../shared/errors.ts';
import { createLog, type Log } from '../shared/log.ts';
import { createOutbound } from '../shared/outbound.ts';
import { type Lang, langFrom } from '../shared/text/format.ts';
import { version } from '../shared/version.ts';
import { backoffMs } from './backoff.ts';
import { createControlLink, type Enrolled } from './control-link.ts';
import { processExecutor } from './executors/process.ts';
import { jobMemoryMb, jobProcesses, jobTmpBytes } from './job-limits.ts';
import { type LeaseState, type LeaseWord, leaseFrom, leaseMoments } from './lease.ts';
import { readBootstrap } from './node-bootstrap.ts';
import { type NodeIdentity, serveNode } from './node-socket.ts';
import { createRunnerProtocol, type Request } from './protocol-client.ts';
import { runJob } from './run-job.ts';

/** Why a node ended; the control plane's own words. */
export type EndReason = 'idle' | 'lease' | 'drained' | 'ordered' | 'lost' | 'failed';

export interface NodeOptions {
  clock?: Clock;
  log?: Log;
  lang?: Lang;
  /** Orders from the process: the first drains, the second ends. Without any, the process is not this node's own. */
  signals?: readonly NodeJS.Signals[];
}

/** A connection that is refused fails sooner, one that is held lasts longer. */
const heldMs = 1000;
/** Between two beats where enrolling has not yet said how often. */
const firstBeatMs = 10_000;
/** How long the process may live on after the node: a job that does not settle must not outlive the lease. */
const lingerMs = 1000;
/** The farewell is a courtesy; the record file is what counts. */
const farewellMs = 3000;

/**
 * One node, from its bootstrap file to its end: enrolls, takes jobs one at a time, says that it lives, and ends itself
 * when its lease is over or it had no work for too long, whether it reaches the control plane or not. A node without
 * a lease lives on while the control plane is away and asks again when it is back.
 */
export async function runNode(bootstrapFile: string, options: NodeOptions = {}): Promise<EndReason> {
  const clock = options.clock ?? systemClock;
  const begun = clock.monotonic();
  const startedAt = clock.now();
  const boot = readBootstrap(bootstrapFile);
  const log = (options.log ?? createLog('node')).child({ node: boot.nodeId });
  const lang = options.lang ?? langFrom(process.env);
  const signals = options.signals ?? ['SIGTERM', 'SIGINT'];

  let lease: LeaseState = leaseFrom(begun, { leaseMs: boot.leaseMs });
  let idleTimeoutMs = boot.endAfterIdleMs;
  let state: NodeIdentity['state'] = 'starting';
  let since = clock.monotonic();
  let jobId: number | null = null;
  let reason: EndReason | null = null;
  const endReason = (): EndReason => reason ?? 'failed';
  let draining = false;
  /** The present job may have been cancelled with the order to drain. */
  const look = new AbortController();
  /** No new job any more. */
  const closing = new AbortController();
  /** The present job is asked to end; the signal's reason is why. */
  const asked = new AbortController();
  /** The steps of a lease's end, as in `leaseMoments`. */
  const killed = new AbortController();
  const cleaned = new AbortController();
  /** Nothing is delivered any more. */
  const over = new AbortController();
  let leaseChanged = new AbortController();

  const enter = (next: NodeIdentity['state']) => {
    state = next;
    since = clock.monotonic();
  };
  const end = (why: EndReason) => {
    reason ??= why;
    closing.abort();
  };
  const drain = () => {
    draining = true;
    if (jobId === null) end('drained');
    closing.abort();
    look.abort();
  };
  const endNow = (why: EndReason) => {
    end(why);
    asked.abort(why);
  };
  let told = 0;
  const renew = (sentAt: number, word: LeaseWord) => {
    lease = leaseFrom(sentAt, word, lease);
    leaseChanged.abort();
    const leftMs = (lease.endsAt ?? 0) - clock.monotonic();
    const endsAt = Math.ceil(uptime() + leftMs / 1000);
    // Each beat renews; only what an extension moves is written.
    if (boot.leaseFile === null || lease.endsAt === null || Math.abs(endsAt - told) <= 1) return;
    told = endsAt;
    writeDurably(boot.leaseFile, `${Math.max(0, endsAt)}\n`).catch((error: unknown) => {
      told = 0;
      log.error({ error: String(error) }, 'the lease could not be noted; the machine ends by the one before');
    });
  };
  const onSignal = () => (draining ? endNow('ordered') : drain());
  for (const each of signals) process.on(each, onSignal);

  await mkdir(boot.workDir, { recursive: true, mode: 0o700 });
  const record = (endedAt?: number) =>
    writeDurably(
      boot.recordFile,
      JSON.stringify({ nodeId: boot.nodeId, startedAt, ...(endedAt === undefined ? {} : { endedAt }) }),
    );
  await record();
  const socket = await serveNode(
    boot.socket,
    () => ({
      installationId: boot.installationId,
      nodeId: boot.nodeId,
      version,
      pid: process.pid,
      state: closing.signal.aborted && jobId === null ? 'ending' : state,
      jobId,
    }),
    { end: () => endNow('ordered'), drain },
  );
  const outbound = createOutbound({ allow: [boot.url], ca: boot.ca });
  const link = createControlLink(outbound, boot.url);
  let nodeToken: string | null = null;
  const finished = new AbortController();

  const watchLease = async () => {
    while (!finished.signal.aborted) {
      leaseChanged = new AbortController();
      const { askAt, killAt, cleanAt, stopAt, endsAt } = leaseMoments(lease);
      const wake = AbortSignal.any([leaseChanged.signal, finished.signal]);
      const ask = () => {
        if (!asked.signal.aborted) log.warn({}, 'the lease is nearly over');
        endNow('lease');
      };
      const steps: [number, () => void][] = [
        [askAt, ask],
        [killAt, () => killed.abort()],
        [cleanAt, () => cleaned.abort()],
        [stopAt, () => over.abort()],
      ];
      /** False where the lease changed meanwhile. */
      const reached = async (at: number): Promise<boolean> => {
        await clock.sleep(Math.min(Math.max(at - clock.monotonic(), 0), 2 ** 31 - 1), wake);
        return !wake.aborted && clock.monotonic() >= at;
      };
      let steady = true;
      for (const [at, act] of steps) {
        steady = await reached(at);
        if (!steady) break;
        act();
      }
      if (steady && (await reached(endsAt))) return;
    }
  };
  const beatOnce = async (): Promise<void> => {
    if (nodeToken === null) return;
    const sentAt = clock.monotonic();
    const answer = await link.beat(nodeToken, {
      state: jobId === null ? 'idle' : 'busy',
      sinceMs: Math.round(clock.monotonic() - since),
    });
    if (answer.kind === 'ok') {
      renew(sentAt, answer.value);
      if (answer.value.command === 'drain') drain();
      else if (answer.value.command === 'end') endNow('ordered');
    } else if (answer.kind === 'refused') {
      log.warn({ reason: answer.reason }, 'the control plane knows this node no more');
      endNow('lost');
    }
  };
  const beats = async (everyMs: number) => {
    while (!finished.signal.aborted) {
      await beatOnce();
      await clock.sleep(everyMs, finished.signal);
    }
  };

  const enroll = async (): Promise<Enrolled | null> => {
    for (let attempt = 0; !closing.signal.aborted; attempt += 1) {
      const sentAt = clock.monotonic();
      const answer = await link.enroll(boot.oneTimeToken);
      if (answer.kind === 'ok') {
        renew(sentAt, answer.value);
        return answer.value;
      }
      if (answer.kind === 'refused') {
        const { code, values } = fault('runner.not_enrolled', { reason: answer.reason });
        log.error({ reason: answer.reason }, explain(code, values, 'en').message);
        end('failed');
        return null;
      }
      await clock.sleep(backoffMs(attempt), closing.signal);
    }
    return null;
  };

  const work = async (enrolled: Enrolled, sandbox: Sandbox): Promise<void> => {
    const executor = processExecutor({
      sandbox,
      workDir: boot.workDir,
      runtimeDir: boot.runtimeDir,
      limits: { memoryMb: boot.memoryMb ?? jobMemoryMb(), processes: jobProcesses, tmpBytes: jobTmpBytes },
      outer: cgroupOf(process.env['SETO_NODE_CGROUP']),
    });
    const protocol = createRunnerProtocol({
      outbound,
      url: boot.url,
      token: () => enrolled.runnerToken,
      systemId: boot.nodeId,
      executor: executor.name,
      lang,
    });
    let lastUpdate = '';
    let failures = 0;
    enter('idle');
    while (!closing.signal.aborted) {
      const askedAt = clock.monotonic();
      const request = await next(protocol, lastUpdate);
      if (request === null) return;
      // A poll that was held and then cut is the first failure again: the server was there until now.
      if (clock.monotonic() - askedAt > heldMs) failures = 0;
      if (request.kind === 'none') lastUpdate = request.lastUpdate;
      if (request.kind === 'none' || request.kind === 'job') failures = 0;
      if (request.kind === 'unreadable') {
        log.error({ problems: request.problems }, 'a job could not be read');
        if (request.jobId !== null && request.token !== null)
          await protocol.update(
            { id: request.jobId, token: request.token },
            { state: 'failed', failureReason: 'runner_system_failure' },
          );
      }
      if (request.kind === 'job') {
        // An order may have come while the server handed out the job: it is ours now, and `asked` ends it.
        jobId = request.job.id;
        enter('busy');
        log.info({ job: jobId }, 'a job begins');
        const outcome = await runJob({
          ...{ job: request.job, executor, protocol, clock, log, lang, url: boot.url, ca: boot.ca },
          nodeName: boot.nodeId,
          workDir: boot.workDir,
          diskBytes: boot.diskGb * 1e9,
          ends: { asked: asked.signal, killed: killed.signal, cleaned: cleaned.signal, over: over.signal },
          look: look.signal,
        });
        log.info({ job: jobId, ...outcome }, 'the job is over');
        jobId = null;
        enter('idle');
        if (draining) end('drained');
      } else if (request.kind !== 'none') {
        const afterMs = request.kind === 'later' ? request.retryAfterMs : null;
        await clock.sleep(Math.min(afterMs ?? backoffMs(failures), idleLeftMs()), closing.signal);
        failures += 1;
        if (idleLeftMs() <= 0) end('idle');
      }
    }
  };

  const idleLeftMs = () =>
    idleTimeoutMs === null
      ? Number.POSITIVE_INFINITY
      : Math.max(0, since + idleTimeoutMs - clock.monotonic());

  /** One long poll, given up when the node must end or was idle for too long; null then. */
  const next = async (
    protocol: ReturnType<typeof createRunnerProtocol>,
    lastUpdate: string,
  ): Promise<Request | null> => {
    const idle = new AbortController();
    const settled = new AbortController();
    void clock
      .sleep(Math.min(idleLeftMs(), 2 ** 31 - 1), AbortSignal.any([settled.signal, closing.signal]))
      .then(() => {
        // A timer fires up to a millisecond before the monotonic clock says so.
        if (settled.signal.aborted || closing.signal.aborted || idleLeftMs() > 20) return;
        idle.abort();
      });
    try {
      return await protocol.request(lastUpdate, AbortSignal.any([closing.signal, idle.signal]));
    } catch {
      if (idle.signal.aborted) end('idle');
      return closing.signal.aborted ? null : { kind: 'later', retryAfterMs: null };
    } finally {
      settled.abort();
    }
  };

  const life = async () => {
    const detecting = detectSandbox({ isolation: boot.isolation });
    const enrolled = await enroll();
    if (enrolled === null) return;
    nodeToken = enrolled.nodeToken;
    idleTimeoutMs = enrolled.idleTimeoutMs;
    log.info({ url: boot.url, pool: boot.pool }, 'enrolled');
    void beats(enrolled.heartbeatMs || firstBeatMs);
    await work(enrolled, await detecting);
  };

  const leaseWatch = watchLease();
  try {
    await Promise.race([life(), leaseWatch]);
  } catch (error) {
    log.error(
      { error: error instanceof Error ? (error.stack ?? error.message) : String(error) },
      'the node failed',
    );
    end('failed');
  } finally {
    finished.abort();
    const why = endReason();
    await record(clock.now());
    if (nodeToken !== null && why !== 'lost') {
      const body = { ranMs: Math.round(clock.monotonic() - begun), reason: why };
      const said = new AbortController();
      await Promise.race([link.ended(nodeToken, body), clock.sleep(farewellMs, said.signal)]);
      // A timer left behind would keep the process, and its bill, for three seconds more.
      said.abort();
    }
    for (const each of signals) process.off(each, onSignal);
    socket.close();
    socket.closeAllConnections();
    await Promise.race([outbound.close(), clock.sleep(500)]);
    log.info({ reason: why }, 'the node has ended');
    if (signals.length > 0) setTimeout(() => process.exit(0), lingerMs).unref();
  }
  return endReason();
}

/** The cgroup that the driver put this node into, whose limits hold for its jobs too. */
function cgroupOf(value: string | undefined): 'cgroup-v1' | 'cgroup-v2' | null {
  return value === 'cgroup-v1' || value === 'cgroup-v2' ? value : null;
}

import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Clock } from '../shared/clock.ts';
import { backoffMs, isGone } from './backoff.ts';
import type { JobPayload } from './job-payload.ts';
import type { Reply, RunnerProtocol } from './protocol-client.ts';

/** The job's log on its way to the server: kept whole on disk, sent as it grows, and again from where it was cut. */
export interface TraceOutbox {
  /** Appends bytes; returns false once the limit is reached (the bytes are dropped, which the log says). */
  write(chunk: Uint8Array): boolean;
  /** Sends what is left; false where the server does not know the job any more. */
  finish(): Promise<boolean>;
  /** Sends everything again from this offset (after 412). */
  rewind(to: number): void;
  checksum(): { checksum: string; bytes: number };
  /** Asks the server at once how the job stands, instead of with the next keep-alive. */
  ask(): void;
  close(): void;
}

/** GitLab's own: larger logs are hard to show and to store. */
const defaultLimitBytes = 4 * 1024 * 1024;
/** The most that one PATCH carries. */
const patchBytes = 1024 * 1024;
/** Collected before the first PATCH after a pause, milliseconds: less sends single lines, more is seen as a lag. */
const gatherMs = 50;
/** GitLab's default between two PATCHes, where the server names none. */
const defaultIntervalMs = 3000;
/** In a silent job a cancel is heard only so often, and silence of 60 s voids the attempt. */
const keepAliveMs = 30_000;

export function createTraceOutbox(options: {
  file: string;
  job: JobPayload;
  protocol: RunnerProtocol;
  clock: Clock;
  /** Every word of the server about the job; `gone` where it knows it no more. */
  onStatus: (status: string) => void;
  limitBytes?: number;
}): TraceOutbox {
  const { job, protocol, clock } = options;
  const limit = options.limitBytes ?? defaultLimitBytes;
  const descriptor = openSync(options.file, 'w+', 0o600);
  let size = 0;
  let sent = 0;
  let crc = 0;
  let gone = false;
  let closing = false;
  let closed = false;
  let intervalMs = defaultIntervalMs;
  let lastPatch = Number.NEGATIVE_INFINITY;
  // The first keep-alive goes out at once: the server learns that the job arrived.
  let lastContact = Number.NEGATIVE_INFINITY;
  let firstUnsent = 0;
  let failures = 0;
  let wake = new AbortController();

  const append = (chunk: Uint8Array) => {
    if (size === sent) firstUnsent = clock.monotonic();
    writeSync(descriptor, chunk, 0, chunk.length, size);
    size += chunk.length;
    crc = crc32(chunk, crc);
    wake.abort();
  };
  const heard = (reply: Reply) => {
    if (isGone(reply.status)) {
      gone = true;
      options.onStatus('gone');
      return;
    }
    if (reply.status !== 0 && reply.status < 500) {
      lastContact = clock.monotonic();
      failures = 0;
    }
    if (reply.intervalMs !== null) intervalMs = reply.intervalMs;
    if (reply.jobStatus !== null) options.onStatus(reply.jobStatus);
  };
  const pause = async (reply: Reply) => {
    const ms = reply.retryAfterMs ?? backoffMs(failures);
    failures += 1;
    await clock.sleep(ms);
  };
  const patch = async () => {
    if (closed) return;
    const chunk = Buffer.alloc(Math.min(size - sent, patchBytes));
    readSync(descriptor, chunk, 0, chunk.length, sent);
    const reply = await protocol.patchTrace(job, sent, chunk);
    heard(reply);
    lastPatch = clock.monotonic();
    if (reply.status === 202 || reply.status === 200) sent += chunk.length;
    else if (reply.status === 416 && reply.held !== null) {
      if (reply.held === sent || reply.held > size) await pause(reply);
      sent = Math.min(reply.held, size);
    } else if (!gone) await pause(reply);
  };
  const loop = async () => {
    while (!gone) {
      const now = clock.monotonic();
      const unsent = size - sent;
      const patchDue = Math.max(lastPatch + intervalMs, firstUnsent + gatherMs);
      const aliveDue = lastContact + keepAliveMs;
      if (unsent > 0 && (closing || unsent >= patchBytes || now >= patchDue)) await patch();
      else if (closing && unsent === 0) return;
      else if (now >= aliveDue) {
        const reply = await protocol.update(job, { state: 'running' });
        heard(reply);
        if (!gone && (reply.status === 0 || reply.status >= 500)) await pause(reply);
      } else {
        wake = new AbortController();
        await clock.sleep((unsent > 0 ? Math.min(patchDue, aliveDue) : aliveDue) - now, wake.signal);
      }
    }
  };
  let running = loop();
  return {
    write: (chunk) => {
      if (closed) return true;
      if (size + chunk.length <= limit) {
        append(chunk);
        return true;
      }
      return false;
    },
    finish: async () => {
      closing = true;
      wake.abort();
      await running;
      return !gone;
    },
    rewind: (to) => {
      sent = Math.min(to, size);
      running = running.then(loop);
    },
    ask: () => {
      lastContact = Number.NEGATIVE_INFINITY;
      wake.abort();
    },
    checksum: () => ({ checksum: `crc32:${crc.toString(16).padStart(8, '0')}`, bytes: size }),
    close: () => {
      gone = true;
      closed = true;
      wake.abort();
      closeSync(descriptor);
    },
  };
}

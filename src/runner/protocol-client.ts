import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { newId } from '../shared/ids.ts';
import type { Outbound, OutboundResponse } from '../shared/outbound.ts';
import type { Lang } from '../shared/text/format.ts';
import { version } from '../shared/version.ts';
import { type JobPayload, jobPayload } from './job-payload.ts';

/** What the server said to a call of a running job. Status 0: nothing answered. */
export interface Reply {
  status: number;
  /** `Job-Status`: what the server thinks of the job. */
  jobStatus: string | null;
  /** `Retry-After`, milliseconds. */
  retryAfterMs: number | null;
  /** `X-GitLab-Trace-Update-Interval`, milliseconds. */
  intervalMs: number | null;
  /** On 416: how many bytes of the log the server holds. */
  held: number | null;
  /** Id of what was stored, where the body names one. */
  id: string | null;
  /** What the server says of a refusal, `400 …`. */
  message: string | null;
}

export type Request =
  | { kind: 'job'; job: JobPayload }
  | { kind: 'none'; lastUpdate: string }
  /** The token is not (or no longer) known. */
  | { kind: 'refused' }
  | { kind: 'unreadable'; problems: string; jobId: number | null; token: string | null }
  | { kind: 'later'; retryAfterMs: number | null };

export interface JobState {
  state: 'running' | 'success' | 'failed';
  failureReason?: string;
  exitCode?: number;
  checksum?: string;
  bytes?: number;
}

/** The runner's half of GitLab's runner protocol: one call each, no retries. Only `download` and `request` may throw. */
export interface RunnerProtocol {
  request(lastUpdate: string, signal: AbortSignal): Promise<Request>;
  update(job: { id: number; token: string }, state: JobState): Promise<Reply>;
  patchTrace(job: JobPayload, from: number, chunk: Buffer): Promise<Reply>;
  upload(job: JobPayload, file: string, options: UploadOptions): Promise<Reply>;
  download(dependency: { id: number; token: string }, target: string, signal: AbortSignal): Promise<number>;
}

export interface UploadOptions {
  filename: string;
  expireIn: string;
  format: string;
  type: string;
}

/** Failure reasons we tell apart; the server offers more in a job's `features`. */
export const failureReasons = [
  'script_failure',
  'runner_system_failure',
  'job_execution_timeout',
  'unknown_failure',
  'job_canceled',
  // Ours; a server that does not offer it hears `unknown_failure`.
  'lease_over',
] as const;

const features = {
  ...{ variables: true, artifacts: true, cache: true, refspecs: true, masking: true, raw_variables: true },
  ...{ upload_multiple_artifacts: true, upload_raw_artifacts: true, artifacts_exclude: true },
  ...{
    multi_build_steps: true,
    return_exit_code: true,
    trace_reset: true,
    trace_checksum: true,
    trace_size: true,
  },
  ...{
    cancelable: true,
    cancel_gracefully: true,
    fallback_cache_keys: true,
    failure_reasons: failureReasons,
  },
};

/** Longer than the 50 s for which a server holds the request, so that the runner is never the one to hang up. */
const longPollMs = 90_000;

export function createRunnerProtocol(options: {
  outbound: Outbound;
  url: string;
  /** Asked anew each time: a node may get another. */
  token: () => string;
  systemId: string;
  executor: string;
  /** Of what the server says about a job: it goes into the job’s log. */
  lang: Lang;
}): RunnerProtocol {
  const base = `${options.url.replace(/\/$/, '')}/api/v4`;
  const info = {
    ...{ name: 'seto', version, revision: version, platform: 'linux', architecture: 'amd64' },
    ...{ executor: options.executor, shell: 'bash', features },
  };
  const call = async (url: string, request: Parameters<Outbound['request']>[1]): Promise<Reply> => {
    try {
      const response = await options.outbound.request(url, request);
      return replyOf(response, await textOf(response));
    } catch {
      return {
        ...{ status: 0, jobStatus: null, retryAfterMs: null, intervalMs: null, held: null },
        ...{ id: null, message: null },
      };
    }
  };
  return {
    request: async (lastUpdate, signal) => {
      const response = await options.outbound.request(`${base}/jobs/request`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          'runner-token': options.token(),
        },
        body: JSON.stringify({
          info,
          token: options.token(),
          system_id: options.systemId,
          ...(lastUpdate === '' ? {} : { last_update: lastUpdate }),
        }),
        signal,
        silenceMs: longPollMs,
      });
      const text = await textOf(response);
      if (response.status === 204)
        return { kind: 'none', lastUpdate: header(response, 'x-gitlab-last-update') ?? lastUpdate };
      if (response.status === 403 || response.status === 401) return { kind: 'refused' };
      if (response.status !== 201) return { kind: 'later', retryAfterMs: retryAfter(response) };
      return readJob(text);
    },
    update: (job, state) =>
      call(`${base}/jobs/${job.id}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', 'job-token': job.token },
        body: JSON.stringify({
          info,
          token: job.token,
          state: state.state,
          ...(state.failureReason === undefined ? {} : { failure_reason: state.failureReason }),
          ...(state.exitCode === undefined ? {} : { exit_code: state.exitCode }),
          ...(state.checksum === undefined
            ? {}
            : { checksum: state.checksum, output: { checksum: state.checksum, bytesize: state.bytes } }),
        }),
      }),
    patchTrace: (job, from, chunk) =>
      call(`${base}/jobs/${job.id}/trace`, {
        method: 'PATCH',
        headers: {
          'content-type': 'text/plain',
          'content-range': `${from}-${from + chunk.length - 1}`,
          'job-token': job.token,
        },
        body: chunk,
      }),
    upload: async (job, file, { filename, expireIn, format, type }) => {
      const boundary = newId('part');
      const name = filename.replace(/["\r\n\\]/g, '_');
      const disposition = `content-disposition: form-data; name="file"; filename="${name}"`;
      const head = Buffer.from(
        `--${boundary}\r\n${disposition}\r\ncontent-type: application/octet-stream\r\n\r\n`,
      );
      const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
      const { size } = await stat(file);
      const parts = async function* () {
        yield head;
        yield* createReadStream(file, { highWaterMark: 256 * 1024 });
        yield tail;
      };
      const query = new URLSearchParams({
        ...(expireIn === '' ? {} : { expire_in: expireIn }),
        artifact_format: format,
        artifact_type: type,
      });
      return call(`${base}/jobs/${job.id}/artifacts?${query}`, {
        method: 'POST',
        headers: {
          'content-type': `multipart/form-data; boundary=${boundary}`,
          'content-length': String(head.length + size + tail.length),
          'accept-language': options.lang,
          'job-token': job.token,
        },
        body: Readable.from(parts(), { objectMode: false }),
      });
    },
    download: async (dependency, target, signal) => {
      let url = `${base}/jobs/${dependency.id}/artifacts`;
      let headers: Record<string, string> = { 'job-token': dependency.token };
      for (let hop = 0; hop < 5; hop += 1) {
        const response = await options.outbound.request(url, { headers, signal });
        if (response.status === 302 || response.status === 307) {
          await response.body.dump();
          const next = new URL(header(response, 'location') ?? '', url);
          // Another host (an object store) must not see the token.
          if (next.origin !== new URL(url).origin) headers = {};
          url = next.href;
          continue;
        }
        if (response.status === 200) {
          try {
            await pipeline(response.body, createWriteStream(target, { mode: 0o600 }), { signal });
          } catch (error) {
            await rm(target, { force: true });
            throw error;
          }
        } else await response.body.dump();
        return response.status;
      }
      return 508;
    },
  };
}

function readJob(text: string): Request {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'unreadable', problems: 'the reply is not JSON', jobId: null, token: null };
  }
  const parsed = jobPayload.safeParse(value);
  if (parsed.success) return { kind: 'job', job: parsed.data };
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  const { id, token } = (value ?? {}) as { id?: unknown; token?: unknown };
  return {
    kind: 'unreadable',
    problems,
    jobId: typeof id === 'number' ? id : null,
    token: typeof token === 'string' ? token : null,
  };
}

async function textOf({ body }: OutboundResponse): Promise<string> {
  return await body.text();
}

function replyOf(response: OutboundResponse, text: string): Reply {
  const range = /(?:^|=)\d+-(\d+)$/.exec(header(response, 'range') ?? '');
  const seconds = Number(header(response, 'x-gitlab-trace-update-interval'));
  const [, id] = /"id"\s*:\s*"?([\w-]+)"?/.exec(text.slice(0, 4096)) ?? [];
  return {
    status: response.status,
    jobStatus: header(response, 'job-status'),
    retryAfterMs: retryAfter(response),
    intervalMs: seconds > 0 ? Math.min(seconds, 60) * 1000 : null,
    held: response.status === 416 && range?.[1] !== undefined ? Number(range[1]) : null,
    id: id ?? null,
    message: response.status >= 400 ? messageOf(text) : null,
  };
}

function messageOf(text: string): string | null {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? message.slice(0, 500) : null;
  } catch {
    return null;
  }
}

function retryAfter(response: OutboundResponse): number | null {
  const value = header(response, 'retry-after');
  if (value === null || value === '') return null;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), 60) * 1000 : null;
}

function header({ headers }: OutboundResponse, name: string): string | null {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

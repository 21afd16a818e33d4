import type { Readable } from 'node:stream';
import { fault } from '../../../shared/errors.ts';
import { withoutStall } from '../../../storage/steady-body.ts';
import { finishAttempt } from '../advance-pipeline.ts';
import type { ForgeContext } from '../forge-context.ts';
import { type JobRow, jobById } from '../job-rows.ts';
import { jobStatusHeader } from './job-status.ts';

export interface PatchTraceReply {
  /** 202 taken, 416 resume at `held`. */
  status: 202 | 416;
  jobStatus: string;
  /** Bytes of the log held: `Range: 0-held`. */
  held: number;
  /** X-GitLab-Trace-Update-Interval, seconds. */
  intervalSeconds: number;
}

/** Runners send 1 MiB at most. */
const patchLimitBytes = 8 * 1024 * 1024;

/** Takes a piece of a log. `Content-Range: FIRST-LAST` (inclusive) says where it belongs. */
export async function patchTrace(
  ctx: ForgeContext,
  deps: {
    heard(jobId: number): void;
    secrets(job: JobRow): readonly string[];
    watched(jobId: number): boolean;
  },
  job: JobRow,
  contentRange: string | undefined,
  body: Readable,
): Promise<PatchTraceReply> {
  deps.heard(job.id);
  const first = /^(?:bytes )?(\d+)-(\d*)/.exec(contentRange ?? '')?.[1];
  if (first === undefined) throw fault('core.bad_input', { problems: 'Content-Range: FIRST-LAST' });
  const data = await readAll(body);
  const appended = await ctx.traces.append(job.id, Number(first), data, deps.secrets(job));
  const intervalSeconds = deps.watched(job.id) ? 1 : 3;
  if ('tooLarge' in appended) {
    finishAttempt(ctx, job.id, { status: 'failed', failureReason: 'trace_size_exceeded' });
    throw fault('forge.log_too_large', { job: job.id });
  }
  const jobStatus = jobStatusHeader(jobById(ctx.store, job.id) ?? job);
  if ('resumeAt' in appended) return { status: 416, jobStatus, held: appended.resumeAt, intervalSeconds };
  ctx.logBell.ring();
  return { status: 202, jobStatus, held: appended.held, intervalSeconds };
}

async function readAll(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of withoutStall(body, 60_000)) {
    size += chunk.length;
    if (size > patchLimitBytes) throw fault('core.too_large', { what: 'The log patch', limit: '8 MB' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

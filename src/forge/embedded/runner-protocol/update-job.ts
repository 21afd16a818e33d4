import { finishAttempt } from '../advance-pipeline.ts';
import type { ForgeContext } from '../forge-context.ts';
import { type JobRow, jobById, planOf } from '../job-rows.ts';
import { readCoverage } from '../read-coverage.ts';
import { viewLines } from '../traces/log-view.ts';
import { jobStatusHeader } from './job-status.ts';

/** What a runner says with `PUT jobs/:id`. */
export interface UpdateJobBody {
  state: string;
  failure_reason?: string | null | undefined;
  exit_code?: number | null | undefined;
  checksum?: string | null | undefined;
  output?: { checksum?: string | null | undefined; bytesize?: number | null | undefined } | null | undefined;
}

export interface UpdateJobReply {
  /** 200 done, 412 send the log again from its start. */
  status: 200 | 412;
  jobStatus: string;
}

/** Jobs whose log was asked for a second time; the next word on it is final, so that nothing loops. */
export type Resent = Set<number>;

/** Takes a runner's word on its job. Repeating it is harmless: an attempt ends once. */
export async function updateJob(
  ctx: ForgeContext,
  deps: { heard(jobId: number): void; resent: Resent },
  job: JobRow,
  body: UpdateJobBody,
): Promise<UpdateJobReply> {
  deps.heard(job.id);
  if (body.state !== 'success' && body.state !== 'failed')
    return { status: 200, jobStatus: jobStatusHeader(job) };
  if (!deps.resent.has(job.id) && !(await traceIsWhole(ctx, job.id, body))) {
    deps.resent.add(job.id);
    return { status: 412, jobStatus: jobStatusHeader(job) };
  }
  deps.resent.delete(job.id);
  await keepCoverage(ctx, job);
  finishAttempt(ctx, job.id, {
    status: body.state,
    failureReason: body.state === 'failed' ? body.failure_reason || 'script_failure' : null,
    exitCode: body.exit_code ?? (body.state === 'success' ? 0 : null),
  });
  const now = jobById(ctx.store, job.id) ?? job;
  return { status: 200, jobStatus: jobStatusHeader(now) };
}

/** A log's end is where tools print their total. */
const coverageTailBytes = 256 * 1024;

async function keepCoverage({ store, traces }: ForgeContext, job: JobRow): Promise<void> {
  const { coverage: pattern } = planOf(job);
  if (pattern === null) return;
  const size = await traces.size(job.id);
  const tail = await traces.read(job.id, Math.max(0, size - coverageTailBytes), coverageTailBytes);
  store.run(
    'UPDATE jobs SET coverage = ? WHERE id = ?',
    readCoverage(viewLines(tail.toString()), pattern),
    job.id,
  );
}

/** The runner's final word holds size and `crc32:` of the whole log; a log cut by a power loss shows here. */
async function traceIsWhole({ traces }: ForgeContext, jobId: number, body: UpdateJobBody): Promise<boolean> {
  const size = body.output?.bytesize;
  if (size && size > (await traces.size(jobId))) return false;
  const expected = /^crc32:([0-9a-f]{1,8})$/i.exec(body.output?.checksum ?? body.checksum ?? '')?.[1];
  if (expected === undefined) return true;
  const actual = await traces.checksum(jobId);
  return actual === null || actual === Number.parseInt(expected, 16);
}

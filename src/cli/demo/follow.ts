import { text } from 'node:stream/consumers';
import type * as z from 'zod';
import { type JobJson, jobLog } from '../../api/contract/jobs.ts';
import { type pipelineSchema, showPipeline } from '../../api/contract/pipelines.ts';
import type { Client } from '../../client/client.ts';
import { fault } from '../../shared/errors.ts';
import type { Lang } from '../../shared/text/format.ts';
import { say } from '../../shared/text.ts';
import { waitText } from '../job-text.ts';

const ended = ['success', 'failed', 'canceled', 'skipped'];

/** The paper's number of each stage of the sample. */
const numerals: Record<string, string> = { train: 'I', test: 'II', image: 'III', deploy: 'IV' };

export interface Followed {
  id: number;
  status: string;
  source: z.infer<typeof pipelineSchema>['source'];
  jobs: { id: number; name: string; status: string; nodeId: string | null; seconds: number }[];
}

/** Tells each job's start, waiting and end until the pipeline has ended; throws with the log where it failed. */
export async function followPipeline(
  client: Client,
  id: number,
  lang: Lang,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<Followed> {
  const told = new Map<number, string>();
  for (;;) {
    signal.throwIfAborted();
    const pipeline = await client.call(showPipeline, { params: { id } });
    for (const job of pipeline.jobs) {
      const line = lineOf(job, lang);
      if (line === null || told.get(job.id) === line) continue;
      told.set(job.id, line);
      tell(line);
    }
    if (ended.includes(pipeline.status)) {
      if (pipeline.status !== 'success') throw await failure(client, id, pipeline.jobs);
      const jobs = pipeline.jobs.map((job) => ({
        id: job.id,
        name: job.name,
        status: job.status,
        nodeId: job.nodeId,
        seconds: secondsOf(job),
      }));
      return { id, status: pipeline.status, source: pipeline.source, jobs };
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function lineOf(job: JobJson, lang: Lang): string | null {
  const values = { stage: (numerals[job.stage] ?? '').padEnd(3), job: job.name };
  if (job.status === 'running') return say(lang, 'demo.job_running', { ...values, node: job.nodeId ?? '–' });
  if (job.status === 'pending' && job.pendingReason !== null && job.pendingReason.code !== 'starting')
    return say(lang, 'demo.job_waiting', { ...values, reason: waitText(lang, job) });
  if (!ended.includes(job.status)) return null;
  return say(lang, 'demo.job_done', { ...values, status: job.status, seconds: secondsOf(job).toFixed(1) });
}

function secondsOf(job: JobJson): number {
  return job.startedAt === null || job.finishedAt === null ? 0 : (job.finishedAt - job.startedAt) / 1000;
}

async function failure(client: Client, id: number, jobs: readonly JobJson[]): Promise<Error> {
  const failed = jobs.find((job) => job.status === 'failed');
  const log = failed ? await logOf(client, failed.id) : '';
  return fault('demo.step_failed', {
    command: `pipeline ${id}: ${failed?.name ?? ''}`,
    output: log.slice(-3000),
  });
}

/** The log of a job, as far as it is there. */
export async function logOf(client: Client, jobId: number): Promise<string> {
  const { body } = await client.stream(jobLog, { params: { id: jobId } });
  return text(body);
}

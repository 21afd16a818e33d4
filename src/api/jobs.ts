import { Readable } from 'node:stream';
import type { EmbeddedForge } from '../forge/embedded/embedded-forge.ts';
import { finalStatuses, type JobRow, jobById, jobView } from '../forge/embedded/job-rows.ts';
import { pipelineById } from '../forge/embedded/pipeline-rows.ts';
import { viewStream } from '../forge/embedded/traces/log-view.ts';
import type { Identity } from '../identity/identity.ts';
import { actorOf, type Principal } from '../identity/principal.ts';
import type { BudgetEvent } from '../ledger/budget-events.ts';
import { fault, missing } from '../shared/errors.ts';
import {
  allowJob,
  cancelJob,
  type JobJson,
  jobLog,
  listJobs,
  playJob,
  retryJob,
  showJob,
} from './contract/jobs.ts';
import { detailFor } from './event-detail.ts';
import { type Handler, handle, type Subject } from './handle.ts';
import { mayRun } from './may-run.ts';

export interface JobDeps {
  forge: EmbeddedForge;
  identity: Pick<Identity, 'project' | 'projectByPath' | 'isProtected' | 'roleIn' | 'canSee' | 'users'>;
  /** Pools: this job may start past the budget; on record. */
  allow(jobId: number, actor: string, reason: string): void;
  /** What the budget did with a job. */
  budgetEvents?(jobId: number, nodeId: string | null): BudgetEvent[];
}

/** An attempt as people see it. */
export function jobJson(row: JobRow, projectPath: string): JobJson {
  const { pendingReason, tags, ...view } = jobView(row);
  return {
    ...view,
    pendingReason:
      pendingReason === null ? null : { code: pendingReason.code, values: { ...pendingReason.values } },
    tags: [...tags],
    coverage: row.coverage,
    pipelineId: row.pipeline_id,
    project: projectPath,
  };
}

/** Jobs: looking at them, and what people do with them. */
export function jobHandlers({ forge, identity, allow, budgetEvents = () => [] }: JobDeps): Handler[] {
  const { store } = forge.context;
  const find = (id: number): JobRow => {
    const row = jobById(store, id);
    if (!row) throw missing('job', id);
    return row;
  };
  const view = (row: JobRow) => jobJson(row, identity.project(row.project_id)?.path ?? '');
  const subject = ({ params }: { params: { id: number } }): Subject => ({
    projectId: find(params.id).project_id,
  });
  /** Playing and repeating start work on the pipeline's ref. */
  const onItsRef = (id: number, principal: Principal) => {
    const row = find(id);
    const ref = pipelineById(store, row.pipeline_id)?.ref ?? '';
    mayRun(identity, principal, row.project_id, ref, 'job.play');
  };
  const projectOf = (params: { group: string; name: string }) => {
    const project = identity.projectByPath(`${params.group}/${params.name}`);
    if (!project) throw missing('project', `${params.group}/${params.name}`);
    return project;
  };
  return [
    handle(
      listJobs,
      ({ params, query }) =>
        store
          .all<JobRow>(
            `SELECT * FROM jobs WHERE project_id = ? AND (? IS NULL OR pipeline_id = ?) AND (? IS NULL OR status = ?)
             ORDER BY id DESC LIMIT ?`,
            projectOf(params).id,
            query.pipeline ?? null,
            query.pipeline ?? null,
            query.status ?? null,
            query.status ?? null,
            query.limit,
          )
          .map(view),
      { subject: ({ params }) => ({ projectId: projectOf(params).id }) },
    ),
    handle(
      showJob,
      ({ params, principal }) => {
        const row = find(params.id);
        const pipeline = pipelineById(store, row.pipeline_id);
        return {
          ...view(row),
          ref: pipeline?.ref ?? '',
          sha: pipeline?.sha ?? '',
          budgetEvents: budgetEvents(row.id, row.node_id).map((event) => ({
            ...event,
            detail: detailFor(identity, principal, event),
          })),
          artifacts: forge.artifacts.of(row.id).map((each) => ({
            type: each.type,
            format: each.format,
            filename: each.filename,
            size: each.size,
            sha256: each.sha256,
            summary: each.summary === null ? null : (JSON.parse(each.summary) as { type: string }),
            expiresAt: each.expires_at,
          })),
        };
      },
      { subject },
    ),
    handle(
      jobLog,
      ({ params, query, reply, signal }) => {
        reply
          .header('content-type', 'text/plain; charset=utf-8')
          .header('content-security-policy', 'sandbox');
        const bytes = Readable.from(logBytes(forge, params.id, query.follow === '1', signal), {
          objectMode: false,
        });
        if (query.raw === '1') return bytes;
        const shown = viewStream();
        bytes.on('error', (error) => shown.destroy(error));
        return bytes.pipe(shown);
      },
      { subject },
    ),
    handle(
      playJob,
      ({ params, principal }) => {
        onItsRef(params.id, principal);
        forge.actions.playJob(params.id, actorOf(principal));
        return view(find(params.id));
      },
      { subject },
    ),
    handle(
      retryJob,
      ({ params, principal }) => {
        onItsRef(params.id, principal);
        return view(find(forge.actions.retryJob(params.id, actorOf(principal))));
      },
      { subject },
    ),
    handle(
      cancelJob,
      ({ params, principal }) => {
        forge.actions.cancelJob(params.id, actorOf(principal));
        return view(find(params.id));
      },
      { subject },
    ),
    handle(
      allowJob,
      ({ params, body, principal }) => {
        const row = find(params.id);
        if (finalStatuses.includes(row.status) || row.status === 'running' || row.status === 'canceling')
          throw fault('forge.job_not_budget', { job: row.id, name: row.name, status: row.status });
        allow(row.id, actorOf(principal), body.reason);
        forge.context.changes.ring();
        return view(find(row.id));
      },
      { subject },
    ),
  ];
}

/** The log as it lies there; when following, what comes until the attempt ends. */
async function* logBytes(
  forge: EmbeddedForge,
  jobId: number,
  follow: boolean,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const { traces, logBell, store } = forge.context;
  const step = 256 * 1024;
  const unwatch = follow ? forge.watch(jobId) : () => undefined;
  let at = 0;
  try {
    while (!signal.aborted) {
      const count = logBell.count;
      // The state is read before the bytes: what came before the end is not missed.
      const row = jobById(store, jobId);
      const chunk = await traces.read(jobId, at, step);
      at += chunk.length;
      if (chunk.length > 0) yield chunk;
      if (chunk.length === step) continue;
      if (!follow || !row || finalStatuses.includes(row.status)) return;
      await logBell.next(count, 30_000, signal);
    }
  } finally {
    unwatch();
  }
}

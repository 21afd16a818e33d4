import type { Project } from '../../identity/projects.ts';
import { missing } from '../../shared/errors.ts';
import type { CostedJob } from '../pipeline-costs.ts';
import { advancePipeline, cancelAttempt } from './advance-pipeline.ts';
import type { ForgeContext } from './forge-context.ts';
import { imageOf, insertAttempt, newestJobs, planOf } from './job-rows.ts';
import { autoCancelOf, type PipelineRow, pipelineById, variablesContext } from './pipeline-rows.ts';
import type { Diagnostic, PipelinePlan, PipelineSource } from './pipelines/types.ts';
import { type PlannedRun, planRun } from './plan-run.ts';
import type { RunFacts } from './predefined-variables.ts';
import type { Variables } from './variables.ts';

/** A job without `timeout:` may run for an hour, as on GitLab. */
const defaultTimeoutMs = 3_600_000;

export interface RunOrder {
  project: Project;
  ref: string;
  refType: 'branch' | 'tag';
  sha: string;
  beforeSha: string;
  source: PipelineSource;
  userId: number;
  variables: Readonly<Record<string, string>>;
  idempotencyKey: string | null;
  /** Runs in the transaction that makes (or decides against) the pipeline: what it settles is settled with it. */
  settle?: () => void;
}

export type Started =
  | { pipelineId: number; plan: PipelinePlan; diagnostics: Diagnostic[] }
  | { pipelineId: number | null; plan: null; diagnostics: Diagnostic[]; code: string | null };

/** Plans a run and makes its rows, its ref and its first states. A crash in between is finished by {@link finishUnpublished}. */
export async function startRun(ctx: ForgeContext, variables: Variables, order: RunOrder): Promise<Started> {
  const { store, identity } = ctx;
  const user = identity.users.byId(order.userId) ?? { id: order.userId, name: `user-${order.userId}` };
  const isProtected = identity.isProtected(order.project.id, order.ref);
  const projectVariables = Object.fromEntries(
    variables.forRef(order.project.id, isProtected).map(({ key, value }) => [key, value]),
  );
  const planned = await planRun(ctx, {
    project: order.project,
    ref: order.ref,
    refType: order.refType,
    sha: order.sha,
    beforeSha: order.beforeSha,
    source: order.source,
    user,
    variables: { ...projectVariables, ...order.variables },
  });
  if (planned.outcome === 'none') {
    store.transaction(() => order.settle?.());
    return { pipelineId: null, plan: null, diagnostics: [], code: planned.code };
  }
  const made = store.transaction(() => {
    order.settle?.();
    if (order.idempotencyKey !== null) {
      const known = store.get<{ id: number }>(
        'SELECT id FROM pipelines WHERE idempotency_key = ?',
        order.idempotencyKey,
      );
      if (known) return { id: known.id, fresh: false };
    }
    return { id: insertPipeline(ctx, order, planned), fresh: true };
  });
  if (made.fresh) await publish(ctx, made.id);
  return planned.outcome === 'plan'
    ? { pipelineId: made.id, plan: planned.plan, diagnostics: planned.diagnostics }
    : { pipelineId: made.id, plan: null, diagnostics: planned.diagnostics, code: null };
}

/** Gives pipelines whose ref or first states a crash kept back both; call it at start. One that fails waits for the next. */
export async function finishUnpublished(ctx: ForgeContext): Promise<void> {
  for (const { id } of ctx.store.all<{ id: number }>(
    'SELECT id FROM pipelines WHERE published = 0 ORDER BY id',
  ))
    await publish(ctx, id).catch((error: unknown) =>
      ctx.log.error({ err: error, pipeline: id }, 'a pipeline could not be published; its jobs wait'),
    );
}

/** refs/pipelines/N keeps the commit from a force push; only then may a job be handed out. */
async function publish(ctx: ForgeContext, pipelineId: number): Promise<void> {
  const { store, repositories, identity } = ctx;
  const row = pipelineById(store, pipelineId);
  const project = row ? identity.project(row.project_id) : null;
  if (!row || !project) throw missing('pipeline', pipelineId);
  await repositories.setRef(project.path, `refs/pipelines/${pipelineId}`, row.sha);
  store.transaction(() => {
    store.run('UPDATE pipelines SET published = 1 WHERE id = ?', pipelineId);
    if (row.source === 'push') cancelRedundant(ctx, row);
    advancePipelineUnlessBroken(ctx, pipelineId);
  });
}

function advancePipelineUnlessBroken(ctx: ForgeContext, pipelineId: number): void {
  if (pipelineById(ctx.store, pipelineId)?.status !== 'failed') advancePipeline(ctx, pipelineId);
}

function insertPipeline(
  { store, clock, seal, identity, costs }: ForgeContext,
  order: RunOrder,
  planned: Exclude<PlannedRun, { outcome: 'none' }>,
): number {
  const now = clock.now();
  const projectId = order.project.id;
  const iid =
    (store.get<{ last: number | null }>(
      'SELECT MAX(iid) AS last FROM pipelines WHERE project_id = ?',
      projectId,
    )?.last ?? 0) + 1;
  const plan = planned.outcome === 'plan' ? planned.plan : null;
  const facts: RunFacts = planned.facts;
  const { lastInsertRowid: id } = store.run(
    `INSERT INTO pipelines (project_id, iid, name, ref, ref_type, protected_ref, sha, before_sha, source, status, user_id,
       variables, plan_variables, auto_cancel, problems, commit_info, idempotency_key, created_at, finished_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    projectId,
    iid,
    plan?.name ?? null,
    order.ref,
    order.refType,
    Number(facts.protectedRef),
    order.sha,
    order.beforeSha,
    order.source,
    plan ? 'created' : 'failed',
    order.userId,
    seal.seal(JSON.stringify(order.variables), variablesContext),
    JSON.stringify(plan?.variables ?? []),
    JSON.stringify(plan?.autoCancel ?? { onNewCommit: 'none', onJobFailure: 'none' }),
    JSON.stringify(planned.diagnostics),
    JSON.stringify(facts.commit),
    order.idempotencyKey,
    now,
    plan ? null : now,
  );
  const costed = (plan?.jobs ?? []).map((job): CostedJob => {
    const timeoutMs = job.timeoutMs ?? defaultTimeoutMs;
    const jobId = insertAttempt(
      store,
      { pipelineId: id, projectId, plan: job, timeoutMs, resourceGroup: job.resourceGroup },
      now,
    );
    return {
      jobId,
      pipelineId: id,
      projectId,
      name: job.name,
      tags: job.tags,
      image: imageOf(job),
      timeoutMs,
      manual: job.when === 'manual',
      attempts: 1 + job.retry.max,
    };
  });
  costs().note(costed);
  identity.audit(`user:${order.userId}`, 'pipeline.start', `pipeline:${id}`, {
    ref: order.ref,
    source: order.source,
  });
  return id;
}

/** `workflow:auto_cancel:on_new_commit`: older pipelines of the same branch make room for a newer push. */
function cancelRedundant(ctx: ForgeContext, newer: PipelineRow): void {
  const { store } = ctx;
  const older = store.all<PipelineRow>(
    `SELECT * FROM pipelines WHERE project_id = ? AND ref = ? AND ref_type = ? AND id < ? AND source = 'push'
       AND finished_at IS NULL AND published = 1`,
    newer.project_id,
    newer.ref,
    newer.ref_type,
    newer.id,
  );
  for (const pipeline of older) {
    const rows = newestJobs(store, pipeline.id);
    const mode = autoCancelOf(pipeline).onNewCommit;
    const started = rows.some((row) => row.started_at !== null && !planOf(row).interruptible);
    if (mode === 'none' || (mode === 'conservative' && started)) continue;
    for (const row of rows) if (mode === 'conservative' || planOf(row).interruptible) cancelAttempt(ctx, row);
    advancePipeline(ctx, pipeline.id);
  }
}

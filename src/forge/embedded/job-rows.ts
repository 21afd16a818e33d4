import * as z from 'zod';
import type { Site } from '../../identity/principal.ts';
import type { Store } from '../../store/store.ts';
import type { JobStatus, JobView, WaitReason } from '../forge.ts';
import type { PastRun } from '../pipeline-costs.ts';
import type { JobState, PlannedJob } from './pipelines/types.ts';

/** A row of `jobs`: one attempt. Times are wall milliseconds. */
export interface JobRow {
  id: number;
  pipeline_id: number;
  project_id: number;
  name: string;
  stage: string;
  stage_index: number;
  status: JobStatus;
  plan: string;
  tags: string;
  image: string | null;
  resource_group: string | null;
  timeout_ms: number;
  attempt: number;
  auto_retries: number;
  lost_retries: number;
  newest: number;
  token_hash: string | null;
  runner_id: number | null;
  node_id: string | null;
  pool: string | null;
  site: Site | null;
  graceful: number;
  pending_reason: string | null;
  failure_reason: string | null;
  exit_code: number | null;
  coverage: number | null;
  dotenv: string | null;
  /** Until when its archive is kept; null where it left none, or one that is kept for ever. */
  artifacts_expire_at: number | null;
  created_at: number;
  queued_at: number | null;
  scheduled_at: number | null;
  started_at: number | null;
  cancel_at: number | null;
  finished_at: number | null;
}

/** States in which a runner holds the attempt. */
export const heldStatuses: readonly JobStatus[] = ['running', 'canceling'];
/** States that nothing follows by itself. */
export const finalStatuses: readonly JobStatus[] = ['success', 'failed', 'canceled', 'skipped'];

export function jobById(store: Store, id: number): JobRow | undefined {
  return store.get<JobRow>('SELECT * FROM jobs WHERE id = ?', id);
}

export function newestJobs(store: Store, pipelineId: number): JobRow[] {
  return store.all<JobRow>(
    'SELECT * FROM jobs WHERE pipeline_id = ? AND newest = 1 ORDER BY stage_index, id',
    pipelineId,
  );
}

/** The plan as it was when the pipeline was made; written by us, so it is not checked again. */
export function planOf(row: Pick<JobRow, 'plan'>): PlannedJob {
  return JSON.parse(row.plan) as PlannedJob;
}

export function tagsOf(row: { tags: string }): string[] {
  return z.array(z.string()).parse(JSON.parse(row.tags));
}

export function stateOf(row: JobRow): JobState {
  const plan = planOf(row);
  return {
    id: row.id,
    name: row.name,
    stageIndex: row.stage_index,
    status: row.status,
    when: plan.when,
    allowFailure: plan.allowFailure,
    needs: plan.needs,
    startInMs: plan.startInMs,
    resourceGroup: row.resource_group,
    retry: plan.retry,
    autoRetries: row.auto_retries,
    failureReason: row.failure_reason,
    exitCode: row.exit_code,
  };
}

export function jobView(row: JobRow): JobView {
  return {
    id: row.id,
    name: row.name,
    stage: row.stage,
    status: row.status,
    pendingReason: row.pending_reason === null ? null : (JSON.parse(row.pending_reason) as WaitReason),
    failureReason: row.failure_reason,
    exitCode: row.exit_code,
    tags: tagsOf(row),
    attempt: row.attempt,
    nodeId: row.node_id,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}

/** The image that a job needs a container executor for; services are containers as well: without one it would miss them. */
export function imageOf(plan: Pick<PlannedJob, 'image' | 'services'>): string | null {
  return plan.image?.name ?? plan.services[0]?.name ?? null;
}

/** Adds an attempt: the first of a job, or (with `after`) the next one, which then is the newest. */
export function insertAttempt(
  store: Store,
  job: {
    pipelineId: number;
    projectId: number;
    plan: PlannedJob;
    timeoutMs: number;
    resourceGroup: string | null;
  },
  at: number,
  after?: JobRow,
  counts: { autoRetries?: number; lostRetries?: number } = {},
): number {
  const { plan } = job;
  if (after) store.run('UPDATE jobs SET newest = 0 WHERE id = ?', after.id);
  return store.run(
    `INSERT INTO jobs (pipeline_id, project_id, name, stage, stage_index, status, plan, tags, image, resource_group,
       timeout_ms, attempt, auto_retries, lost_retries, created_at)
     VALUES (?, ?, ?, ?, ?, 'created', ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    job.pipelineId,
    job.projectId,
    plan.name,
    plan.stage,
    plan.stageIndex,
    JSON.stringify(plan),
    JSON.stringify(plan.tags),
    imageOf(plan),
    job.resourceGroup,
    job.timeoutMs,
    (after?.attempt ?? 0) + 1,
    counts.autoRetries ?? after?.auto_retries ?? 0,
    counts.lostRetries ?? after?.lost_retries ?? 0,
    at,
  ).lastInsertRowid;
}

/** The next attempt of the same job, newest from now on, in state `created`. */
export function insertRetry(
  store: Store,
  row: JobRow,
  at: number,
  counts: { autoRetries?: number; lostRetries?: number } = {},
): number {
  return insertAttempt(
    store,
    {
      pipelineId: row.pipeline_id,
      projectId: row.project_id,
      plan: planOf(row),
      timeoutMs: row.timeout_ms,
      resourceGroup: row.resource_group,
    },
    at,
    row,
    counts,
  );
}

/** The newest successful runs of jobs of a name on nodes of ours, newest first. */
export function pastRuns(store: Store, projectId: number, name: string, limit: number): PastRun[] {
  return store.all<PastRun>(
    `SELECT run.node_id AS nodeId, run.finished_at - run.started_at AS ranMs, COUNT(*) AS nodeJobs,
       SUM(COALESCE(beside.finished_at - beside.started_at, 0)) AS nodeRanMs
     FROM (SELECT * FROM jobs WHERE project_id = ? AND name = ? AND status = 'success' AND node_id IS NOT NULL
         AND started_at IS NOT NULL ORDER BY id DESC LIMIT ?) AS run
     JOIN jobs AS beside ON beside.node_id = run.node_id AND beside.started_at IS NOT NULL
     GROUP BY run.id ORDER BY run.id DESC`,
    projectId,
    name,
    limit,
  );
}

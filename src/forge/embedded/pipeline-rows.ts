import type { Store } from '../../store/store.ts';
import type { PipelineView } from '../forge.ts';
import type { CommitInfo } from './git/repositories.ts';
import { jobView, newestJobs } from './job-rows.ts';
import type { Diagnostic, PipelinePlan } from './pipelines/types.ts';

/** A row of `pipelines`. `variables` is sealed; the other lists are JSON written by us. */
export interface PipelineRow {
  id: number;
  project_id: number;
  iid: number;
  name: string | null;
  ref: string;
  ref_type: 'branch' | 'tag';
  protected_ref: number;
  sha: string;
  before_sha: string;
  source: string;
  status: string;
  user_id: number;
  variables: string;
  plan_variables: string;
  auto_cancel: string;
  problems: string;
  commit_info: string;
  published: number;
  idempotency_key: string | null;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
}

/** What every sealed list of run variables is bound to. */
export const variablesContext = 'pipeline.variables';

export function pipelineById(store: Store, id: number): PipelineRow | undefined {
  return store.get<PipelineRow>('SELECT * FROM pipelines WHERE id = ?', id);
}

export function autoCancelOf(row: PipelineRow): PipelinePlan['autoCancel'] {
  return JSON.parse(row.auto_cancel) as PipelinePlan['autoCancel'];
}

export function problemsOf(row: PipelineRow): Diagnostic[] {
  return JSON.parse(row.problems) as Diagnostic[];
}

export function commitInfoOf(row: PipelineRow): CommitInfo {
  return JSON.parse(row.commit_info) as CommitInfo;
}

export function pipelineView(store: Store, row: PipelineRow): PipelineView {
  return {
    id: row.id,
    projectId: row.project_id,
    ref: row.ref,
    sha: row.sha,
    status: row.status,
    source: row.source,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
    jobs: newestJobs(store, row.id).map(jobView),
  };
}

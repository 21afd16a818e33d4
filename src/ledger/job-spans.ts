import type { Store } from '../store/store.ts';
import type { LiveLease } from './budget.ts';

/** Whose time on a node it is. */
export interface SpanJob {
  jobId: number;
  name: string;
  pipelineId: number;
  projectId: number;
  /** The person the pipeline runs as. */
  userId: number;
}

/** A job's time on a node, on the node's own time: its lease's opening and its age, as its interval is booked. */
export interface JobSpan extends SpanJob {
  nodeId: string;
  /** The node was ordered for it; whether it ever ran there other rows say. */
  ordered: boolean;
  from: number;
  to: number | null;
}

const nodeTime = (lease: LiveLease): number => lease.openedAt + lease.elapsedMs;

function insert(store: Store, lease: LiveLease, job: SpanJob, ordered: boolean): void {
  store.run(
    'INSERT INTO job_spans (node_id, ordered, job_id, job_name, pipeline_id, project_id, user_id, from_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    lease.nodeId,
    ordered ? 1 : 0,
    job.jobId,
    job.name,
    job.pipelineId,
    job.projectId,
    job.userId,
    nodeTime(lease),
  );
}

/** Notes whom a billed node is ordered for. Inside the transaction that opens its lease. */
export function noteOrderedFor(store: Store, lease: LiveLease, job: SpanJob): void {
  insert(store, lease, job, true);
}

/** Notes that a job has the node from now on. Inside the transaction that hands it out. */
export function noteHandedOut(store: Store, lease: LiveLease, job: SpanJob): void {
  insert(store, lease, job, false);
}

/** Notes that the job has left the node. Inside the transaction that releases it. */
export function noteReleased(store: Store, lease: LiveLease, jobId: number): void {
  store.run(
    'UPDATE job_spans SET to_at = ? WHERE node_id = ? AND job_id = ? AND ordered = 0 AND to_at IS NULL',
    nodeTime(lease),
    lease.nodeId,
    jobId,
  );
}

interface SpanRow {
  node_id: string;
  ordered: number;
  job_id: number;
  job_name: string;
  pipeline_id: number;
  project_id: number;
  user_id: number;
  from_at: number;
  to_at: number | null;
}

/** The spans of the nodes that the query `nodeIds` (with its values) answers, by node, in the order they began. */
export function jobSpansOf(
  store: Store,
  nodeIds: string,
  ...values: (number | string)[]
): Map<string, JobSpan[]> {
  const rows = store.all<SpanRow>(
    `SELECT * FROM job_spans WHERE node_id IN (${nodeIds}) ORDER BY id`,
    ...values,
  );
  return Map.groupBy(
    rows.map((row) => ({
      nodeId: row.node_id,
      ordered: row.ordered === 1,
      jobId: row.job_id,
      name: row.job_name,
      pipelineId: row.pipeline_id,
      projectId: row.project_id,
      userId: row.user_id,
      from: row.from_at,
      to: row.to_at,
    })),
    ({ nodeId }) => nodeId,
  );
}

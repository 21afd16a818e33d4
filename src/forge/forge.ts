import type { JobPrincipal, Site } from '../identity/principal.ts';

export type JobStatus =
  | 'created'
  | 'waiting_for_resource'
  | 'pending'
  | 'running'
  | 'success'
  | 'failed'
  | 'canceling'
  | 'canceled'
  | 'skipped'
  | 'manual'
  | 'scheduled';

/** A job that could start now if a runner with its tags came. */
export interface WaitingJob {
  jobId: number;
  projectId: number;
  pipelineId: number;
  /** The person the pipeline runs as. */
  userId: number;
  name: string;
  tags: readonly string[];
  /** Needs a container executor (it has `image:` and the pool could be docker). */
  image: string | null;
  protectedRef: boolean;
  /** The job's own limit, milliseconds. */
  timeoutMs: number;
  /** When it became pending, wall milliseconds. */
  since: number;
}

/** What a runner is, as hand-out sees it. */
export interface RunnerInfo {
  runnerId: number;
  nodeId: string | null;
  pool: string | null;
  site: Site;
  tags: readonly string[];
}

/** A reason to wait, as it stands in the job's `pendingReason`; rendered in the reader's language by code. */
export interface WaitReason {
  code:
    | 'budget'
    | 'no_pool'
    | 'no_executor'
    | 'pool_paused'
    | 'starting'
    | 'pool_full'
    | 'clock'
    | 'clock_provider'
    | 'restored';
  values: Readonly<Record<string, string | number>>;
}

/**
 * Asked inside the hand-out transaction: may this job go to this runner now? `go` has extended the node's lease in
 * that same transaction. The forge owns the port, pools fulfil it (through compose). Synchronous by design.
 */
export interface Admission {
  admit(job: WaitingJob, runner: RunnerInfo): 'go' | WaitReason;
  /** The runner has no job of this attempt any more (finished, void, cancelled). */
  released(jobId: number, runner: RunnerInfo): void;
}

export interface StartPipeline {
  projectId: number;
  /** Branch or tag name without `refs/…`. */
  ref: string;
  source: 'push' | 'schedule' | 'web' | 'api' | 'trigger';
  userId: number;
  variables: Readonly<Record<string, string>>;
  /** The same key starts one pipeline only. */
  idempotencyKey?: string;
}

export interface PipelineView {
  id: number;
  projectId: number;
  ref: string;
  sha: string;
  status: string;
  source: string;
  createdAt: number;
  finishedAt: number | null;
  jobs: readonly JobView[];
}

export interface JobView {
  id: number;
  name: string;
  stage: string;
  status: JobStatus;
  pendingReason: WaitReason | null;
  failureReason: string | null;
  exitCode: number | null;
  tags: readonly string[];
  attempt: number;
  nodeId: string | null;
  startedAt: number | null;
  finishedAt: number | null;
}

/** Code hosting and CI. Git, YAML, runner protocol and traces are the embedded forge's own faces, not the port. */
export interface Forge {
  /** Every pending job that no runner has, oldest first. */
  waitingJobs(): readonly WaitingJob[];
  startPipeline(request: StartPipeline): Promise<{ pipelineId: number }>;
  /** `reason` stays with the cancelled job as why it ended. */
  cancelJob(jobId: number, actor: string, reason?: 'spending_stopped'): void;
  /** The job an ID token was made for, if that attempt runs now; null otherwise. */
  verifyJobToken(idToken: string): Promise<JobPrincipal | null>;
  /** A runner token for a node; idempotent by node id (an older token of the node dies). */
  registerRunner(runner: { nodeId: string; pool: string; site: Site; tags: readonly string[] }): {
    token: string;
  };
  /** The node is gone: its token dies, its running attempts become void. */
  removeRunner(nodeId: string): void;
  readPipeline(pipelineId: number): PipelineView | null;
  setJobNote(jobId: number, reason: WaitReason | null): void;
}

import type { Values } from '../../../shared/text/format.ts';
import type { JobStatus } from '../../forge.ts';

/** One finding in a CI file. `line` and `column` count from 1; `code` is a key of the error catalogue. */
export interface Diagnostic {
  severity: 'error' | 'warning';
  code: string;
  values: Values;
  file: string;
  line: number;
  column: number;
}

/** The repository at the commit that is planned. Paths are relative, without a leading slash. */
export interface CiReader {
  read(path: string): string | null;
  list(): readonly string[];
}

export type PipelineSource =
  | 'push'
  | 'schedule'
  | 'web'
  | 'api'
  | 'trigger'
  | 'pipeline'
  | 'parent_pipeline'
  | 'merge_request_event'
  | 'external'
  | 'chat';

/**
 * What planning needs to know; no I/O. `variables` are the strong ones (pipeline, project and, where the caller does
 * not part them, predefined): they win over those of the file. `predefined` are the weak ones, which the file may
 * override, as on GitLab.
 */
export interface PlanContext {
  variables: Readonly<Record<string, string>>;
  predefined?: Readonly<Record<string, string>>;
  /** Branch or tag name without `refs/…`. */
  ref: string;
  refType: 'branch' | 'tag';
  source: PipelineSource;
  protectedRef: boolean;
  /** Paths changed by this push, or since `compareTo`; 'all' on the first push of a branch and where nothing can be compared. */
  changedFiles: (compareTo?: string) => readonly string[] | 'all';
  /** Every path of the commit, for `rules:exists`. */
  listFiles: () => readonly string[];
}

export type When = 'on_success' | 'on_failure' | 'always' | 'manual' | 'delayed';

/** A variable of the file. `raw` = the runner must not expand `$` in it. */
export interface PlannedVariable {
  key: string;
  value: string;
  raw: boolean;
}

export interface PlannedImage {
  name: string;
  entrypoint: readonly string[] | null;
  pullPolicy: readonly string[];
  dockerUser: string | null;
  platform: string | null;
}

export interface PlannedService extends PlannedImage {
  alias: string | null;
  command: readonly string[] | null;
  variables: readonly PlannedVariable[];
}

export interface PlannedNeed {
  /** Exact job name, after `parallel` was spread. */
  job: string;
  optional: boolean;
  artifacts: boolean;
}

/** The archive of a job. `expireInMs` null = never; absent `expire_in` = the server's default (undefined here). */
export interface PlannedArtifacts {
  paths: readonly string[];
  exclude: readonly string[];
  name: string | null;
  when: 'on_success' | 'on_failure' | 'always';
  expireInMs: number | null | undefined;
  /** As written, for the runner payload. */
  expireIn: string | null;
  exposeAs: string | null;
  untracked: boolean;
  access: 'all' | 'developer' | 'maintainer' | 'none';
  reports: readonly PlannedReport[];
}

/** `type` is GitLab's name of the report (junit, dotenv, metrics, coverage_report, …). */
export interface PlannedReport {
  type: string;
  paths: readonly string[];
  format: string | null;
}

export interface PlannedCache {
  key: string;
  /** Files whose content makes the key, relative to the repository; the key above then is the prefix. */
  keyFiles: readonly string[];
  fallbackKeys: readonly string[];
  paths: readonly string[];
  untracked: boolean;
  unprotect: boolean;
  policy: 'pull-push' | 'pull' | 'push';
  when: 'on_success' | 'on_failure' | 'always';
}

export interface PlannedEnvironment {
  name: string;
  url: string | null;
  action: 'start' | 'prepare' | 'stop' | 'verify' | 'access';
  onStop: string | null;
  autoStopInMs: number | null;
  deploymentTier: string | null;
}

export type RetryReason = string;

export interface PlannedRetry {
  /** 0, 1 or 2. */
  max: number;
  /** GitLab's names of failure reasons; empty = always. */
  when: readonly RetryReason[];
  exitCodes: readonly number[];
}

export interface PlannedJob {
  name: string;
  stage: string;
  stageIndex: number;
  /** null = ordered by stages; a list (even empty) = starts when these are done. */
  needs: readonly PlannedNeed[] | null;
  /** Jobs whose artifacts are fetched; null = all of earlier stages (or what `needs` says). */
  dependencies: readonly string[] | null;
  beforeScript: readonly string[];
  script: readonly string[];
  afterScript: readonly string[];
  image: PlannedImage | null;
  services: readonly PlannedService[];
  tags: readonly string[];
  /** From the file only, strongest last meaning already applied: workflow rules, top level, job, matrix, job rules. */
  variables: readonly PlannedVariable[];
  when: When;
  /** Only with `when: delayed`. */
  startInMs: number | null;
  allowFailure: boolean | { exitCodes: readonly number[] };
  /** null = the project's default. */
  timeoutMs: number | null;
  retry: PlannedRetry;
  /** CI_NODE_INDEX (from 1) and CI_NODE_TOTAL; null where the job is not parallel. */
  parallel: { index: number; total: number } | null;
  resourceGroup: string | null;
  environment: PlannedEnvironment | null;
  interruptible: boolean;
  /** The pattern between the slashes. */
  coverage: string | null;
  idTokens: readonly { name: string; aud: readonly string[] }[];
  artifacts: PlannedArtifacts | null;
  cache: readonly PlannedCache[];
  hooks: { preGetSourcesScript: readonly string[] };
  manualConfirmation: string | null;
  /** `pages` job or `pages:` keyword: `public/` is kept as an artifact. */
  pages: boolean;
}

export interface PipelinePlan {
  name: string | null;
  stages: readonly string[];
  jobs: readonly PlannedJob[];
  /** Variables of the pipeline (top level and workflow rules). */
  variables: readonly PlannedVariable[];
  autoCancel: { onNewCommit: 'conservative' | 'interruptible' | 'none'; onJobFailure: 'all' | 'none' };
}

/** One attempt's row as the state machine sees it; only the newest attempt of each name. */
export interface JobState {
  id: number;
  name: string;
  stageIndex: number;
  status: JobStatus;
  when: When;
  allowFailure: boolean | { exitCodes: readonly number[] };
  needs: readonly { job: string; optional: boolean }[] | null;
  startInMs: number | null;
  resourceGroup: string | null;
  retry: PlannedRetry;
  /** Attempts of this name so far that ended in failure and were retried by themselves; 0 at first. */
  autoRetries: number;
  failureReason: string | null;
  exitCode: number | null;
}

/** What must happen next. A `retry` makes a new row of the same name, status `created`. */
export type Transition =
  | { type: 'move'; id: number; from: JobStatus; to: JobStatus; startInMs: number | null }
  | { type: 'retry'; id: number };

export type PipelineStatus =
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

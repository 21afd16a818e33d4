/** A job as its cost is estimated when its pipeline is made. */
export interface CostedJob {
  jobId: number;
  pipelineId: number;
  projectId: number;
  name: string;
  tags: readonly string[];
  image: string | null;
  /** The job's own limit, milliseconds. */
  timeoutMs: number;
  /** Started by a person, if at all. */
  manual: boolean;
  /** Attempts that `retry:` allows, the first one included. */
  attempts: number;
}

/** Where an expectation comes from: earlier runs, or a share (per cent) of the job's limit; a manual job costs if played. */
export type CostBasis =
  | { kind: 'runs'; runs: number }
  | { kind: 'share'; percent: number }
  | { kind: 'manual' };

/** Yen with tax. */
export interface JobCost {
  jobId: number;
  name: string;
  pool: string;
  expectedYen: number;
  mostYen: number;
  basis: CostBasis;
}

/** What a pipeline is expected to cost and at most could, yen with tax; simulated and real money are never added. */
export interface PipelineCost {
  simulated: boolean;
  expectedYen: number;
  mostYen: number;
  jobs: readonly JobCost[];
  month: string;
  /** Spent, kept and bound in that month, and its budget. */
  committedYen: number;
  budgetYen: number;
  /** Whether the budget holds all of its leases at once, some of them, or none. */
  room: 'all' | 'one' | 'none';
  /** Whose budget has no room for all; null where there is. */
  limitedBy: 'platform' | 'project' | null;
  /** In mode `warn` what has no room starts all the same. */
  mode: 'enforce' | 'warn';
}

/** An earlier run of a job of that name. */
export interface PastRun {
  nodeId: string;
  ranMs: number;
  /** Of all jobs that this node ran: how many, and how long together. */
  nodeJobs: number;
  nodeRanMs: number;
}

/** What pipelines cost. The forge owns the port; pools and ledger fulfil it, through compose. Synchronous. */
export interface PipelineCosts {
  /** Keeps an estimate of each job on a billed pool; inside the transaction that makes the pipeline. */
  note(jobs: readonly CostedJob[]): void;
  /** One for each kind of money; none where nothing is billed. */
  of(pipelineId: number): PipelineCost[];
}

/** Without billed pools nothing costs. */
export const noCosts: PipelineCosts = { note: () => undefined, of: () => [] };

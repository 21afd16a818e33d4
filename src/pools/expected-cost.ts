import { partsPerMillion, taxOn, units, unitsToYen } from '../cost/money.ts';
import type { CostBasis, CostedJob, PastRun, PipelineCost, PipelineCosts } from '../forge/pipeline-costs.ts';
import type { LeaseOrder, Ledger } from '../ledger/ledger.ts';
import type { Clock } from '../shared/clock.ts';
import type { Store } from '../store/store.ts';
import { leaseForJob } from './admission.ts';
import { carries } from './decide-scaling.ts';
import { median } from './median.ts';
import type { PoolView } from './pools.ts';

export interface ExpectedCostDeps {
  store: Store;
  clock: Clock;
  ledger: Pick<Ledger, 'entry' | 'fits'>;
  pools(): readonly PoolView[];
  /** The newest successful runs of jobs of that name in the project. */
  pastRuns(projectId: number, name: string, limit: number): readonly PastRun[];
  /** The month so far by kind of money, and the tax. */
  budget(): {
    month: string;
    mode: PipelineCost['mode'];
    taxRate: number;
    kinds: readonly { simulated: boolean; committed: { yen: number }; budget: { yen: number } }[];
  };
}

interface EstimateRow {
  job_id: number;
  name: string;
  project_id: number;
  pool: string;
  simulated: number;
  expected_ms: number;
  most_ms: number;
  price: number;
  basis: string;
}

/** Earlier runs that the median is taken of: fewer, and one odd run moves it; more, and last month's data set still counts. */
const runsLookedAt = 10;
/** Of its limit, where no run of a job is billed yet: people set limits about twice as long as a run takes. */
const sharePercent = 50;

/** What the forge asks for, and what planned runs are expected to cost. */
export interface ExpectedCosts extends PipelineCosts {
  /** The project's newest pipeline as it was expected, yen with tax by kind of money; none before the first. */
  ofProject(projectId: number): { simulated: boolean; yen: number }[];
  /** What was expected of a job and what it could cost at most, exact units without tax; null where nobody said. */
  ofJob(jobId: number): { expected: bigint; most: bigint } | null;
}

/** Fulfils the forge's port by the ledger's past and the pools' prices. */
export function createExpectedCosts(deps: ExpectedCostDeps): ExpectedCosts {
  const { store, clock, ledger } = deps;
  const rowsOf = (pipelineId: number) =>
    store.all<EstimateRow>('SELECT * FROM job_estimates WHERE pipeline_id = ? ORDER BY job_id', pipelineId);

  const expectation = (job: CostedJob, { config }: PoolView): { ms: number; basis: CostBasis } => {
    if (job.manual) return { ms: 0, basis: { kind: 'manual' } };
    const parts = deps.pastRuns(job.projectId, job.name, runsLookedAt).flatMap((run) => {
      const entry = ledger.entry(run.nodeId);
      return entry?.pool === config.name ? [billedPart(run, entry.to - entry.from)] : [];
    });
    if (parts.length > 0) return { ms: median(parts), basis: { kind: 'runs', runs: parts.length } };
    const ms = (job.timeoutMs * sharePercent) / 100 + config.idleTimeoutMs;
    return { ms: Math.round(ms), basis: { kind: 'share', percent: sharePercent } };
  };

  const costOf = (rows: readonly EstimateRow[], simulated: boolean): PipelineCost => {
    const { month, mode, taxRate, kinds } = deps.budget();
    const tax = partsPerMillion(taxRate);
    const yen = (ms: number, price: number) => {
      const net = units(ms, price);
      return unitsToYen(net + taxOn(net, tax));
    };
    const jobs = rows.map((row) => ({
      jobId: row.job_id,
      name: row.name,
      pool: row.pool,
      expectedYen: yen(row.expected_ms, row.price),
      mostYen: yen(row.most_ms, row.price),
      basis: basisOf(row.basis),
    }));
    const kind = kinds.find((each) => each.simulated === simulated);
    return {
      simulated,
      expectedYen: jobs.reduce((sum, job) => sum + job.expectedYen, 0),
      mostYen: jobs.reduce((sum, job) => sum + job.mostYen, 0),
      jobs,
      month,
      committedYen: kind?.committed.yen ?? 0,
      budgetYen: kind?.budget.yen ?? 0,
      mode,
      ...roomFor(rows),
    };
  };

  /** Leases at one time are, to the budget, one lease as long as the longest of them at what they cost together. */
  const roomFor = (rows: readonly EstimateRow[]): Pick<PipelineCost, 'room' | 'limitedBy'> => {
    const limitOf = (some: readonly EstimateRow[]): PipelineCost['limitedBy'] => {
      const [first] = some;
      if (first === undefined) return null;
      const longest = Math.max(...some.map((row) => row.most_ms));
      const together = some.reduce((sum, row) => sum + units(row.most_ms, row.price), 0n);
      const order: LeaseOrder = {
        nodeId: 'estimate',
        pool: first.pool,
        price: (together + BigInt(longest) - 1n) / BigInt(longest),
        vm: null,
        region: null,
        simulated: first.simulated === 1,
        projectId: first.project_id,
        leasedMs: longest,
        forcedBy: null,
      };
      const fit = ledger.fits(order);
      return (fit.fits ? fit.warning?.scope : fit.shortfall.scope) ?? null;
    };
    const limitedBy = limitOf(rows);
    if (limitedBy === null) return { room: 'all', limitedBy };
    // Jobs that do not fit hold no other back, so one that fits alone begins.
    const alone = rows.map((row) => limitOf([row]));
    return alone.includes(null)
      ? { room: 'one', limitedBy }
      : { room: 'none', limitedBy: alone[0] ?? limitedBy };
  };

  const of = (pipelineId: number): PipelineCost[] => {
    const rows = rowsOf(pipelineId);
    return [false, true].flatMap((simulated) => {
      const some = rows.filter((row) => (row.simulated === 1) === simulated);
      return some.length === 0 ? [] : [costOf(some, simulated)];
    });
  };

  return {
    ofProject: (projectId) => {
      const newest = store.get<{ id: number | null }>(
        'SELECT MAX(pipeline_id) AS id FROM job_estimates WHERE project_id = ?',
        projectId,
      );
      const costs = newest?.id == null ? [] : of(newest.id);
      return costs.map(({ simulated, expectedYen }) => ({ simulated, yen: expectedYen }));
    },
    ofJob: (jobId) => {
      const row = store.get<EstimateRow>('SELECT * FROM job_estimates WHERE job_id = ?', jobId);
      return row
        ? { expected: units(row.expected_ms, row.price), most: units(row.most_ms, row.price) }
        : null;
    },
    note: (jobs) => {
      const pools = deps.pools();
      for (const job of jobs) {
        const carrying = pools.filter(
          (pool) => carries(pool.config, job.tags) && (job.image === null || pool.containers),
        );
        const pool = carrying.find(({ held }) => held === null) ?? carrying[0];
        if (pool === undefined || pool.price === null) continue;
        const { ms, basis } = expectation(job, pool);
        const mostMs = (pool.config.bootTimeoutMs + leaseForJob(pool.config, job.timeoutMs)) * job.attempts;
        store.run(
          'INSERT INTO job_estimates (job_id, pipeline_id, project_id, name, pool, simulated, expected_ms, most_ms, price, basis, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
          job.jobId,
          job.pipelineId,
          job.projectId,
          job.name,
          pool.config.name,
          pool.simulated ? 1 : 0,
          Math.min(ms, mostMs),
          mostMs,
          Number(pool.price),
          textOf(basis),
          clock.now(),
        );
      }
    },
    of,
  };
}

/** A run's part of its node's bill: its own time, and an equal part of boot, idle tail and end. */
function billedPart({ ranMs, nodeRanMs, nodeJobs }: PastRun, billedMs: number): number {
  return Math.round(Math.min(billedMs, ranMs + Math.max(0, billedMs - nodeRanMs) / nodeJobs));
}

function textOf(basis: CostBasis): string {
  if (basis.kind === 'runs') return `runs:${basis.runs}`;
  return basis.kind === 'share' ? `share:${basis.percent}` : 'manual';
}

function basisOf(text: string): CostBasis {
  const [kind, value] = text.split(':');
  if (kind === 'runs') return { kind, runs: Number(value) };
  return kind === 'share' ? { kind, percent: Number(value) } : { kind: 'manual' };
}

import type * as z from 'zod';
import type { statusSchema } from '../api/contract/platform.ts';
import type { Deployments } from '../deployments/deployments.ts';
import type { Forge } from '../forge/forge.ts';
import type { Identity } from '../identity/identity.ts';
import type { CostReports } from '../ledger/cost-reports.ts';
import type { Pools } from '../pools/pools.ts';
import { version } from '../shared/version.ts';
import type { Urls } from './urls.ts';

export interface StatusDeps {
  identity: Pick<Identity, 'installationId'>;
  forge: Pick<Forge, 'waitingJobs' | 'readPipeline'>;
  deployments: Deployments;
  pools: Pools;
  reports: CostReports;
  urls: Urls;
  isolation: string;
}

/** What runs, what waits, the month so far: for `seto status`. */
export function readStatus({
  identity,
  forge,
  deployments,
  pools,
  reports,
  urls,
  isolation,
}: StatusDeps): z.infer<typeof statusSchema> {
  const nodes = pools.nodes(200).filter(({ state }) => state !== 'ended');
  const simulated = new Map(
    pools.list().map((pool) => [pool.config.name, pool.simulated && pool.price !== null]),
  );
  const { month, kinds } = reports.budget();
  return {
    version,
    installationId: identity.installationId,
    url: urls.main(),
    gatewayUrl: urls.gateway(),
    isolation,
    jobs: {
      running: nodes.filter(({ jobId }) => jobId !== null).length,
      waiting: forge.waitingJobs().map((job) => ({
        jobId: job.jobId,
        name: job.name,
        tags: [...job.tags],
        pendingReason:
          forge.readPipeline(job.pipelineId)?.jobs.find(({ id }) => id === job.jobId)?.pendingReason ?? null,
      })),
    },
    nodes: nodes.map(({ id, pool, state }) => ({ id, pool, state, simulated: simulated.get(pool) ?? false })),
    endpoints: deployments.endpoints().map(({ id, name }) => ({
      name,
      state: deployments.live(id)?.state ?? 'no live release',
      url: `${urls.gateway()}/e/${name}`,
    })),
    month: kinds.map((kind) => ({
      simulated: kind.simulated,
      month,
      spentYen: kind.total.yen,
      keptYen: kind.kept.yen,
      limitYen: kind.budget.yen,
      forecastYen: kind.forecast.yen,
      budgetReachedAt: kind.forecast.budgetReachedAt,
      budgetReachedEarliest: kind.forecast.budgetReachedEarliest,
    })),
  };
}

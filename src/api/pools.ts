import type { Identity } from '../identity/identity.ts';
import { actorOf, type Principal } from '../identity/principal.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { NodeRow } from '../pools/node-rows.ts';
import type { Pools, PoolView } from '../pools/pools.ts';
import { listNodes, listPools, pausePools, resumePools, showPool, stopNode } from './contract/pools.ts';
import { type Handler, handle } from './handle.ts';

export interface PoolHandlerDeps {
  pools: Pools;
  ledger: Ledger;
  identity: Pick<Identity, 'canSee'>;
  projectPath(projectId: number): string | null;
  projectOfJob(jobId: number): number | null;
}

/**
 * Pools and their nodes as people see and steer them; whose node it is, and for which job, only for those who may look
 * into the project.
 */
export function poolHandlers(deps: PoolHandlerDeps): Handler[] {
  const { pools, ledger, identity, projectPath, projectOfJob } = deps;
  const sees = (principal: Principal, projectId: number | null): projectId is number =>
    projectId !== null && identity.canSee(principal, projectId);
  const nodeView = (principal: Principal, node: NodeRow) => {
    const lease = ledger.lease(node.id);
    const { projectId, jobId, demand } = node;
    const seesJob = (id: number) => sees(principal, projectOfJob(id));
    return {
      id: node.id,
      pool: node.pool,
      site: node.site,
      state: node.state,
      activity: jobId === null ? ('idle' as const) : ('busy' as const),
      jobId: jobId !== null && seesJob(jobId) ? jobId : null,
      project: sees(principal, projectId) ? projectPath(projectId) : null,
      demand: {
        kind: demand.kind,
        id: demand.kind === 'minimum' || seesJob(Number(demand.id)) ? demand.id : null,
      },
      orderedAt: node.orderedAt,
      enrolledAt: node.enrolledAt,
      heardAt: node.beatAt,
      endedAt: node.endedAt,
      endReason: node.endReason,
      lease: lease && { usedMs: lease.elapsedMs, leasedMs: lease.leasedMs },
    };
  };
  return [
    handle(listPools, () => pools.list().map(poolView)),
    handle(showPool, ({ params, principal }) => {
      const shown = pools.show(params.pool);
      return { ...poolView(shown), nodeList: shown.nodes.map((node) => nodeView(principal, node)) };
    }),
    handle(pausePools, ({ body, principal }) => {
      if (body.pool === null && !body.drain) return pools.stopSpending(actorOf(principal));
      pools.pause(body.pool, actorOf(principal));
      return { nodes: 0, jobs: 0 };
    }),
    handle(resumePools, ({ body, principal }) => {
      pools.resume(body.pool, actorOf(principal));
      return undefined;
    }),
    handle(listNodes, ({ query, principal }) =>
      pools
        .nodes(200)
        .filter((node) => query.all === true || node.state !== 'ended')
        .map((node) => nodeView(principal, node)),
    ),
    handle(stopNode, ({ params, body, principal }) => {
      pools.stopNode(params.node, body.now, actorOf(principal));
      return undefined;
    }),
  ];
}

function poolView({ config, price, simulated, held, nodes }: PoolView) {
  return {
    name: config.name,
    site: config.site,
    driver: config.driver,
    executor: config.executor,
    tags: config.tags,
    vm: config.vm ?? null,
    region: config.vm === undefined ? null : config.region,
    yenPerHour: price === null ? null : Number(price) / 1e9,
    simulated: price !== null && simulated,
    minNodes: config.minNodes,
    maxNodes: config.maxNodes,
    idleTimeoutMs: config.idleTimeoutMs,
    bootTimeoutMs: config.bootTimeoutMs,
    held: held === null ? null : held.code === 'restored' ? ('restored' as const) : ('paused' as const),
    nodes: nodes.length,
  };
}

import { nodeFiles } from '../pools/drivers/node-folder.ts';
import { createProcessPool } from '../pools/drivers/process-pool.ts';
import type { NodePool } from '../pools/node-pool.ts';
import type { PoolConfig } from '../pools/pool-config.ts';
import { nodeCommand } from '../runner/node-command.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Clock } from '../shared/clock.ts';
import { programFile } from '../shared/program.ts';
import type { Config } from './config.ts';
import type { DataFolder } from './data-folder.ts';

export interface NodePoolDeps {
  config: Config;
  folder: DataFolder;
  clock: Clock;
  sandbox: Sandbox;
  installationId: string;
  runtimeDir: string;
}

/** The pools of seto.yaml with the drivers they name: the list of drivers of node pools. */
export function nodePools(deps: NodePoolDeps): { config: PoolConfig; driver: NodePool }[] {
  return deps.config.pools.map((config) => ({ config, driver: processPool(deps, config) }));
}

function processPool(deps: NodePoolDeps, pool: PoolConfig): NodePool {
  const { folder, clock, installationId, runtimeDir, sandbox } = deps;
  return createProcessPool({
    clock,
    root: folder.nodes,
    pool: pool.name,
    installationId,
    bootstrap: (order, files) => ({
      ...order.bootstrap,
      nodeId: order.nodeId,
      installationId,
      pool: pool.name,
      site: pool.site,
      tags: pool.tags,
      workDir: files.work,
      runtimeDir,
      recordFile: files.record,
      leaseFile: files.lease,
      socket: files.socket,
      endAfterIdleMs: order.demand.kind === 'minimum' ? null : pool.idleTimeoutMs,
      isolation: sandbox.ability.isolation,
    }),
    command: (bootstrapFile, nodeFolder) =>
      nodeCommand({
        sandbox,
        bootstrapFile,
        folder: nodeFolder,
        runtimeDir,
        main: programFile('main'),
        readOnly: [nodeFiles(nodeFolder).note],
      }),
  });
}

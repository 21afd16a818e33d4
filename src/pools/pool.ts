import type { NodePool } from './node-pool.ts';
import type { PoolConfig } from './pool-config.ts';

/** A pool with its driver and price. */
export interface Pool {
  config: PoolConfig;
  driver: NodePool;
  /** Nano-yen an hour by the book in force, so it may change between two looks; null where nothing is billed. */
  readonly price: bigint | null;
  /** Whether what it bills is pretended (the process driver). */
  simulated: boolean;
  /** Whether its executor runs container images. */
  containers: boolean;
}

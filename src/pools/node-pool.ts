/** Why a pool wants a node. */
export interface Demand {
  kind: 'job' | 'session' | 'minimum';
  /** Job or session id; empty for `minimum`. */
  id: string;
}

/** Everything a new node needs to find its way home. The token works once and is bound to node and lease. */
export interface NodeBootstrap {
  url: string;
  /** PEM of the certificate authority of `url`, where it is not a public one. */
  ca: string | null;
  oneTimeToken: string;
  /** Null where nothing is billed. */
  leaseMs: number | null;
}

export interface NodeOrder {
  /** Ours, made before the provider is asked: ordering again with the same id starts nothing new. */
  nodeId: string;
  installationId: string;
  pool: string;
  demand: Demand;
  bootstrap: NodeBootstrap;
}

/** What the provider says it bills. Times are wall milliseconds; `to` is null while it runs. */
export interface Machine {
  machineId: string;
  nodeId: string | null;
  installationId: string | null;
  from: number;
  to: number | null;
  /** `to` is only the latest it can have been: the provider found it gone and does not know since when. */
  bounded?: true;
}

/** What `machines()` told is told for at least so long after its end, milliseconds. */
export const rememberedMs = 48 * 3_600_000;

/**
 * A place that nodes come from. Lifecycle: made by compose, `start` only after the lease row is committed.
 * Concurrency: calls for different nodes at once. Idempotence: start and end by node id; ending an unknown node is
 * no error. A call may fail, hang or succeed unseen; the reconciler asks `started()` again.
 *
 * A machine ends by `leaseMs` after it began (and a driver's own few seconds, well within the lease's end margin) even
 * if nothing of ours ever runs on it, or hangs, and nobody calls `end`: the driver gives it a timer that depends on
 * neither, and that a node which lives moves on when its lease is extended.
 */
export interface NodePool {
  start(order: NodeOrder): Promise<void>;
  /** Ends the machine now (the node was drained before where that was possible). */
  end(nodeId: string): Promise<void>;
  /** Node ids of this installation that are ordered or running. */
  started(): Promise<readonly string[]>;
  /** What is or was billed lately (`rememberedMs` at least), other installations' machines included where seen. */
  machines(): Promise<readonly Machine[]>;
  /** The provider's wall clock now (the Date header of an answer), milliseconds; null where it told none. */
  now(): Promise<number | null>;
}

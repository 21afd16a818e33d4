import { units } from './money.ts';
import { type NodeTimes, nodeMs } from './sweep.ts';

/**
 * Formula (1), `C_np = C_vm · Σ n·T_n`, in exact units (see money.ts).
 * Source: the paper's cost model; `times` holds T_n in milliseconds.
 */
export function nodePoolCost(priceNanoYenPerHour: number | bigint, times: NodeTimes): bigint {
  return units(nodeMs(times), priceNanoYenPerHour);
}

/** Formula (2), `C_lb = L·t`. */
export function loadBalancerCost(priceNanoYenPerHour: number | bigint, ms: number): bigint {
  return units(ms, priceNanoYenPerHour);
}

/** Formula (3), `C_ip = P·t`, for one address. */
export function staticIpCost(priceNanoYenPerHour: number | bigint, ms: number): bigint {
  return units(ms, priceNanoYenPerHour);
}

/** Formula (4), `C = Σ C_np + C_lb + m·C_ip + e`: the paper has three pools and m = 2 addresses. */
export function platformCost(parts: {
  nodePools: readonly bigint[];
  loadBalancer: bigint;
  staticIp: bigint;
  staticIps: number;
  other: bigint;
}): bigint {
  const pools = parts.nodePools.reduce((sum, each) => sum + each, 0n);
  return pools + parts.loadBalancer + BigInt(parts.staticIps) * parts.staticIp + parts.other;
}

/** T_n of formula (1): for each number of nodes n ≥ 1, how long exactly n were up, in whole units of time. */
export type Times = ReadonlyMap<number, number | bigint>;

/**
 * Formula (1), `C_np = C_vm · Σ_{n=0..k} n·T_n`: what a node pool costs. Exact: `pricePerTime` is C_vm in whole units of
 * money for a unit of time, `times` holds T_n in whole units of time, and the result is in units of money. The ledger
 * takes nano-yen an hour and milliseconds (money.ts), the estimate decimals of 10⁻¹⁸ (decimal.ts).
 * Throws RangeError on a negative or broken price, time or n.
 */
export function nodePoolCost(pricePerTime: number | bigint, times: Times): bigint {
  let nodeTime = 0n;
  for (const [n, time] of times) nodeTime += whole(n, 'n') * whole(time, 'T_n');
  return whole(pricePerTime, 'C_vm') * nodeTime;
}

/** Formula (2), `C_lb = L·t`: the load balancer, `pricePerTime` and `time` in units as in formula (1). */
export function loadBalancerCost(pricePerTime: number | bigint, time: number | bigint): bigint {
  return whole(pricePerTime, 'L') * whole(time, 't');
}

/** Formula (3), `C_ip = P·t`: one static IPv4 address, `pricePerTime` and `time` in units as in formula (1). */
export function staticIpCost(pricePerTime: number | bigint, time: number | bigint): bigint {
  return whole(pricePerTime, 'P') * whole(time, 't');
}

/**
 * Formula (4), `C = C_np1 + C_np2 + C_np3 + C_lb + 2·C_ip + e`: the platform, all parts in the same unit of money. The
 * paper has three pools and two addresses; here both are counted. Throws RangeError on a negative part.
 */
export function platformCost(parts: {
  nodePools: readonly bigint[];
  loadBalancer: bigint;
  staticIp: bigint;
  staticIps: number;
  other: bigint;
}): bigint {
  const pools = parts.nodePools.reduce((sum, each) => sum + whole(each, 'C_np'), 0n);
  const addresses = whole(parts.staticIps, 'addresses') * whole(parts.staticIp, 'C_ip');
  return pools + whole(parts.loadBalancer, 'C_lb') + addresses + whole(parts.other, 'e');
}

/** A factor of the formulas, none of which can be negative or a fraction of its unit. */
function whole(value: number | bigint, name: string): bigint {
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new RangeError(`${name} must be a whole number, not ${value}`);
  if (value < 0) throw new RangeError(`${name} must not be negative, not ${value}`);
  return BigInt(value);
}

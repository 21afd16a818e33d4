/** Below this share of the largest term a number of nodes is left out: 10⁻¹⁵ of a month is a few nanoseconds. */
const leastShare = 1e-15;

export interface Demands {
  /** Σ n·T_n: what is to come out, exactly. */
  nodeHours: number;
  /** How many independent people or jobs there are. */
  count: number;
  /** Hours of the month in which they may fall; more where they need more, at most the month. */
  windowHours: number;
  monthHours: number;
  /** At most so many nodes at once; what exceeds it waits and comes later. */
  maxNodes: number;
}

/**
 * T_n in hours for n ≥ 1: independent demands, each up at a random moment of the window with the same chance, so that
 * the number of nodes is binomial. Where the limit of nodes cuts it, the rest is worked off later with all nodes up.
 * Throws RangeError where the month has no room for the node-hours.
 */
export function occupancy(demands: Demands): Map<number, number> {
  const { nodeHours, monthHours, maxNodes } = demands;
  if (nodeHours > maxNodes * monthHours * (1 + 1e-12))
    throw new RangeError(`${nodeHours} node-hours do not fit ${maxNodes} nodes of ${monthHours} h`);
  if (nodeHours === 0) return new Map();
  const count = Math.ceil(demands.count);
  const needed = nodeHours / count;
  const windowHours = Math.min(monthHours, Math.max(demands.windowHours, needed));
  if (needed > windowHours) return even(nodeHours, monthHours);
  const times = new Map<number, number>();
  let late = 0;
  for (const [n, share] of binomial(count, needed / windowHours)) {
    const kept = Math.min(n, maxNodes);
    times.set(kept, (times.get(kept) ?? 0) + share * windowHours);
    late += (n - kept) * share * windowHours;
  }
  if (late > 0) times.set(maxNodes, (times.get(maxNodes) ?? 0) + late / maxNodes);
  let hours = 0;
  let sum = 0;
  for (const [n, t] of times) {
    hours += t;
    sum += n * t;
  }
  // Hours so small that their share of the month is no double any more.
  if (sum === 0) return new Map([[1, nodeHours]]);
  if (hours > monthHours * (1 + 1e-12)) return even(nodeHours, monthHours);
  return new Map([...times].map(([n, t]) => [n, (t * nodeHours) / sum]));
}

/** As evenly as whole nodes allow, over the whole month. */
function even(nodeHours: number, monthHours: number): Map<number, number> {
  const fewer = Math.floor(nodeHours / monthHours);
  const more = nodeHours - fewer * monthHours;
  const times = new Map<number, number>();
  if (fewer > 0) times.set(fewer, monthHours - more);
  if (more > 0) times.set(fewer + 1, more);
  return times;
}

/** The chance of each n ≥ 1 that matters; from the most likely one outwards, so that nothing underflows on the way. */
function binomial(count: number, chance: number): [n: number, share: number][] {
  if (chance >= 1) return [[count, 1]];
  const odds = chance / (1 - chance);
  const mode = Math.min(count, Math.floor((count + 1) * chance));
  const terms: [number, number][] = [[mode, 1]];
  for (let n = mode, term = 1; n < count && term > leastShare; n++) {
    term *= ((count - n) / (n + 1)) * odds;
    terms.push([n + 1, term]);
  }
  for (let n = mode, term = 1; n > 0 && term > leastShare; n--) {
    term *= n / (count - n + 1) / odds;
    terms.push([n - 1, term]);
  }
  const all = terms.reduce((sum, [, term]) => sum + term, 0);
  return terms
    .filter(([n]) => n > 0)
    .sort(([one], [other]) => one - other)
    .map(([n, term]) => [n, term / all]);
}

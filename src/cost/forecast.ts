/** Figures with tax, yen. */
export interface ForecastInput {
  spentYen: number;
  /** Prepaid by leases: it may be spent, so the range reaches at least so far. */
  keptYen: number;
  fixedToComeYen: number;
  /** The whole days of the month since the platform was first used, without fixed costs. */
  dailyYen: readonly number[];
  /** Of the month, since the platform was first used. */
  usedMs: number;
  /** Until the month ends. */
  leftMs: number;
}

export interface Forecast {
  yen: number;
  lowYen: number;
  highYen: number;
  basis: string;
}

const dayMs = 86_400_000;
/** Below this the run rate of a few minutes would be blown up to a month. */
const leastUsedMs = 3_600_000;

/**
 * Where the month is heading: what is spent, fixed costs to come, and the rest of the month at the rate of its days so
 * far. The range is two standard errors of the sum of the remaining days, taken as independent; with fewer than two
 * whole days it reaches from “nothing more runs” to twice the rate.
 */
export function forecast(input: ForecastInput): Forecast {
  const { spentYen, keptYen, fixedToComeYen, dailyYen, usedMs } = input;
  const leftDays = Math.max(0, input.leftMs) / dayMs;
  const least = spentYen + fixedToComeYen;
  if (leftDays === 0) return { yen: least, lowYen: least, highYen: least, basis: 'the month is over' };
  const days = dailyYen.length;
  if (days >= 2) {
    const mean = dailyYen.reduce((sum, each) => sum + each, 0) / days;
    const variance = dailyYen.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (days - 1);
    const spread = 2 * Math.sqrt(variance * leftDays + (variance / days) * leftDays ** 2);
    const yen = least + mean * leftDays;
    return {
      yen,
      lowYen: Math.max(least, yen - spread),
      highYen: Math.max(yen + spread, least + keptYen),
      basis: `mean of ${days} whole days`,
    };
  }
  const rate = usedMs < leastUsedMs ? 0 : (spentYen / usedMs) * dayMs;
  const more = rate * leftDays;
  return {
    yen: least + more,
    lowYen: least,
    highYen: least + Math.max(2 * more, keptYen),
    basis: usedMs < leastUsedMs ? 'too early for a rate' : 'rate since the first use this month',
  };
}

/** Figures with tax, yen. Times are milliseconds from now. */
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
  /** What is planned for the rest of the month (retrainings by schedule), and what each is expected to cost. */
  scheduled?: readonly { inMs: number; yen: number }[];
  /** The month's limit; without one nothing is reached. */
  budgetYen?: number;
}

export interface Forecast {
  yen: number;
  lowYen: number;
  highYen: number;
  basis: string;
  /** When the expected path reaches the budget, milliseconds from now; null where it does not any more. */
  reachedInMs: number | null;
  /** The same at the upper end of the range: not before then. */
  earliestInMs: number | null;
}

const dayMs = 86_400_000;
/** Below this the run rate of a few minutes would be blown up to a month. */
const leastUsedMs = 3_600_000;
/** Student's t, 97.5 %, for 1 to 10 degrees of freedom: any table of it. */
const t975 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

/** How many standard errors hold the middle 95 % where the spread itself is known from so few days. */
function standardErrors(freedom: number): number {
  return t975[freedom - 1] ?? 1.96 + 2.6 / freedom;
}

/**
 * Where the month is heading: what is spent, fixed costs to come, and the rest of the month at the rate of its days so
 * far, or what is scheduled where that is more (the days so far hold earlier scheduled runs, so the two are not added).
 * The range is to hold the truth nineteen times of twenty, days taken as independent: Student's t times the standard
 * error of the remaining days' sum, which knows that the mean itself is a guess. Its upper end counts the dearest day
 * once more, since few days show no rare dear one; where most days cost nothing and some much, the range of a first
 * week still holds the truth only about four times of five. With fewer than two whole days it
 * reaches from “nothing more runs” to twice the rate. It never reaches below what is spent, nor less high than what is
 * prepaid or scheduled.
 */
export function forecast(input: ForecastInput): Forecast {
  const { spentYen, keptYen, fixedToComeYen, dailyYen, usedMs, scheduled = [] } = input;
  const leftMs = Math.max(0, input.leftMs);
  const leftDays = leftMs / dayMs;
  const least = spentYen + fixedToComeYen;
  if (leftDays === 0)
    return withReach(input, { yen: least, lowYen: least, highYen: least, basis: 'the month is over' });
  const planned = scheduled.reduce((sum, { inMs, yen }) => sum + (inMs <= leftMs ? yen : 0), 0);
  const { more, below, above, basis } = runRate(dailyYen, spentYen, usedMs, leftDays);
  const expected = Math.max(more, planned);
  return withReach(input, {
    yen: least + expected,
    lowYen: Math.max(least, least + more - below),
    highYen: least + Math.max(expected, more + above, keptYen, planned),
    basis: planned > more ? `${basis}; schedule` : basis,
  });
}

function runRate(
  dailyYen: readonly number[],
  spentYen: number,
  usedMs: number,
  leftDays: number,
): { more: number; below: number; above: number; basis: string } {
  const days = dailyYen.length;
  if (days >= 2) {
    const plain = restOf(dailyYen, leftDays);
    const dear = restOf([...dailyYen, Math.max(...dailyYen)], leftDays);
    const errors = standardErrors(days - 1);
    return {
      more: plain.sum,
      below: errors * plain.error,
      above: Math.max(plain.sum + errors * plain.error, dear.sum + errors * dear.error) - plain.sum,
      basis: `mean of ${days} whole days`,
    };
  }
  const early = usedMs < leastUsedMs;
  const more = early ? 0 : (spentYen / usedMs) * dayMs * leftDays;
  const basis = early ? 'too early for a rate' : 'rate since the first use this month';
  return { more, below: more, above: more, basis };
}

/** The remaining days at the mean of those seen, and the standard error of that sum. */
function restOf(dailyYen: readonly number[], leftDays: number): { sum: number; error: number } {
  const days = dailyYen.length;
  const mean = dailyYen.reduce((sum, each) => sum + each, 0) / days;
  const variance = dailyYen.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (days - 1);
  return { sum: mean * leftDays, error: Math.sqrt(variance * leftDays + (variance / days) * leftDays ** 2) };
}

type Range = Omit<Forecast, 'reachedInMs' | 'earliestInMs'>;

function withReach(input: ForecastInput, range: Range): Forecast {
  return {
    ...range,
    reachedInMs: reached(input, range.yen),
    earliestInMs: reached(input, range.highYen),
  };
}

/** When a path that ends at `endYen` meets the budget: scheduled costs are steps, all else comes evenly. */
function reached(input: ForecastInput, endYen: number): number | null {
  const { spentYen, fixedToComeYen, budgetYen, scheduled = [] } = input;
  if (budgetYen === undefined) return null;
  const start = spentYen + fixedToComeYen;
  const leftMs = Math.max(0, input.leftMs);
  if (leftMs === 0) return null;
  if (start >= budgetYen) return 0;
  if (endYen < budgetYen) return null;
  const steps = scheduled.filter(({ inMs }) => inMs <= leftMs).sort((one, other) => one.inMs - other.inMs);
  const stepped = steps.reduce((sum, { yen }) => sum + yen, 0);
  const slope = Math.max(0, endYen - start - stepped) / leftMs;
  let sum = start;
  let from = 0;
  for (const { inMs, yen } of steps) {
    if (sum + slope * (inMs - from) >= budgetYen) break;
    sum += slope * (inMs - from) + yen;
    from = inMs;
    if (sum >= budgetYen) return inMs;
  }
  return slope === 0 ? leftMs : Math.min(leftMs, from + (budgetYen - sum) / slope);
}

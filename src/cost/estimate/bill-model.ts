/** Where compute and storage stand: the ways of running the same work that are compared. */
export const layouts = ['hybrid-aks-2023', 'hybrid-aks', 'hybrid-vm', 'all-cloud', 'all-onprem'] as const;

export type Layout = (typeof layouts)[number];

/** What a range may vary, by the name that users type; units in the names. */
export const rangeInputs = [
  /** Hours of pure training a month: retrainings × minutes. */
  'trainingHours',
  /**
   * Yen an hour of the machine that trains, at the scenario's own exchange rate: where that machine is priced in dollars,
   * its price goes on moving with `yenPerDollar`.
   */
  'vmPriceYen',
  /** The data set at the month's beginning; what it grows by stays. */
  'dataGb',
  /** The link from the shop to the cloud (up); the other direction keeps its proportion. */
  'linkMbps',
  'developers',
  'yenPerDollar',
  /** Changes no bill, only what stays within it; Infinity at the origin of a scenario without a budget. */
  'budgetYen',
] as const;

export type RangeInput = (typeof rangeInputs)[number];

/** One value for each input. */
export type RangePoint = Readonly<Record<RangeInput, number>>;

/**
 * The bill of a month as a function, compiled once from a checked scenario so that 200,000 of them take a second or two.
 * Pure. It is the closed form of `estimate`: at the scenario's own point both agree to 1e-9.
 */
export interface BillModel {
  /** The scenario's own values. */
  readonly origin: RangePoint;
  /** Yen of the month, tax included. */
  yen(layout: Layout, at: RangePoint): number;
  /**
   * Where the bill of that layout bends or jumps while `input` goes from `from` to `to` and all else stays as in `at`;
   * ascending, within the open interval. Between neighbours the bill is exactly a + b·x + c/x in that input; at a kink
   * itself, where it jumps, it has the value of one of its sides.
   */
  kinks(layout: Layout, at: RangePoint, input: RangeInput, from: number, to: number): number[];
}

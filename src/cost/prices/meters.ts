/** What a price is for: an hour of it, a gigabyte (10⁹ bytes) moved, one a month, a gigabyte kept for a month. */
export type MeterUnit = 'hour' | 'GB' | 'month' | 'GB-month';

/** What is billed beside machines, each with its unit; the ids that price sheets use. */
export const meterUnits = {
  /** Standard load balancer with up to five rules. */
  loadBalancerHour: 'hour',
  /** What passes through it, both ways. */
  loadBalancerGb: 'GB',
  /** One Standard static public IPv4 address. */
  staticIpHour: 'hour',
  /** Premium SSD of 32, 64 and 128 GiB, locally redundant. */
  diskP4: 'month',
  diskP6: 'month',
  diskP10: 'month',
  /** Standard SSD of 32 GiB, locally redundant. */
  diskE4: 'month',
  /** Standard HDD of 32 GiB, locally redundant. */
  diskS4: 'month',
  /** Traffic to the Internet over Microsoft's network (the default routing), by what a month has of it. */
  egressGb: 'GB',
  natHour: 'hour',
  natGb: 'GB',
  /** An AKS cluster's control plane, by its tier. */
  aksFreeHour: 'hour',
  aksStandardHour: 'hour',
  /** Blob storage, hot, locally redundant. */
  blobHotGb: 'GB-month',
} as const satisfies Record<string, MeterUnit>;

export type MeterId = keyof typeof meterUnits;

export const meterIds = Object.keys(meterUnits) as MeterId[];

/** From `from` units of a month on, a unit costs `price`. */
export interface Tier {
  from: number;
  price: number;
}

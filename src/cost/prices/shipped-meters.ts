import type { MeterId } from './meters.ts';
import type { MeterPrice } from './price-book.ts';

type Meters = Readonly<Record<MeterId, MeterPrice>>;

const api = 'Azure Retail Prices API';

/** One price whatever the quantity. */
const flat = (price: number, given: Omit<MeterPrice, 'tiers'>): MeterPrice => ({
  tiers: [{ from: 0, price }],
  ...given,
});

/** The same everywhere: the API lists load balancer and NAT under the region Global. */
const everywhere = {
  loadBalancerHour: flat(0.025, {
    source: `${api}, Load Balancer “Standard Included LB Rules and Outbound Rules”, Global`,
    date: '2026-10-03',
  }),
  loadBalancerGb: flat(0.005, {
    source: `${api}, Load Balancer “Standard Data Processed”, Global`,
    date: '2026-10-03',
  }),
  staticIpHour: flat(0.005, {
    source: `${api}, IP Addresses “Standard IPv4 Static Public IP”`,
    date: '2026-10-03',
  }),
  natHour: flat(0.045, {
    source: `${api}, NAT Gateway “Standard Gateway”, Global`,
    date: '2026-06-18',
    approximate: true,
  }),
  natGb: flat(0.045, {
    source: `${api}, NAT Gateway “Standard Data Processed”, Global`,
    date: '2026-06-18',
    approximate: true,
  }),
  aksFreeHour: flat(0, { source: 'AKS: the Free tier has no meter', date: '2026-06-18' }),
  aksStandardHour: flat(0.1, {
    source: `${api}, Azure Kubernetes Service “Standard Uptime SLA”`,
    date: '2026-06-18',
  }),
} as const satisfies Partial<Meters>;

const disk = (name: string, price: number, approximate = false): MeterPrice =>
  flat(price, {
    source: `${api}, Storage “${name} LRS Disk”`,
    date: '2026-06-18',
    ...(approximate ? { approximate } : {}),
  });

/** Bandwidth, routing over Microsoft's network: a zone's regions share one meter, whose first 100 GB of a month are free. */
const egress = (zone: number, prices: readonly [number, number, number, number]): MeterPrice => ({
  tiers: [0, 100, 10_335, 51_295, 153_695].map((from, index) => ({
    from,
    price: [0, ...prices][index] ?? 0,
  })),
  source: `${api}, Bandwidth “Rtn Preference: MGN”, zone ${zone}`,
  date: '2026-09-24',
  approximate: true,
});

const blob = (price: number, date: string): MeterPrice =>
  flat(price, { source: `${api}, General Block Blob v2 “Hot LRS Data Stored”`, date, approximate: true });

const japan: Meters = {
  ...everywhere,
  diskP4: disk('P4', 6.07),
  diskP6: disk('P6', 11.74),
  diskP10: disk('P10', 22.67),
  diskE4: disk('E4', 2.4),
  diskS4: disk('S4', 1.54),
  egressGb: egress(2, [0.12, 0.085, 0.082, 0.08]),
  blobHotGb: blob(0.02, '2026-06-18'),
};

/** USD. Region → what is billed beside machines; `approximate` where the source at hand gives a rough figure. */
export const shippedMeters: Readonly<Record<string, Meters>> = {
  japaneast: japan,
  japanwest: japan,
  eastus: {
    ...everywhere,
    diskP4: disk('P4', 5.28),
    diskP6: disk('P6', 10.21, true),
    diskP10: disk('P10', 19.71),
    diskE4: disk('E4', 2.4, true),
    diskS4: disk('S4', 1.54, true),
    egressGb: egress(1, [0.087, 0.083, 0.07, 0.05]),
    blobHotGb: blob(0.0208, '2026-10-03'),
  },
};

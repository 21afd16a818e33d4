/**
 * What `seto cost estimate` has to say, worked out a second time: written from docs/estimates.md and docs/prices.md
 * alone, in plain arithmetic, with the prices typed in. Imports nothing of the program.
 */

/** US dollars an hour, Linux, pay as you go. */
const vmPrices: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  japaneast: {
    Standard_B2ms: 0.109,
    Standard_D2s_v3: 0.129,
    Standard_D2s_v5: 0.124,
    Standard_D4s_v5: 0.248,
    Standard_D4pls_v6: 0.16,
    Standard_F4s_v2: 0.214,
    Standard_NC4as_T4_v3: 0.71,
    Standard_NC16as_T4_v3: 1.625,
  },
  japanwest: {
    Standard_B2s: 0.0599,
    Standard_D2s_v5: 0.124,
    Standard_D4pls_v6: 0.16,
    Standard_NC4as_T4_v3: 0.768,
    Standard_D2s_v3: 0.129,
    Standard_F4s_v2: 0.235,
    Standard_NC8as_T4_v3: 1.097,
  },
};

const usd = {
  loadBalancerHour: 0.025,
  loadBalancerGb: 0.005,
  staticIpHour: 0.005,
  natHour: 0.045,
  natGb: 0.045,
  aksStandardHour: 0.1,
  blobHotGb: 0.02,
};
const diskUsd: Readonly<Record<string, number>> = { P4: 6.07, P6: 11.74, P10: 22.67, E4: 2.4, S4: 1.54 };
const egressTiers = [
  { from: 0, to: 100, usd: 0, name: 'egress' },
  { from: 100, to: 10_335, usd: 0.12, name: 'egressFrom100' },
  { from: 10_335, to: 51_295, usd: 0.085, name: 'egressFrom10335' },
  { from: 51_295, to: 153_695, usd: 0.082, name: 'egressFrom51295' },
  { from: 153_695, to: Number.POSITIVE_INFINITY, usd: 0.08, name: 'egressFrom153695' },
];
/** GB (10⁹ bytes) of a system disk of 32, 64 and 128 GiB. */
const diskGb: Readonly<Record<string, number>> = {
  ...{ P4: 34.359738368, E4: 34.359738368, S4: 34.359738368 },
  ...{ P6: 68.719476736, P10: 137.438953472, ephemeral: 0 },
};

interface Price {
  yen?: number;
  usd?: number;
}

type Layout = 'hybrid-aks-2023' | 'hybrid-aks' | 'hybrid-vm' | 'all-cloud' | 'all-onprem';

/** A scenario as YAML gives it. */
export interface Given {
  month?: { hours: number };
  exchange?: { yenPerDollar: number };
  region?: string;
  budget?: { yen: number };
  pools?: { name: string; vm?: string; pricePerHour?: Price; nodeHours: Record<string, number> }[];
  loadBalancer?: { hours: number; pricePerHour?: Price };
  staticIps?: { count: number; hours: number; pricePerHour?: Price };
  other?: { yen: number };
  tax?: { rate: number };
  layout?: Layout;
  workload?: {
    developers: number;
    daysPerMonth?: number;
    sessionsPerDay?: number;
    hoursPerSession: number;
    retrainingsPerMonth: number;
    minutesPerRetraining: number;
    dataGb: number;
    growthGbPerMonth?: number;
    picturesPerMonth?: number;
    artifactGb?: number;
    link: { downMbps: number; upMbps: number };
    dataCache?: 'none' | 'cloud';
  };
  assumptions?: {
    vms?: {
      system?: string | Price;
      develop?: string | Price;
      train?: string | Price;
      operations?: string | Price;
    };
    bootMinutes?: number;
    idleTimeoutMinutes?: number;
    aksIdleMinutes?: number;
    autoscalerDelaySeconds?: number;
    workdayHours?: number;
    cloudMbps?: number;
    osDisk?: string;
    systemGb?: number;
    aksTier?: 'Free' | 'Standard';
    natGateway?: boolean;
    ideMbPerHour?: number;
    answerKb?: number;
    secondsPerPicture?: number;
    maxNodes?: { develop?: number; train?: number };
    onprem?: {
      lanMbps?: number;
      yenPerKwh?: number;
      server?: { existing?: number; purchaseYen?: number; lifeMonths?: number; watts?: number };
      disk?: { yenPerGb?: number; lifeMonths?: number; copies?: number };
      workstation?: {
        purchaseYen?: number;
        lifeMonths?: number;
        watts?: number;
        speed?: number;
        usableShare?: number;
      };
      developerMachine?: {
        purchaseYen?: number;
        lifeMonths?: number;
        watts?: number;
        developersEach?: number;
      };
    };
  };
}

export interface Line {
  name: string;
  formula: string;
  quantity: number;
  unitPrice: number;
  yen: number;
  nodeHours?: Record<string, number>;
}

export interface Expected {
  items: Line[];
  paperYen: number;
  total: number;
  withinBudget: boolean | null;
}

/** `sheet`: yen an hour by size, from the user's own price file. */
export function expectedOf(given: Given, sheet: Readonly<Record<string, number>> = {}): Expected {
  const rate = given.exchange?.yenPerDollar ?? Number.NaN;
  const yenOf = (price: Price): number => price.yen ?? (price.usd ?? Number.NaN) * rate;
  const vmYen = (vm: string): number =>
    sheet[vm] ?? (vmPrices[given.region ?? 'japaneast']?.[vm] ?? Number.NaN) * rate;
  const lines =
    given.layout === undefined ? direct(given, yenOf, vmYen, rate) : derived(given, yenOf, vmYen, rate);
  const items = lines.map((line): Line => ({ ...line, yen: line.quantity * line.unitPrice }));
  const net = sum(items.map(({ yen }) => yen));
  const taxRate = given.tax?.rate ?? 0;
  if (taxRate > 0)
    items.push({ name: 'tax', formula: 'tax', quantity: taxRate, unitPrice: net, yen: net * taxRate });
  const total = net * (1 + taxRate);
  return {
    items,
    paperYen: sum(items.filter(({ formula }) => /^\(\d\)$/.test(formula)).map(({ yen }) => yen)),
    total,
    withinBudget: given.budget === undefined ? null : total <= given.budget.yen,
  };
}

type Bare = Omit<Line, 'yen'>;

function direct(
  given: Given,
  yenOf: (price: Price) => number,
  vmYen: (vm: string) => number,
  rate: number,
): Bare[] {
  const lines = (given.pools ?? []).map((pool): Bare => {
    // Formula (1): C_vm · Σ n·T_n.
    const quantity = sum(Object.entries(pool.nodeHours).map(([n, hours]) => Number(n) * hours));
    const unitPrice = pool.pricePerHour === undefined ? vmYen(pool.vm ?? '') : yenOf(pool.pricePerHour);
    return { name: pool.name, formula: '(1)', quantity, unitPrice, nodeHours: { ...pool.nodeHours } };
  });
  const { loadBalancer, staticIps, other } = given;
  if (loadBalancer)
    lines.push({
      ...{ name: 'loadBalancer', formula: '(2)', quantity: loadBalancer.hours },
      unitPrice: loadBalancer.pricePerHour ? yenOf(loadBalancer.pricePerHour) : usd.loadBalancerHour * rate,
    });
  if (staticIps)
    lines.push({
      ...{ name: 'staticIps', formula: '(3)', quantity: staticIps.count * staticIps.hours },
      unitPrice: staticIps.pricePerHour ? yenOf(staticIps.pricePerHour) : usd.staticIpHour * rate,
    });
  if (other) lines.push({ name: 'other', formula: '(4)', quantity: 1, unitPrice: other.yen });
  return lines;
}

function derived(
  given: Given,
  yenOf: (price: Price) => number,
  vmYen: (vm: string) => number,
  rate: number,
): Bare[] {
  const layout = given.layout as Layout;
  const work = given.workload;
  if (work === undefined) throw new Error('no workload');
  const a = given.assumptions ?? {};
  const onprem = a.onprem ?? {};
  const H = given.month?.hours ?? 730;
  const [aks2023, aks, vms, cloud, shop] = (
    ['hybrid-aks-2023', 'hybrid-aks', 'hybrid-vm', 'all-cloud', 'all-onprem'] as const
  ).map((each) => each === layout);
  const hybrid = Boolean(aks2023 || aks || vms);
  const [D, R, m] = [work.developers, work.retrainingsPerMonth, work.minutesPerRetraining];
  const sessions = (work.daysPerMonth ?? 20) * (work.sessionsPerDay ?? 1);
  const h = work.hoursPerSession;
  const [g, p, artifact] = [work.growthGbPerMonth ?? 0, work.picturesPerMonth ?? 0, work.artifactGb ?? 0.1];
  const cached = work.dataCache === 'cloud';
  const c = a.cloudMbps ?? 800;
  const hoursOf = (gb: number, mbps: number) => (gb * 8000) / mbps / 3600;

  // 1 to 5
  const G = work.dataGb + g / 2;
  const overLink = hybrid && !cached;
  const X = hoursOf(G, overLink ? Math.min(work.link.upMbps, c) : c);
  const U = hoursOf(artifact, hybrid ? Math.min(work.link.downMbps, c) : c);
  const B = (a.bootMinutes ?? 5) / 60;
  const I =
    aks2023 || aks
      ? ((a.aksIdleMinutes ?? 10) + (a.autoscalerDelaySeconds ?? 10) / 60) / 60
      : (a.idleTimeoutMinutes ?? 5) / 60;
  const S = B + X + h + I;
  // 6, 7
  const w = sessions * S;
  const keptUp = w > H;
  const develop = D * Math.min(w, H);
  const train = R * (B + X + U + I) + (R * m) / 60;
  // 8
  const osDisk = a.osDisk ?? 'P10';
  const room = Math.max(0, (diskGb[osDisk] ?? Number.NaN) - (a.systemGb ?? 30));
  const K = Math.max(0, Math.ceil((work.dataGb + g - room) / 137.438953472));
  // 9 to 11
  const Q = keptUp ? D + R : D * sessions + R;
  const pulled = overLink ? Q * G : 0;
  const E =
    (D * sessions * h * (a.ideMbPerHour ?? 50)) / 1000 +
    (cloud ? (p * (a.answerKb ?? 2)) / 1e6 : R * artifact);
  const M = Math.max(1, Math.ceil((p * (a.secondsPerPicture ?? 0.2)) / 3600 / H));

  const lines: Bare[] = [];
  const add = (name: string, formula: string, quantity: number, unitPrice: number) => {
    if (quantity > 0 || formula !== 'extra') lines.push({ name, formula, quantity, unitPrice });
  };
  const machine = (given: string | Price | undefined, standard: string) =>
    typeof given === 'object' ? yenOf(given) : vmYen(given ?? standard);
  const resident = (name: string, nodes: number, unitPrice: number) =>
    lines.push({ name, formula: '(1)', quantity: nodes * H, unitPrice, nodeHours: { [nodes]: H } });
  if (aks2023) resident('system', 1, machine(a.vms?.system, 'Standard_D2s_v3'));
  if (aks) resident('system', 2, machine(a.vms?.system, 'Standard_D4pls_v6'));
  if (cloud) resident('operations', M, machine(a.vms?.operations, 'Standard_D2s_v5'));
  if (!shop) {
    const window = (a.workdayHours ?? 8) * (work.daysPerMonth ?? 20);
    const perDeveloper = D === 0 ? 0 : develop / D;
    const people = timesOf(D, develop, Math.min(H, Math.max(window, perDeveloper)), H, a.maxNodes?.develop);
    const jobs = timesOf(Math.ceil(R), train, H, H, a.maxNodes?.train);
    lines.push({
      ...{ name: 'develop', formula: '(1)', quantity: develop },
      ...{ unitPrice: machine(a.vms?.develop, 'Standard_F4s_v2'), nodeHours: people },
    });
    lines.push({
      ...{ name: 'train', formula: '(1)', quantity: train },
      ...{ unitPrice: machine(a.vms?.train, 'Standard_NC4as_T4_v3'), nodeHours: jobs },
    });
    if (aks2023 || aks) add('loadBalancer', '(2)', H, usd.loadBalancerHour * rate);
    add('staticIps', '(3)', vms ? develop + train : cloud ? H : 2 * H, usd.staticIpHour * rate);
  }
  if (given.other) add('other', '(4)', 1, given.other.yen);
  if (!shop) {
    const residents = aks2023 ? 1 : aks ? 2 : cloud ? M : 0;
    if (osDisk !== 'ephemeral')
      add(
        'osDisks',
        'extra',
        (residents * H + develop + train) / 730,
        (diskUsd[osDisk] ?? Number.NaN) * rate,
      );
    add('dataDisks', 'extra', (K * (develop + train)) / 730, (diskUsd['P10'] ?? Number.NaN) * rate);
    if (aks2023 || aks) add('aksTier', 'extra', H, a.aksTier === 'Standard' ? usd.aksStandardHour * rate : 0);
    if (aks2023 || aks) add('loadBalancerData', 'extra', pulled + E, usd.loadBalancerGb * rate);
    if (a.natGateway) {
      add('natGateway', 'extra', H, usd.natHour * rate);
      add('natData', 'extra', pulled + E, usd.natGb * rate);
    }
    for (const { from, to, usd: price, name } of egressTiers)
      add(name, 'extra', Math.max(0, Math.min(E, to) - from), price * rate);
  }
  if (cloud || (hybrid && cached)) add('blobStorage', 'extra', G, usd.blobHotGb * rate);
  if (!cloud) {
    const disk = { yenPerGb: 3, lifeMonths: 60, copies: 2, ...onprem.disk };
    const server = { existing: 1, purchaseYen: 300_000, lifeMonths: 60, watts: 50, ...onprem.server };
    const kwh = onprem.yenPerKwh ?? 31;
    add('onpremDisk', 'extra', G, (disk.yenPerGb * disk.copies) / disk.lifeMonths);
    add('onpremServer', 'extra', Math.max(0, M - server.existing), server.purchaseYen / server.lifeMonths);
    add('onpremPower', 'extra', (M * server.watts * H) / 1000, kwh);
    if (shop) {
      const station = {
        ...{ purchaseYen: 500_000, lifeMonths: 48, watts: 750, speed: 4, usableShare: 0.8 },
        ...onprem.workstation,
      };
      const desk = {
        ...{ purchaseYen: 120_000, lifeMonths: 48, watts: 100, developersEach: 1 },
        ...onprem.developerMachine,
      };
      const Xlan = hoursOf(G, onprem.lanMbps ?? 1000);
      const T = R * Xlan + (R * m) / 60 / station.speed;
      add(
        'workstations',
        'extra',
        Math.ceil(T / (station.usableShare * H)),
        station.purchaseYen / station.lifeMonths,
      );
      add('workstationPower', 'extra', (T * station.watts) / 1000, kwh);
      add(
        'developerMachines',
        'extra',
        Math.ceil(D / desk.developersEach),
        desk.purchaseYen / desk.lifeMonths,
      );
      add('developerPower', 'extra', (D * sessions * (h + Xlan) * desk.watts) / 1000, kwh);
    }
  }
  return lines;
}

/** T_n of `count` independent demands that need `hours` in all, each up at a random moment of the window. */
function timesOf(
  count: number,
  hours: number,
  window: number,
  month: number,
  most = Number.POSITIVE_INFINITY,
): Record<string, number> {
  const times: Record<string, number> = {};
  if (count === 0 || hours === 0) return times;
  const put = (n: number, time: number) => {
    if (n > 0 && time > 0) times[n] = (times[n] ?? 0) + time;
  };
  const evenly = () => {
    const f = Math.floor(hours / month);
    const rest = hours - f * month;
    put(f, month - rest);
    put(f + 1, rest);
    return times;
  };
  if (hours / count > month) return evenly();
  const q = hours / (count * window);
  let atMost = 0;
  let above = 0;
  for (let n = 1; n <= count; n++) {
    const time = window * choose(count, n) * q ** n * (1 - q) ** (count - n);
    if (n < most) put(n, time);
    else {
      atMost += time;
      above += (n - most) * time;
    }
  }
  if (Number.isFinite(most)) {
    const full = atMost + above / most;
    // A rounding of the sum is no hour too many.
    if (sum(Object.values(times)) + full > month * (1 + 1e-12)) {
      for (const n of Object.keys(times)) delete times[n];
      return evenly();
    }
    put(most, full);
  }
  return times;
}

function choose(of: number, n: number): number {
  let ways = 1;
  for (let i = 1; i <= n; i++) ways = (ways * (of - n + i)) / i;
  return ways;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0);
}

import type { MeterId, Tier } from '../prices/meters.ts';
import {
  type Currency,
  lookUpMeter,
  lookUpVm,
  type PriceBook,
  type PriceOrigin,
} from '../prices/price-book.ts';
import { type NoPrice, whyNoMeterPrice, whyNoVmPrice } from '../prices/why-no-price.ts';
import type { Amounts, Work } from './amounts-of-work.ts';
import type { Layout } from './bill-model.ts';
import type { Assumptions, Machine, Workload } from './workload.ts';

export type Unit =
  | 'node-hour'
  | 'hour'
  | 'piece'
  | 'GB'
  | 'GB-month'
  | 'disk-month'
  | 'machine-month'
  | 'kWh';

/** Of the paper's formulas; `extra` is what formula (4) leaves out. */
export type Formula = '(1)' | '(2)' | '(3)' | '(4)' | 'extra' | 'tax';

/** One line of a layout's bill: an amount times a price. */
export interface Line {
  name: string;
  formula: Exclude<Formula, 'tax'>;
  unit: Unit;
  quantity: (amounts: Amounts) => number;
  /** Before it is cut to this line's tier of prices. */
  whole: (amounts: Amounts) => number;
  price: number;
  currency: Currency;
  /** The machine that trains: the input vmPriceYen takes its place. */
  trains: boolean;
  /** Where this line's tier of prices begins and ends, as far as the quantity can cross it. */
  bounds: readonly number[];
  /** Null for what is not from the price book. */
  origin: PriceOrigin | null;
}

/** Azure bills a disk's month as so many hours, whatever the calendar says. */
const hoursPerDiskMonth = 730;

const systemNodes: Partial<Record<Layout, { count: number; vm: string }>> = {
  'hybrid-aks-2023': { count: 1, vm: 'Standard_D2s_v3' },
  'hybrid-aks': { count: 2, vm: 'Standard_D4pls_v6' },
};

export interface LineContext {
  work: Work;
  workload: Workload;
  given: Assumptions;
  region: string;
  otherYen: number;
  book: PriceBook;
}

/** A layout needs a price that the book does not have. */
export class MissingPrice extends RangeError {
  readonly why: NoPrice;

  constructor(why: NoPrice) {
    super(`${why.message}: ${Object.values(why.params).join(', ')}`);
    this.why = why;
  }
}

/** The lines of a layout, in the order in which they are shown. Throws MissingPrice. */
export function linesOf(context: LineContext): Line[] {
  const { work, given } = context;
  const hours = work.monthHours;
  const { layout } = work;
  const system = systemNodes[layout];
  const aks = system !== undefined;
  const cloudy = layout !== 'all-onprem';
  const lines: Line[] = [];
  const machine = (name: string, of: Machine, quantity: Line['quantity']) =>
    lines.push(machineLine(context, name, of, quantity));
  const meter = (
    name: string,
    id: MeterId,
    formula: Line['formula'],
    unit: Unit,
    quantity: Line['quantity'],
  ) => lines.push(...meterLines(context, name, id, formula, unit, quantity));

  if (system) machine('system', given.vms.system ?? system.vm, () => system.count * hours);
  if (layout === 'all-cloud')
    machine('operations', given.vms.operations, () => work.operationsMachines * hours);
  if (cloudy) {
    machine('develop', given.vms.develop, (amounts) => amounts.developHours);
    machine('train', given.vms.train, (amounts) => amounts.trainHours);
  }
  if (aks) meter('loadBalancer', 'loadBalancerHour', '(2)', 'hour', () => hours);
  if (cloudy)
    meter('staticIps', 'staticIpHour', '(3)', 'hour', (amounts) =>
      aks ? 2 * hours : layout === 'all-cloud' ? hours : amounts.developHours + amounts.trainHours,
    );
  if (context.otherYen > 0) lines.push(ownLine('other', '(4)', 'piece', context.otherYen, () => 1));
  if (cloudy) {
    const residents = (system?.count ?? 0) + (layout === 'all-cloud' ? work.operationsMachines : 0);
    if (given.osDisk !== 'ephemeral')
      meter(
        'osDisks',
        `disk${given.osDisk}`,
        'extra',
        'disk-month',
        (amounts) => (residents * hours + amounts.developHours + amounts.trainHours) / hoursPerDiskMonth,
      );
    meter(
      'dataDisks',
      'diskP10',
      'extra',
      'disk-month',
      (amounts) => (amounts.dataDisks * (amounts.developHours + amounts.trainHours)) / hoursPerDiskMonth,
    );
    if (aks) {
      meter(
        'aksTier',
        given.aksTier === 'Free' ? 'aksFreeHour' : 'aksStandardHour',
        'extra',
        'hour',
        () => hours,
      );
      meter(
        'loadBalancerData',
        'loadBalancerGb',
        'extra',
        'GB',
        (amounts) => amounts.pulledGb + amounts.egressGb,
      );
    }
    if (given.natGateway) {
      meter('natGateway', 'natHour', 'extra', 'hour', () => hours);
      meter('natData', 'natGb', 'extra', 'GB', (amounts) => amounts.pulledGb + amounts.egressGb);
    }
    meter('egress', 'egressGb', 'extra', 'GB', (amounts) => amounts.egressGb);
    if (layout === 'all-cloud' || context.workload.dataCache === 'cloud')
      meter('blobStorage', 'blobHotGb', 'extra', 'GB-month', (amounts) => amounts.meanGb);
  }
  lines.push(...onpremLines(context));
  return lines;
}

/** What stands on-premises: wear, disk and power, in yen. */
function onpremLines({ work, given }: LineContext): Line[] {
  if (work.layout === 'all-cloud') return [];
  const { server, disk, workstation, developerMachine, yenPerKwh } = given.onprem;
  const wear = (
    name: string,
    of: { purchaseYen: number; lifeMonths: number },
    machines: Line['quantity'],
  ): Line => ownLine(name, 'extra', 'machine-month', of.purchaseYen / of.lifeMonths, machines);
  const power = (name: string, kwh: Line['quantity']): Line => ownLine(name, 'extra', 'kWh', yenPerKwh, kwh);

  const bought = Math.max(0, work.operationsMachines - server.existing);
  const serverKwh = (work.operationsMachines * server.watts * work.monthHours) / 1000;
  const diskPrice = (disk.yenPerGb * disk.copies) / disk.lifeMonths;
  const lines = [
    ownLine('onpremDisk', 'extra', 'GB-month', diskPrice, (amounts) => amounts.meanGb),
    wear('onpremServer', server, () => bought),
    power('onpremPower', () => serverKwh),
  ];
  if (work.layout !== 'all-onprem') return lines;
  return [
    ...lines,
    wear('workstations', workstation, (amounts) => amounts.workstations),
    power('workstationPower', (amounts) => (amounts.workstationHours * workstation.watts) / 1000),
    wear('developerMachines', developerMachine, (amounts) => amounts.developerMachines),
    power('developerPower', (amounts) => (amounts.developerMachineHours * developerMachine.watts) / 1000),
  ];
}

function ownLine(
  name: string,
  formula: Line['formula'],
  unit: Unit,
  price: number,
  quantity: Line['quantity'],
): Line {
  return {
    name,
    formula,
    unit,
    quantity,
    whole: quantity,
    price,
    currency: 'JPY',
    trains: false,
    bounds: [],
    origin: null,
  };
}

function machineLine(
  { book, region }: LineContext,
  name: string,
  of: Machine,
  quantity: Line['quantity'],
): Line {
  const line = { ...ownLine(name, '(1)', 'node-hour', 0, quantity), trains: name === 'train' };
  if (typeof of !== 'string')
    return 'yen' in of ? { ...line, price: of.yen } : { ...line, price: of.usd, currency: 'USD' };
  const found = lookUpVm(book, region, of);
  if (!found.found) throw new MissingPrice(whyNoVmPrice(found, of, region));
  return { ...line, price: found.price, currency: found.currency, origin: found };
}

/** One line a tier; with a single price it is one line. */
function meterLines(
  { book, region }: LineContext,
  name: string,
  id: MeterId,
  formula: Line['formula'],
  unit: Unit,
  quantity: Line['quantity'],
): Line[] {
  const found = lookUpMeter(book, region, id);
  if (!found.found) throw new MissingPrice(whyNoMeterPrice(found, id, region));
  return found.tiers.map(({ from, price }: Tier, index) => {
    const to = found.tiers[index + 1]?.from ?? Number.POSITIVE_INFINITY;
    const single = found.tiers.length === 1;
    return {
      ...ownLine(single || from === 0 ? name : `${name}From${from}`, formula, unit, price, quantity),
      quantity: single ? quantity : (amounts) => Math.max(0, Math.min(quantity(amounts), to) - from),
      currency: found.currency,
      bounds: [from, to].filter((bound) => bound > 0 && Number.isFinite(bound)),
      origin: found,
    };
  });
}

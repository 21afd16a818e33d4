import * as z from 'zod';
import { assumedExchange } from '../assumed-exchange.ts';
import { bookRegions, lookUpMeter, lookUpVm, type PriceBook } from '../prices/price-book.ts';
import { shippedBook } from '../prices/shipped-book.ts';
import { type NoPrice, whyNoMeterPrice, whyNoVmPrice } from '../prices/why-no-price.ts';
import { printedText } from '../printed-text.ts';
import { measure, noAmounts, workOf } from './amounts-of-work.ts';
import { layouts, type RangePoint } from './bill-model.ts';
import { linesOf, MissingPrice } from './lines.ts';
import { assumptionsSchema, priceSchema, whole, workloadSchema } from './workload.ts';

const yen = z.number().nonnegative().max(1e9);
const hours = z.number().nonnegative().max(10_000);

/** Up to how many nodes a pool of a scenario may have. */
const nodesLimit = 1000;

const poolSchema = z.strictObject({
  name: printedText.min(1).max(60),
  vm: z.string().optional(),
  pricePerHour: priceSchema.optional(),
  nodeHours: z.record(z.string().regex(/^[1-9]\d{0,3}$/, 'input.scenario.nodes'), hours),
});

const shape = z.strictObject({
  month: z.strictObject({ hours: z.number().positive().max(750).default(730) }).prefault({}),
  exchange: z
    .strictObject({
      yenPerDollar: z.number().positive().max(100_000),
      date: z.iso.date({ error: 'input.date' }),
    })
    .optional(),
  region: z.string().default('japaneast'),
  budget: z.strictObject({ yen }).optional(),
  pools: z.array(poolSchema).optional(),
  loadBalancer: z.strictObject({ hours, pricePerHour: priceSchema.optional() }).optional(),
  staticIps: z
    .strictObject({ count: whole.min(0).max(1000), hours, pricePerHour: priceSchema.optional() })
    .optional(),
  other: z.strictObject({ yen }).optional(),
  tax: z.strictObject({ rate: z.number().min(0).max(1) }).default({ rate: 0 }),
  layout: z.enum(layouts).optional(),
  workload: workloadSchema.optional(),
  assumptions: assumptionsSchema.optional(),
  /** A price file beside the scenario; whoever reads the scenario reads it first and passes the book. */
  prices: z.string().min(1).optional(),
});

/** The scenario's own values of what a range may vary; the price of the machine that trains is not in the scenario. */
export function pointOf(scenario: WorkloadScenario): RangePoint {
  const { workload, exchange, budget } = scenario;
  return {
    trainingHours: (workload.retrainingsPerMonth * workload.minutesPerRetraining) / 60,
    vmPriceYen: Number.NaN,
    dataGb: workload.dataGb,
    linkMbps: workload.link.upMbps,
    developers: workload.developers,
    yenPerDollar: exchange.yenPerDollar,
    budgetYen: budget?.yen ?? Number.POSITIVE_INFINITY,
  };
}

type Written = z.output<typeof shape>;
type Path = (string | number)[];
type Wrong = (path: Path, message: string, params?: Record<string, string | number>) => void;

interface Common {
  month: Written['month'];
  region: string;
  budget: Written['budget'];
  other: Written['other'];
  tax: Written['tax'];
}

/** Amounts and hours given, as in the paper. */
export interface DirectScenario extends Common {
  kind: 'direct';
  exchange: Written['exchange'];
  pools: readonly z.output<typeof poolSchema>[];
  loadBalancer: Written['loadBalancer'];
  staticIps: Written['staticIps'];
}

/** A month's work, from which a layout derives amounts and hours. */
export interface WorkloadScenario extends Common {
  kind: 'workload';
  exchange: NonNullable<Written['exchange']>;
  layout: (typeof layouts)[number];
  workload: z.output<typeof workloadSchema>;
  assumptions: z.output<typeof assumptionsSchema>;
}

export type Scenario = DirectScenario | WorkloadScenario;

/**
 * Reads a scenario against a price book. Every mistake carries its place and a key of text.ts; what the parts of one
 * that has mistakes of form say together is checked as well, where those parts are sound.
 */
export function scenarioSchemaFor(book: PriceBook) {
  return shape
    .superRefine(
      (written, issues) => {
        const wrong: Wrong = (path, message, params = {}) =>
          issues.addIssue({ code: 'custom', path, message, params });
        const sound = soundness(issues.issues);
        if (sound.at('region') && !bookRegions(book).includes(written.region)) {
          wrong(['region'], 'input.price.region', {
            region: written.region,
            nearest: bookRegions(book).join(', '),
          });
        }
        if (written.workload || written.layout || written.assumptions)
          checkWorkload(written, sound, book, wrong);
        else checkDirect(written, sound, book, wrong);
      },
      { when: ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value) },
    )
    .transform(sortOut);
}

/** Where a scenario's values are what their types say. */
interface Soundness {
  /** No mistake at this place, in it or around it. */
  at(...path: Path): boolean;
  /** No key at the top that nobody knows: else what seems to be missing may stand there, misspelt. */
  keys: boolean;
}

function soundness(issues: readonly z.core.$ZodRawIssue[]): Soundness {
  const unknownAtTop = ({ code, path = [] }: z.core.$ZodRawIssue) =>
    code === 'unrecognized_keys' && path.length === 0;
  const wrong = issues.filter((issue) => !unknownAtTop(issue)).map(({ path = [] }) => path);
  return {
    at: (...path) =>
      !wrong.some((each) => each.every((key, index) => index >= path.length || key === path[index])),
    keys: !issues.some(unknownAtTop),
  };
}

/** The schema against the shipped prices. */
export const scenarioSchema = scenarioSchemaFor(shippedBook);

function sortOut(written: Written): Scenario {
  const { month, region, budget, other, tax, exchange, layout, workload } = written;
  const common = { month, region, budget, other, tax };
  if (layout && workload)
    return {
      ...common,
      kind: 'workload',
      exchange: exchange ?? assumedExchange,
      layout,
      workload,
      assumptions: written.assumptions ?? assumptionsSchema.parse({}),
    };
  const { pools = [], loadBalancer, staticIps } = written;
  return { ...common, kind: 'direct', exchange, pools, loadBalancer, staticIps };
}

function checkVm(vm: string, path: Path, region: string, book: PriceBook, wrong: Wrong): void {
  const why = whyNoVmPrice(lookUpVm(book, region, vm), vm, region);
  if (why !== null && why.message !== 'input.price.region') wrong(path, why.message, why.params);
}

function checkWorkload(written: Written, sound: Soundness, book: PriceBook, wrong: Wrong): void {
  for (const key of ['pools', 'loadBalancer', 'staticIps'] as const)
    if (written[key] !== undefined) wrong([key], 'input.scenario.two_forms', { key });
  if (written.layout === undefined && sound.keys)
    wrong(['layout'], 'input.scenario.layout', { list: layouts.join(', ') });
  if (written.workload === undefined && sound.keys) wrong(['workload'], 'input.scenario.workload');
  const vms = written.assumptions?.vms ?? assumptionsSchema.parse({}).vms;
  if (sound.at('assumptions', 'vms') && sound.at('region'))
    for (const [name, machine] of Object.entries(vms))
      if (typeof machine === 'string')
        checkVm(machine, ['assumptions', 'vms', name], written.region, book, wrong);
  const { workload } = written;
  if (workload && sound.at('workload') && workload.sessionsPerDay * workload.hoursPerSession > 24)
    wrong(['workload', 'hoursPerSession'], 'input.scenario.day', {
      hours: workload.sessionsPerDay * workload.hoursPerSession,
    });
  else if (sound.at()) {
    const scenario = sortOut(written);
    checkFit(scenario, wrong);
    checkPrices(scenario, book, wrong);
  }
}

/** Whether the book has whatever a layout of this work needs: all of them, since a range compares all. */
function checkPrices(scenario: Scenario, book: PriceBook, wrong: Wrong): void {
  if (scenario.kind !== 'workload') return;
  const { workload, assumptions: given, month, region, other } = scenario;
  const missing = new Map<string, NoPrice>();
  for (const layout of layouts)
    try {
      const work = workOf(layout, month.hours, workload, given);
      linesOf({ work, workload, given, region, otherYen: other?.yen ?? 0, book });
    } catch (error) {
      if (!(error instanceof MissingPrice)) throw error;
      missing.set(error.message, error.why);
    }
  const named = Object.values(given.vms);
  // The region and the machines that the scenario names are told at their own places.
  for (const { message, params } of missing.values())
    if (message !== 'input.price.region' && !named.includes(params['vm'] ?? ''))
      wrong(['region'], message, params);
}

/** Whether the nodes that are allowed have room for the work. */
function checkFit(scenario: Scenario, wrong: Wrong): void {
  if (scenario.kind !== 'workload') return;
  const { layout, month, workload, assumptions } = scenario;
  const amounts = noAmounts();
  measure(workOf(layout, month.hours, workload, assumptions), pointOf(scenario), amounts);
  for (const [pool, needed] of [
    ['develop', amounts.developHours],
    ['train', amounts.trainHours],
  ] as const) {
    const nodes = assumptions.maxNodes[pool] ?? Number.POSITIVE_INFINITY;
    // A limit below one is told by itself.
    if (nodes >= 1 && needed > nodes * month.hours)
      wrong(['assumptions', 'maxNodes', pool], 'input.scenario.fit', {
        needed: Math.ceil(needed),
        nodes,
        hours: nodes * month.hours,
      });
  }
}

function checkDirect(written: Written, sound: Soundness, book: PriceBook, wrong: Wrong): void {
  const needsRate = (path: Path) => {
    if (written.exchange === undefined && sound.keys) wrong(path, 'input.price.rate');
  };
  const { pools, loadBalancer, staticIps, other } = written;
  if ([pools, loadBalancer, staticIps, other].every((part) => part === undefined) && sound.keys)
    wrong([], 'input.scenario.empty');
  for (const [index, each] of Array.isArray(pools) ? pools.entries() : []) {
    const at = ['pools', index];
    if (!sound.at(...at)) continue;
    if ((each.vm === undefined) === (each.pricePerHour === undefined))
      wrong([...at, each.vm === undefined ? 'name' : 'pricePerHour'], 'input.scenario.one_price');
    if (each.pricePerHour !== undefined && 'usd' in each.pricePerHour) needsRate([...at, 'pricePerHour']);
    if (each.vm !== undefined && each.pricePerHour === undefined && sound.at('region')) {
      const found = lookUpVm(book, written.region, each.vm);
      if (!found.found || found.currency === 'USD') needsRate([...at, 'vm']);
      checkVm(each.vm, [...at, 'vm'], written.region, book, wrong);
    }
    const sum = Object.values(each.nodeHours).reduce((all, one) => all + one, 0);
    if (sound.at('month') && sum > written.month.hours + 1e-9)
      wrong([...at, 'nodeHours'], 'input.scenario.hours', { sum, hours: written.month.hours });
    if (Object.keys(each.nodeHours).some((n) => Number(n) > nodesLimit))
      wrong([...at, 'nodeHours'], 'input.scenario.too_many', { most: nodesLimit });
  }
  for (const name of ['loadBalancer', 'staticIps'] as const) {
    const given = written[name];
    if (given === undefined || !sound.at(name) || !sound.at('region')) continue;
    const id = name === 'loadBalancer' ? 'loadBalancerHour' : 'staticIpHour';
    const meter = lookUpMeter(book, written.region, id);
    const why = whyNoMeterPrice(meter, id, written.region);
    if (given.pricePerHour) {
      if ('usd' in given.pricePerHour) needsRate([name]);
    } else if (why === null) {
      if (meter.found && meter.currency === 'USD') needsRate([name]);
    } else if (why.message !== 'input.price.region') wrong([name], why.message, why.params);
    if (sound.at('month') && given.hours > written.month.hours)
      wrong([name, 'hours'], 'input.scenario.month', { hours: written.month.hours });
  }
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Cli } from '../../../src/cli/cli.ts';
import { printEstimate } from '../../../src/cli/cost/estimate-text.ts';
import { type Estimate, estimate } from '../../../src/cost/estimate/estimate.ts';
import { scenarioSchema } from '../../../src/cost/estimate/scenario.ts';
import { SetoError } from '../../../src/shared/errors.ts';
import { parseYamlConfig } from '../../../src/shared/yaml-config.ts';
import { compare } from './compare-estimates.ts';
import { expectedOf, type Given } from './oracle.ts';

/** Fewer meet too few of the steps (tiers, disks, machines) at once; each takes about 4 ms. */
const runs = 400;
/** The same each time; another one: SETO_ESTIMATES_SEED. */
const seed = Number(process.env['SETO_ESTIMATES_SEED'] ?? 20_261_125);

const upTo = (most: number) =>
  fc.oneof(
    fc.integer({ min: 0, max: most }),
    // Below that, products underflow in one order of factors and not in another, at no yen.
    fc.double({ min: 1e-9, max: most, noNaN: true }),
    fc.integer({ min: 0, max: most * 100 }).map((n) => n / 100),
  );
const above = (least: number, most: number) => upTo(most).map((value) => Math.max(least, value));
const price = fc.oneof(fc.record({ yen: upTo(300) }), fc.record({ usd: upTo(3) }));
const machine = fc.oneof(price, fc.constantFrom('Standard_D2s_v3', 'Standard_F4s_v2'));
const some = <T extends object>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(shape, { requiredKeys: [] });

const common = {
  month: fc.record({ hours: fc.constantFrom(672, 696, 720, 730, 744, 100.5) }),
  exchange: fc.record({ yenPerDollar: above(1, 400), date: fc.constant('2026-11-01') }),
  budget: fc.option(fc.record({ yen: upTo(300_000) }), { nil: undefined }),
  other: fc.option(fc.record({ yen: above(0.01, 5000) }), { nil: undefined }),
  tax: fc.record({ rate: fc.constantFrom(0, 0.08, 0.1, 0.333) }),
};

const workload = fc.record({
  ...common,
  region: fc.constantFrom('japaneast', 'japanwest'),
  layout: fc.constantFrom('hybrid-aks-2023', 'hybrid-aks', 'hybrid-vm', 'all-cloud', 'all-onprem'),
  workload: fc.record({
    developers: fc.oneof(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 60 })),
    daysPerMonth: upTo(31),
    sessionsPerDay: fc.constantFrom(0, 0.5, 1, 2, 3),
    hoursPerSession: upTo(8),
    retrainingsPerMonth: fc.oneof(upTo(60), fc.constantFrom(0, 0.3, 200)),
    minutesPerRetraining: fc.oneof(upTo(90), upTo(3000)),
    dataGb: fc.oneof(upTo(100), upTo(3000)),
    growthGbPerMonth: upTo(300),
    // 13,140,000 pictures of 0.2 s fill one machine for 730 h exactly.
    picturesPerMonth: fc.oneof(upTo(1e9), fc.constantFrom(0, 13_140_000, 13_140_001)),
    artifactGb: upTo(20),
    link: fc.record({ downMbps: above(1, 2000), upMbps: above(1, 2000) }),
    dataCache: fc.constantFrom('none', 'cloud'),
  }),
  assumptions: some({
    vms: some({ develop: machine, train: machine, operations: machine }),
    maxNodes: some({ develop: fc.integer({ min: 1, max: 60 }), train: fc.integer({ min: 1, max: 60 }) }),
    ...{ bootMinutes: upTo(20), idleTimeoutMinutes: upTo(60), aksIdleMinutes: upTo(60) },
    ...{ autoscalerDelaySeconds: upTo(120), workdayHours: above(1, 24), cloudMbps: above(50, 2400) },
    osDisk: fc.constantFrom('P4', 'P6', 'P10', 'E4', 'S4', 'ephemeral'),
    systemGb: upTo(150),
    aksTier: fc.constantFrom('Free', 'Standard'),
    natGateway: fc.boolean(),
    ...{ ideMbPerHour: upTo(20_000), answerKb: upTo(200), secondsPerPicture: upTo(2) },
    onprem: some({
      ...{ lanMbps: above(10, 2500), yenPerKwh: upTo(60) },
      server: some({
        ...{ existing: fc.integer({ min: 0, max: 5 }), purchaseYen: upTo(900_000) },
        ...{ lifeMonths: above(1, 120), watts: upTo(500) },
      }),
      disk: some({ yenPerGb: upTo(9), lifeMonths: above(1, 120), copies: above(1, 3) }),
      workstation: some({
        ...{ purchaseYen: upTo(900_000), lifeMonths: above(1, 120), watts: upTo(1500) },
        ...{ speed: above(0.1, 12), usableShare: above(0.05, 1) },
      }),
      developerMachine: some({
        ...{ purchaseYen: upTo(300_000), lifeMonths: above(1, 120), watts: upTo(300) },
        developersEach: fc.integer({ min: 1, max: 10 }),
      }),
    }),
  }),
});

const direct = fc.record({
  ...common,
  region: fc.constant('japaneast'),
  pools: fc
    .array(
      fc.record({
        price: fc.oneof(
          price.map((pricePerHour) => ({ pricePerHour })),
          fc.constantFrom(1e-9, 123_456_789.25, 1e9).map((yen) => ({ pricePerHour: { yen } })),
          fc.constantFrom('Standard_F4s_v2', 'Standard_B2ms').map((vm) => ({ vm })),
        ),
        nodeHours: fc.dictionary(
          fc.integer({ min: 1, max: 1000 }).map(String),
          // Four of them have room in the shortest month.
          upTo(25),
          { minKeys: 1, maxKeys: 4 },
        ),
      }),
      { minLength: 1, maxLength: 6 },
    )
    .map((pools) =>
      pools.map(({ price, nodeHours }, index) => ({ name: `pool${index}`, ...price, nodeHours })),
    ),
  loadBalancer: fc.option(fc.record({ hours: upTo(100) }), { nil: undefined }),
  staticIps: fc.option(
    fc.record({ count: fc.integer({ min: 0, max: 9 }), hours: upTo(100), pricePerHour: price }),
    { nil: undefined },
  ),
});

/** The estimate; null where the work does not fit into `maxNodes`, which the page calls an error. */
function told(given: object): Estimate | null {
  try {
    return estimate(parseYamlConfig(stringify(given), 'scenario.yaml', scenarioSchema));
  } catch (error) {
    if (error instanceof SetoError && String(error.message).includes('maxNodes')) return null;
    throw error;
  }
}

/** Every printed line has its product: the factors that are shown give the yen that are shown. */
function readAloud(result: Estimate): void {
  const lines: string[] = [];
  printEstimate({ lang: 'en', print: (line: string) => lines.push(line) } as unknown as Cli, result);
  const products = lines.flatMap((line) => {
    const found = /([\d.]+) [^\d×]+ × ([\d.]+) +([\d.]+)$/.exec(line);
    return found === null ? [] : [found.slice(1).map(Number)];
  });
  expect(products).toHaveLength(result.items.length);
  // Half of the tenth that is printed, and what is left of the digits of the factors.
  for (const [quantity = Number.NaN, unitPrice = Number.NaN, yen = Number.NaN] of products)
    expect(Math.abs(quantity * unitPrice - yen), lines.join('\n')).toBeLessThanOrEqual(0.0505 + 4e-16 * yen);
}

test.each([
  ['workload', workload],
  ['direct', direct],
] as [string, fc.Arbitrary<object>][])(
  'any %s scenario agrees with the independent calculation',
  (_, any) => {
    let estimated = 0;
    fc.assert(
      fc.property(any, (given) => {
        const result = told(given);
        if (result === null) return;
        estimated += 1;
        compare(result, expectedOf(given as Given));
        readAloud(result);
      }),
      { numRuns: runs, seed },
    );
    expect(estimated).toBeGreaterThan(runs / 2);
  },
);

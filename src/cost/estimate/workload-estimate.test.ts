import { describe, expect, it } from 'vitest';
import { inspectionExchange, inspectionWork } from '../../../test/support/inspection-work.ts';
import { shippedBook } from '../prices/shipped-book.ts';
import type { Layout } from './bill-model.ts';
import { type Estimate, estimate } from './estimate.ts';
import { scenarioSchema, scenarioSchemaFor } from './scenario.ts';

const given = { exchange: inspectionExchange, workload: inspectionWork };

function estimateOf(
  layout: Layout,
  workload: object = {},
  assumptions: object = {},
  more: object = {},
): Estimate {
  return estimate(
    scenarioSchema.parse({
      ...given,
      ...more,
      layout,
      workload: { ...given.workload, ...workload },
      assumptions,
    }),
  );
}

const lines = (result: Estimate) =>
  Object.fromEntries(result.items.map(({ name, yen }) => [name, Number(yen.toFixed(4))]));

describe('a bill from a workload, against figures worked out by hand', () => {
  it('pulls 50 GB at 100 Mbit/s in 1.11 hours', () => {
    const { derived } = estimateOf('hybrid-vm', { growthGbPerMonth: 0 });
    expect(derived?.transferHours).toBeCloseTo(1.1111, 4);
  });

  it('hybrid-vm: 60 sessions of 5 min + 70 min + 2 h + 5 min, 4 retrainings, addresses with their VMs', () => {
    // X = 52.5·8000/100/3600 = 7/6 h; S = 10/3 h; a retraining 1/12 + 7/6 + 1/2 + 1/450 + 1/12 h.
    const train = 4 * (1 / 12 + 7 / 6 + 1 / 2 + 1 / 450 + 1 / 12);
    const hours = 200 + train;
    expect(lines(estimateOf('hybrid-vm'))).toEqual({
      develop: 200 * 32.1,
      train: Number((train * 106.5).toFixed(4)),
      staticIps: Number((hours * 0.75).toFixed(4)),
      osDisks: Number(((hours / 730) * 22.67 * 150).toFixed(4)),
      egress: 0,
      onpremDisk: 5.25,
      onpremPower: 1131.5,
    });
  });

  it('AKS: resident nodes, balancer and two addresses, ten minutes and ten seconds of tail', () => {
    const old = lines(estimateOf('hybrid-aks-2023'));
    expect(old).toMatchObject({ system: 14_125.5, loadBalancer: 2737.5, staticIps: 1095, aksTier: 0 });
    // S = 1/12 + 7/6 + 2 + 61/360 h
    expect(old['develop']).toBeCloseTo(60 * (1 / 12 + 7 / 6 + 2 + 61 / 360) * 32.1, 3);
    // 64 pulls of 52.5 GB, 0.4 GB of models, 6 GB of notebooks
    expect(old['loadBalancerData']).toBeCloseTo((64 * 52.5 + 6.4) * 0.75, 4);
    const today = estimateOf('hybrid-aks', {}, { aksTier: 'Standard', natGateway: true });
    expect(lines(today)).toMatchObject({
      system: 35_040,
      aksTier: 730 * 15,
      natGateway: Number((730 * 6.75).toFixed(4)),
    });
    expect(today.items.find(({ name }) => name === 'system')?.nodeHours).toEqual({ 2: 730 });
  });

  it('all-cloud: resident operations and blob storage, no link; egress above 100 GB costs', () => {
    const result = estimateOf('all-cloud', { picturesPerMonth: 60_000_000 });
    // 60 million pictures of 0.2 s are 3333 h: five machines. Answers of 120 GB and 6 GB of notebooks: 26 GB are paid.
    expect(lines(result)).toMatchObject({
      operations: 5 * 730 * 18.6,
      staticIps: 547.5,
      blobStorage: 157.5,
      egress: 0,
      egressFrom100: 26 * 18,
    });
    expect(result.derived?.transferHours).toBeCloseTo((52.5 * 8000) / 800 / 3600, 9);
  });

  it('all-onprem: whole machines, wear and power', () => {
    // T = 4·X + 1200·60/60/4 h, X = 52.5·8/3600 h at a gigabit: 300.47 h, and 584 h fit one machine.
    const lan = (52.5 * 8) / 3600;
    const one = estimateOf('all-onprem', { minutesPerRetraining: 18_000 });
    expect(lines(one)).toEqual({
      onpremDisk: 5.25,
      onpremPower: 1131.5,
      workstations: 10_416.6667,
      workstationPower: Number(((4 * lan + 300) * 0.75 * 31).toFixed(4)),
      developerMachines: 7500,
      developerPower: Number((60 * (2 + lan) * 0.1 * 31).toFixed(4)),
    });
    const two = estimateOf(
      'all-onprem',
      { minutesPerRetraining: 36_000 },
      { onprem: { server: { existing: 0 } } },
    );
    expect(lines(two)).toMatchObject({ workstations: 20_833.3333, onpremServer: 5000 });
    expect(two.paper.yen).toBe(0);
  });

  it('keeps a node up all month where pulling for each session would take longer', () => {
    const { derived, items } = estimateOf('hybrid-vm', { dataGb: 2000 });
    expect(derived).toMatchObject({ keptUp: true, developNodeHours: 3 * 730 });
    expect(items[0]?.nodeHours).toEqual({ 3: 730 });
    // 2005 GB beside 137.4 − 30 GB of room: 14 more disks of 128 GiB.
    const disks = items.find(({ name }) => name === 'dataDisks');
    const nodeHours = 3 * 730 + (derived?.trainNodeHours ?? 0);
    expect(disks?.quantity).toBeCloseTo((14 * nodeHours) / 730, 9);
  });

  it('caches the data in the cloud for the price of storing it', () => {
    const result = estimateOf('hybrid-vm', { dataCache: 'cloud' });
    expect(result.derived?.transferHours).toBeCloseTo(0.1458333, 6);
    expect(result.derived?.linkBusy).toBe(0);
    expect(lines(result)).toMatchObject({ blobStorage: 157.5 });
  });

  it('takes prices of the user’s own, and shows formula (4) beside the full bill', () => {
    const result = estimateOf(
      'hybrid-vm',
      {},
      { vms: { train: { yen: 50 }, develop: { usd: 0.1 } } },
      { other: { yen: 300 }, tax: { rate: 0.1 }, budget: { yen: 5000 } },
    );
    const paper = result.items.filter((item) => item.paper).reduce((sum, { yen }) => sum + yen, 0);
    const all = result.items.filter(({ name }) => name !== 'tax').reduce((sum, { yen }) => sum + yen, 0);
    expect(result.items.find(({ name }) => name === 'develop')?.yen).toBeCloseTo(200 * 15, 9);
    expect(result.paper.yen).toBeCloseTo(paper, 9);
    expect(result.total).toBeCloseTo(1.1 * all, 9);
    expect(result.withinBudget).toBe(false);
  });

  it('takes less than 20 ms', () => {
    estimateOf('hybrid-aks');
    const began = performance.now();
    for (let run = 0; run < 10; run++) estimateOf('hybrid-aks', { retrainingsPerMonth: 1000 });
    expect((performance.now() - began) / 10).toBeLessThan(20);
  });
});

describe('a price file that does not have all', () => {
  const layer = {
    kind: 'sheet',
    source: 'contract',
    date: '2026-11-01',
    currency: 'JPY',
    regions: { koreacentral: { vms: { Standard_F4s_v2: 20 }, meters: {} } },
  } as const;

  it('is told by what it lacks, once each', () => {
    const schema = scenarioSchemaFor({ layers: [layer, ...shippedBook.layers] });
    const machine = { yen: 30 };
    const vms = { system: machine, train: machine, operations: machine };
    const read = schema.safeParse({
      ...given,
      region: 'koreacentral',
      layout: 'hybrid-vm',
      assumptions: { vms },
    });
    const told = read.success ? [] : read.error.issues.map(({ path, message }) => [path.join('.'), message]);
    expect(told).toEqual([
      ['region', 'input.price.meter'],
      ['region', 'input.price.meter'],
    ]);
  });
});

it('takes a rate of its own where the scenario names none, and says so', () => {
  const without = estimateOf('hybrid-vm', {}, {}, { exchange: undefined });
  expect(without.total).toBe(estimateOf('hybrid-vm').total);
  expect(without.assumptions).toContain(
    'exchange: 150 yen per dollar (2026-11-01), assumed: the scenario names none',
  );
});

describe('a scenario that cannot be', () => {
  const wrong = (more: object) => {
    const read = scenarioSchema.safeParse({ ...given, layout: 'hybrid-vm', ...more });
    return read.success ? [] : read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  };

  it('is told with its place', () => {
    expect(wrong({ pools: [] })).toEqual(['pools: input.scenario.two_forms']);
    expect(wrong({ layout: undefined })).toEqual(['layout: input.scenario.layout']);
    expect(wrong({ workload: undefined })).toEqual(['workload: input.scenario.workload']);
    expect(wrong({ assumptions: { vms: { develop: 'Standard_F4_v2' } } })).toEqual([
      'assumptions.vms.develop: input.price.vm',
    ]);
    expect(wrong({ workload: { ...given.workload, sessionsPerDay: 13 } })).toEqual([
      'workload.hoursPerSession: input.scenario.day',
    ]);
    const long = { ...given.workload, minutesPerRetraining: 20_000 };
    expect(wrong({ workload: long, assumptions: { maxNodes: { train: 1 } } })).toEqual([
      'assumptions.maxNodes.train: input.scenario.fit',
    ]);
  });

  it('is told at once where one part’s form and what others say together are wrong, and nothing that follows from it', () => {
    const places = (more: object) => wrong(more).map((each) => each.split(':')[0]);
    const long = { ...given.workload, sessionsPerDay: 13 };
    const nope = { vms: { develop: 'Standard_F4_v2' } };
    expect(places({ workload: long, assumptions: nope, tax: { rate: 'x' } })).toEqual([
      'tax.rate',
      'assumptions.vms.develop',
      'workload.hoursPerSession',
    ]);
    expect(places({ workload: { ...long, dataGb: 'x' }, assumptions: nope })).toEqual([
      'workload.dataGb',
      'assumptions.vms.develop',
    ]);
    expect(places({ region: 5, assumptions: nope })).toEqual(['region']);
    // Misspelt, it is not missing.
    expect(wrong({ layout: undefined, layuot: 'hybrid-vm' })).toEqual([expect.stringContaining('layuot')]);
  });
});

import { expect, test } from 'vitest';
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument, stringify } from 'yaml';
import { scenarioSchema } from '../../../src/cost/estimate/scenario.ts';
import { explain, SetoError } from '../../../src/shared/errors.ts';
import { parseYamlConfig } from '../../../src/shared/yaml-config.ts';

const direct = {
  month: { hours: 730 },
  exchange: { yenPerDollar: 150, date: '2026-11-01' },
  region: 'japaneast',
  budget: { yen: 100_000 },
  pools: [
    { name: 'system', vm: 'Standard_D2s_v3', nodeHours: { 1: 730 } },
    { name: 'train', pricePerHour: { yen: 106.5 }, nodeHours: { 1: 60, 2: 10 } },
    { name: 'other', pricePerHour: { usd: 0.5 }, nodeHours: { 1: 1 } },
  ],
  loadBalancer: { hours: 730, pricePerHour: { yen: 3.75 } },
  staticIps: { count: 2, hours: 730, pricePerHour: { usd: 0.005 } },
  other: { yen: 300 },
  tax: { rate: 0.1 },
};
const workload = {
  exchange: { yenPerDollar: 150, date: '2026-11-01' },
  layout: 'hybrid-vm',
  workload: {
    ...{ developers: 3, daysPerMonth: 20, sessionsPerDay: 1, hoursPerSession: 2, retrainingsPerMonth: 4 },
    ...{ minutesPerRetraining: 30, dataGb: 50, growthGbPerMonth: 5, picturesPerMonth: 1000, artifactGb: 0.1 },
    ...{ link: { downMbps: 100, upMbps: 100 }, dataCache: 'none' },
  },
  assumptions: {
    vms: {
      system: 'Standard_D2s_v3',
      develop: { yen: 30 },
      train: { usd: 1 },
      operations: 'Standard_D2s_v5',
    },
    maxNodes: { develop: 4, train: 2 },
    ...{ bootMinutes: 5, idleTimeoutMinutes: 5, aksIdleMinutes: 10, autoscalerDelaySeconds: 10 },
    ...{ workdayHours: 8, cloudMbps: 800, osDisk: 'P10', systemGb: 30, aksTier: 'Free', natGateway: false },
    ...{ ideMbPerHour: 50, answerKb: 2, secondsPerPicture: 0.2 },
    onprem: {
      ...{ lanMbps: 1000, yenPerKwh: 31 },
      server: { existing: 1, purchaseYen: 300_000, lifeMonths: 60, watts: 50 },
      disk: { yenPerGb: 3, lifeMonths: 60, copies: 2 },
      workstation: { purchaseYen: 500_000, lifeMonths: 48, watts: 750, speed: 4, usableShare: 0.8 },
      developerMachine: { purchaseYen: 120_000, lifeMonths: 48, watts: 100, developersEach: 1 },
    },
  },
};
const valid = { direct, workload };

type Way = (string | number)[];

/** Every place of a document that holds a scalar, and every map. */
function places(value: unknown, at: Way = []): { scalars: Way[]; maps: Way[] } {
  if (typeof value !== 'object' || value === null) return { scalars: [at], maps: [] };
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  const inside = entries.map(([key, each]) => places(each, [...at, key]));
  return {
    scalars: inside.flatMap(({ scalars }) => scalars),
    maps: [...(Array.isArray(value) ? [] : [at]), ...inside.flatMap(({ maps }) => maps)],
  };
}

/** The line and column where the key of a place, or an entry of a list, stands in the text. */
function whereIs(text: string, way: Way): string {
  const lines = new LineCounter();
  const document: Document = parseDocument(text, { lineCounter: lines, uniqueKeys: false });
  let node: unknown = document.contents;
  let offset = 0;
  for (const part of way) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (pair === undefined) throw new Error(`no ${part}`);
      offset = (pair.key as { range: [number] }).range[0];
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      offset = (node as { range: [number] }).range[0];
    }
  }
  const { line, col } = lines.linePos(offset);
  return `scenario.yaml:${line}:${col}: `;
}

/** What the reader is told, a mistake a line; nothing where the text is taken. */
function told(text: string, lang: 'en' | 'ja'): string[] {
  try {
    parseYamlConfig(text, 'scenario.yaml', scenarioSchema);
    return [];
  } catch (error) {
    if (!(error instanceof SetoError)) throw error;
    expect(error.exitCode).toBe(2);
    return explain(error.code, error.values, lang).message.split('\n');
  }
}

function changed(of: keyof typeof valid, way: Way, value: unknown): string {
  const document = parseDocument(stringify(valid[of]));
  document.setIn(way, value);
  return document.toString();
}

/** Values that a field may have although they are odd for it. */
const legal = (way: Way, value: unknown): boolean => {
  const name = String(way.at(-1));
  // A name is any text.
  if (name === 'name') return typeof value === 'string';
  return false;
};

const forms = Object.keys(valid) as (keyof typeof valid)[];

test.each(forms)('a whole %s scenario is taken as it stands', (of) => {
  expect(told(stringify(valid[of]), 'en')).toEqual([]);
});

test.each(forms)('any wrong value in a %s scenario is told at its place, in both languages', (of) => {
  let tried = 0;
  for (const way of places(valid[of]).scalars)
    for (const value of ['nonsense', -1, Number.NaN, Number.POSITIVE_INFINITY, 1e300, true, [1], { a: 1 }]) {
      if (legal(way, value) || (way.at(-1) === 'natGateway' && value === true)) continue;
      const text = changed(of, way, value);
      const found = told(text, 'en');
      const place = whereIs(text, way);
      const what = `${way.join('.')} = ${String(value)}: ${found.join(' | ')}`;
      // A wrong value within a price may be told at the price: neither of its forms fits.
      const outer = whereIs(text, way.slice(0, -1).length > 0 ? way.slice(0, -1) : way);
      expect(
        found.some((each) => each.includes(place) || each.includes(outer)),
        what,
      ).toBe(true);
      expect(
        told(text, 'ja').some((each) => /[ぁ-ん一-龥]/.test(each.replace(/^.*?: /, ''))),
        what,
      ).toBe(true);
      tried += 1;
    }
  expect(tried).toBeGreaterThan(100);
});

test.each(forms)('an unknown key anywhere in a %s scenario is told at its place', (of) => {
  for (const way of places(valid[of]).maps) {
    const text = changed(of, [...way, 'extraKey'], 1);
    const place = whereIs(text, [...way, 'extraKey']);
    const outer = way.length === 0 ? place : whereIs(text, way);
    const found = told(text, 'en').join('\n');
    expect(found.includes(place) || found.includes(outer), `${way.join('.')}: ${found}`).toBe(true);
    expect(found, way.join('.')).toContain('extraKey');
  }
});

test('a missing key, a second one of a name and what is no YAML are told with their place', () => {
  const without = (of: keyof typeof valid, way: Way) => {
    const document = parseDocument(stringify(valid[of]));
    document.deleteIn(way);
    return told(document.toString(), 'en').join('\n');
  };
  for (const name of [
    'developers',
    'hoursPerSession',
    'retrainingsPerMonth',
    'minutesPerRetraining',
    'dataGb',
    'link',
  ])
    expect(without('workload', ['workload', name]), name).toMatch(
      /scenario\.yaml:\d+:\d+: .*(missing|given)/,
    );
  expect(without('workload', ['layout'])).toMatch(/scenario\.yaml:\d+:\d+: /);
  expect(without('workload', ['workload'])).toMatch(/scenario\.yaml:\d+:\d+: /);
  expect(without('workload', ['exchange'])).toMatch(/scenario\.yaml:\d+:\d+: .*exchange|exchange/);
  expect(told('tax: { rate: 0 }\ntax: { rate: 0.1 }\n', 'en').join()).toContain('scenario.yaml:2:1: ');
  expect(told('pools: [\n', 'en').join()).toMatch(/scenario\.yaml:\d+:\d+: /);
  expect(told('', 'en').join()).toMatch(/scenario\.yaml:1:1: /);
});

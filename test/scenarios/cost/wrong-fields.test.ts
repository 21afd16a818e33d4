import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument, stringify } from 'yaml';
import { scenarioSchema } from '../../../src/cost/estimate/scenario.ts';
import { explain, SetoError } from '../../../src/shared/errors.ts';
import { run } from '../../../src/shared/subprocess.ts';
import { parseYamlConfig } from '../../../src/shared/yaml-config.ts';

const root = path.join(import.meta.dirname, '../../..');

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

/** What a mistake has beside its place: what would be right. */
const expectation =
  /expected |must |give |known|needs|nearest|adds up to|more than|a day has|nodes have|missing/;

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
      const here = found.filter((each) => each.startsWith(place));
      expect(here.length, what).toBeGreaterThan(0);
      expect(
        here.every((each) => expectation.test(each.slice(place.length))),
        what,
      ).toBe(true);
      expect(
        told(text, 'ja').some((each) => each.startsWith(place) && /[ぁ-ん一-龥]/.test(each)),
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
    const found = told(text, 'en').find((each) => each.startsWith(place));
    expect(found, `${way.join('.')}: ${told(text, 'en').join(' | ')}`).toBeDefined();
    expect(found, way.join('.')).toContain('extraKey');
  }
});

/** Keys that a scenario cannot be without; all others have defaults. */
const required: Record<keyof typeof valid, string[]> = {
  direct: [
    ...['exchange', 'exchange.yenPerDollar', 'exchange.date', 'budget.yen', 'other.yen', 'tax.rate'],
    ...['pools.N.name', 'pools.N.vm', 'pools.N.nodeHours', 'pools.N.pricePerHour'],
    ...['pools.N.pricePerHour.yen', 'pools.N.pricePerHour.usd'],
    ...['loadBalancer.hours', 'loadBalancer.pricePerHour.yen'],
    ...['staticIps.count', 'staticIps.hours', 'staticIps.pricePerHour.usd'],
  ],
  workload: [
    ...['exchange.yenPerDollar', 'exchange.date', 'layout', 'workload', 'workload.developers'],
    ...['workload.hoursPerSession', 'workload.retrainingsPerMonth', 'workload.minutesPerRetraining'],
    ...['workload.dataGb', 'workload.link', 'workload.link.downMbps', 'workload.link.upMbps'],
    ...['assumptions.vms.develop.yen', 'assumptions.vms.train.usd'],
  ],
};

test.each(forms)('a %s scenario without any key it needs is told where the key belongs', (of) => {
  for (const way of [...places(valid[of]).scalars, ...places(valid[of]).maps]) {
    if (way.length === 0 || typeof way.at(-1) === 'number') continue;
    const document = parseDocument(stringify(valid[of]));
    document.deleteIn(way);
    const text = document.toString();
    const found = told(text, 'en');
    const name = way.join('.').replace(/^pools\.\d/, 'pools.N');
    if (!required[of].includes(name)) {
      // T_n of one n and a pool's list may go; what rests is a scenario still.
      expect(found, name).toEqual([]);
      continue;
    }
    // The map that lacks it; a pool without a price is told at its name, a price in dollars without a rate at the price.
    const priceless = /^pools\.N\.(vm|pricePerHour)$/.test(name);
    const at = priceless
      ? [...way.slice(0, 2), 'name']
      : name === 'exchange'
        ? ['pools', 0, 'vm']
        : way.slice(0, -1);
    const place = whereIs(text, at);
    expect(
      found.some((each) => each.startsWith(place)),
      `${name}: ${found.join(' | ')}`,
    ).toBe(true);
    expect(
      found.slice(1).every((each) => expectation.test(each)),
      `${name}: ${found.join(' | ')}`,
    ).toBe(true);
  }
});

test.each(forms)('a key of a %s scenario that stands there twice is told at its second place', (of) => {
  for (const way of places(valid[of]).scalars) {
    if (typeof way.at(-1) === 'number') continue;
    const lines = stringify(valid[of]).split('\n');
    const [, row = ''] = /:(\d+):\d+: $/.exec(whereIs(lines.join('\n'), way)) ?? [];
    const line = lines[Number(row) - 1] ?? '';
    // The second one as a line of its own; where the first opens an entry of a list, without its dash.
    lines.splice(Number(row), 0, line.replace('- ', '  '));
    const place = `scenario.yaml:${Number(row) + 1}:${line.replace('- ', '  ').search(/\S/) + 1}: `;
    for (const lang of ['en', 'ja'] as const)
      expect(
        told(lines.join('\n'), lang).some((each) => each.startsWith(place)),
        `${way.join('.')}: ${told(lines.join('\n'), lang).join(' | ')}`,
      ).toBe(true);
  }
});

test('what is no scenario at all is told with its place', () => {
  expect(told('pools: [\n', 'en').join()).toMatch(/^.*scenario\.yaml:\d+:\d+: /);
  expect(told('', 'en').join()).toContain('scenario.yaml:1:1: ');
  expect(told('[1]', 'en').join()).toContain('scenario.yaml:1:1: ');
  expect(told('pools', 'en').join()).toContain('scenario.yaml:1:1: ');
});

test.each([
  ['en', 'must be 0 or more'],
  ['ja', '0 以上にしてください'],
])('the command says it in %s and ends with 2', async (lang, words) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'seto-wrong-'));
  try {
    const file = path.join(folder, 'scenario.yaml');
    await writeFile(file, changed('direct', ['pools', 1, 'pricePerHour', 'yen'], -1));
    const place = whereIs(changed('direct', ['pools', 1, 'pricePerHour', 'yen'], -1), [
      ...['pools', 1, 'pricePerHour', 'yen'],
    ]).replace('scenario.yaml', file);
    const { code, stderr } = await run(
      [process.execPath, 'src/main.ts', '--lang', lang, 'cost', 'estimate', file],
      { cwd: root, timeoutMs: 60_000 },
    );
    expect(code).toBe(2);
    expect(String(stderr)).toContain(`${place}pools.1.pricePerHour.yen: ${words}`);
  } finally {
    await rm(folder, { recursive: true });
  }
});

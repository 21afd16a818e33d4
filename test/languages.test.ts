import { describe, expect, it } from 'vitest';
import { scenarioSchema } from '../src/cost/estimate/scenario.ts';
import { priceSheetSchema } from '../src/cost/prices/price-files.ts';
import { parsePolicy } from '../src/monitoring/policy.ts';
import { configSchema } from '../src/server/config.ts';
import { parseModelManifest } from '../src/serving/model-manifest.ts';
import { explain, SetoError } from '../src/shared/errors.ts';
import type { Lang } from '../src/shared/text/format.ts';
import { parseYamlConfig } from '../src/shared/yaml-config.ts';

/** The problems that a reader finds, each without its place. */
function told(read: () => unknown, lang: Lang): string[] {
  try {
    read();
  } catch (error) {
    if (!(error instanceof SetoError)) throw error;
    const { message } = explain(error.code, error.values, lang);
    return message
      .split(/\n|; /)
      .filter((line) => !/^(設定に|Mistakes)/.test(line))
      .map((line) => line.replace(/^\S*:\d+:\d+: |^model\.json[^:]*: /, '').replace(/^[\w.-]+: /, ''));
  }
  return [];
}

const pool = (more: string) => `pools: [{ name: a, site: onprem, driver: process, ${more} }]`;
const cloud = (more: string) => `pools: [{ name: a, site: cloud, driver: process${more} }]`;
const model = (more: object, input: object = {}) =>
  JSON.stringify({
    name: 'm',
    task: 'image-classification',
    input: {
      name: 'i',
      shape: [1, 1, 8, 8],
      colour: 'grey',
      resize: 'fit',
      normalise: 'per-image',
      ...input,
    },
    output: { name: 'o' },
    labels: ['ok', 'bad'],
    ...more,
  });

const rest =
  'retrainingsPerMonth: 9, minutesPerRetraining: 9999, dataGb: 1, link: { downMbps: 9, upMbps: 9 }';
const workload = `{ developers: 1, hoursPerSession: 1, ${rest} }`;
const whole = 'exchange: { yenPerDollar: 150, date: 2026-11-01 }\nlayout: hybrid-vm\n';

const mistakes: Record<string, { read: (text: string) => unknown; texts: string[] }> = {
  'seto.yaml': {
    read: (text) => parseYamlConfig(text, 'seto.yaml', configSchema),
    texts: [
      'listen: "a b"',
      'listen: 127.0.0.1:99999',
      'site: moon',
      'url: x',
      'exchange: { yenPerDollar: 150 }',
      'budget: { mode: hard, taxRate: 8, thresholds: [0] }',
      'budget: { projects: { A: { yenPerMonth: 1 } } }',
      'timeZone: Tokyo',
      'forge: { driver: gitlab }',
      'pools: 5',
      'link: { port: 1.5 }',
      pool('minNodes: 5'),
      pool('tags: ["a b"], idleTimeout: soon, executor: docker'),
      'pools: [{ name: A, site: onprem, driver: docker }]',
      'pools: [{ name: a, site: onprem, driver: process }, { name: a, site: onprem, driver: process }]',
      cloud(''),
      cloud(', vm: Standard_X'),
      cloud(', vm: Standard_D2as_v5'),
      'prices: { sheet: 5, url: x }',
      cloud(', vm: Standard_F4s_v2, region: mars'),
      cloud(', vm: Standard_F4s_v2, pricePerHour: { yen: 3 }'),
    ],
  },
  '.seto.yaml': {
    read: (text) => parsePolicy(text),
    texts: [
      'retrain: {}',
      'retrain: { endpoint: a, data: b, when: {} }',
      'retrain: { endpoint: a, data: b, when: { schedule: daily }, coolDown: 3x }',
    ],
  },
  'a price sheet': {
    read: (text) => parseYamlConfig(text, 'prices.yaml', priceSheetSchema),
    texts: [
      '{}',
      'source: ""\ndate: soon\ncurrency: EUR\nregions: 5',
      'regions: { "Japan East": { vms: { "a b": 1, c: 0 }, meters: { natHour: x, egressGb: [{ from: 1, price: 1 }], no: 1 } } }',
    ],
  },
  'a cost scenario': {
    read: (text) => parseYamlConfig(text, 'cost.yaml', scenarioSchema),
    texts: [
      'region: mars',
      'pools: [{ name: x, nodeHours: { 0: 5 } }]',
      'pools: [{ name: x, nodeHours: { 1: 5 } }]',
      'pools: [{ name: x, vm: y, nodeHours: { 1: 5 } }]',
      'pools: [{ name: x, pricePerHour: 5, nodeHours: { 1: 5 } }]',
      'pools: [{ name: x, pricePerHour: { yen: 5 }, nodeHours: { 1: 500, 2: 500 } }]',
      'pools: [{ name: x, pricePerHour: { yen: 5 }, nodeHours: { 9999: 5 } }]',
      'staticIps: { count: -1, hours: 9999 }',
      'layout: hybrid',
      'layout: hybrid-vm',
      'layout: hybrid-vm\npools: []',
      'workload: { developers: 1.5, link: 100 }',
      `workload: ${workload}\nassumptions: { vms: { develop: Standard_F4_v2, train: 5 }, osDisk: P99 }`,
      `workload: ${workload}\nassumptions: { vms: { develop: Standard_D4as_v5 } }`,
      `${whole}workload: { developers: 1, sessionsPerDay: 9, hoursPerSession: 9, ${rest} }`,
      `${whole}workload: ${workload}\nassumptions: { maxNodes: { train: 1 } }`,
    ],
  },
  'model.json': {
    read: parseModelManifest,
    texts: [
      '{',
      '{}',
      model({ name: 'ü' }),
      model({ labels: ['ok', 'ok'] }),
      model({ decision: { reject: ['other'], threshold: 0.5, unsure: [0.5, 0.1] } }),
      model({ decision: { reject: ['ok', 'bad'], threshold: 0.5 } }),
      model({}, { colour: 'rgb', normalise: 'fixed' }),
      model({}, { normalise: 'local' }),
      model({}, { normalise: 'local', window: 9 }),
    ],
  },
};

describe.each(Object.entries(mistakes))('a mistake in %s', (_file, { read, texts }) => {
  it.each(texts)('is told in both languages: %s', (text) => {
    const japanese = told(() => read(text), 'ja');
    const english = told(() => read(text), 'en');
    expect(japanese.length).toBeGreaterThan(0);
    expect(japanese.filter((line) => !/[ぁ-んァ-ヶ一-龥]/.test(line))).toEqual([]);
    expect(
      english.filter((line) => !/^[\x20-\x7e“”’…]+$/.test(line) || /^input\.|\{\w+\}/.test(line)),
    ).toEqual([]);
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { explain, SetoError } from '../shared/errors.ts';
import { parseYamlConfig } from '../shared/yaml-config.ts';
import { isLoopback } from './address.ts';
import { configSchema, loadConfig } from './config.ts';

it('refuses a budget for a project that cannot be, which would hold nobody back', () => {
  const read = (project: string) =>
    parseYamlConfig(
      `budget:\n  projects:\n    ${project}: { yenPerMonth: 100 }\n`,
      'seto.yaml',
      configSchema,
    );
  expect(read('factory/line').budget.projects).toEqual({ 'factory/line': { yenPerMonth: 100 } });
  for (const project of ['Factory/Line', 'line'])
    expect(() => read(project)).toThrow(/seto\.yaml:3:5: .*expected a project path/);
});

it('takes only addresses of this machine for loopback', () => {
  expect(['127.0.0.1:1', '127.9.9.9', 'localhost:1', '[::1]:1'].map(isLoopback)).toEqual(Array(4).fill(true));
  expect(['127.example.com:1', '0.0.0.0', '[::]:1'].map(isLoopback)).toEqual(Array(3).fill(false));
});

it.each([
  [
    '127.0.0.1:99999',
    '--listen に 127.0.0.1:99999 は指定できません。ポートは 0 から 65535 で指定してください。',
  ],
  ['a b', '--listen に a b は指定できません。「アドレス」または「アドレス:ポート」の形で指定してください。'],
])('refuses --listen %s before anything starts', (listen, expected) => {
  let told = '';
  try {
    loadConfig(null, { listen });
  } catch (error) {
    if (!(error instanceof SetoError)) throw error;
    told = explain(error.code, error.values, 'ja').message;
  }
  expect(told).toBe(expected);
});

describe('prices of one’s own', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'seto-config-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string) => {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  const pools = (vm: string) =>
    `prices: { sheet: own/sheet.yaml }\npools:\n  - { name: t, site: cloud, driver: process, vm: ${vm} }\n`;
  const sheet = (vms: string) =>
    `source: s\ndate: 2026-04-01\ncurrency: JPY\nregions: { japaneast: { vms: ${vms} } }\n`;

  it('let a pool use a machine that only the sheet knows, found beside seto.yaml', () => {
    const own = write('own/sheet.yaml', sheet('{ Own_1: 5 }'));
    const config = loadConfig(write('seto.yaml', pools('Own_1')));
    expect(config.prices.sheet).toBe(own);
    expect(() => loadConfig(write('seto.yaml', pools('Own_2')))).toThrow(
      /seto\.yaml:3:\d+: .*no price is known for Own_2 in japaneast; nearest: Own_1/,
    );
    expect(() => loadConfig(write('seto.yaml', pools('Standard_D2as_v5')))).toThrow(
      /seto\.yaml:3:\d+: .*not to be relied on/,
    );
  });

  it('are told wrong together with seto.yaml, and no machine is missed for it', () => {
    write('own/sheet.yaml', sheet('{ Own_1: -5 }'));
    let told = '';
    try {
      loadConfig(write('seto.yaml', `timeZone: Tokyo\n${pools('Own_1')}`));
    } catch (error) {
      told = String(error);
    }
    expect(told).toMatch(/configuration: 2\n/);
    expect(told).toMatch(/sheet\.yaml:4:32: .*must be more than 0/);
    expect(told).toMatch(/seto\.yaml:1:1: timeZone/);
    expect(told).not.toContain('no price');
  });

  it('let a pool use a machine that only a refreshed copy knows', () => {
    const layer = {
      kind: 'refreshed',
      source: 'api',
      date: '2026-11-25',
      currency: 'USD',
      regions: { japaneast: { vms: { Standard_New: 1 }, meters: {} } },
    };
    write('data/prices/000001-2026-11-25.json', JSON.stringify(layer));
    const file = write('seto.yaml', pools('Standard_New').replace(/^prices.*\n/, ''));
    const dataDir = path.join(folder, 'data');
    expect(loadConfig(file, { dataDir }).pools[0]?.vm).toBe('Standard_New');
    expect(() => loadConfig(file)).toThrow(/no price is known for Standard_New/);
  });
});

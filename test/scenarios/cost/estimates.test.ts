import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { estimate } from '../../../src/cost/estimate/estimate.ts';
import { scenarioSchemaFor } from '../../../src/cost/estimate/scenario.ts';
import { scenarioBook } from '../../../src/prices/scenario-book.ts';
import { run } from '../../../src/shared/subprocess.ts';
import { readYamlConfig } from '../../../src/shared/yaml-config.ts';
import { agree, compare, type Told } from './compare-estimates.ts';
import { type Expected, expectedOf, type Given } from './oracle.ts';

const folder = path.join(import.meta.dirname, 'scenarios');
const root = path.join(import.meta.dirname, '../../..');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml') && name !== 'contract.yaml')
  .map((name) => name.replace('.yaml', ''));
/** Each starts a process; the others call what the command calls. */
const throughTheCommand = ['direct-paper-shape', 'workload-documented', 'direct-budget-missed'];
const contract = { Standard_F4s_v2: 28.5, Standard_NC4as_T4_v3: 99.25 };

function oracle(name: string): Expected {
  const given = parse(readFileSync(path.join(folder, `${name}.yaml`), 'utf8')) as Given & { prices?: string };
  return expectedOf(given, given.prices === undefined ? {} : contract);
}

test('there are twenty scenarios and more, over both forms and every layout', () => {
  expect(names.length).toBeGreaterThanOrEqual(20);
  const layouts = new Set(
    names.map((name) => /^layout: (\S+)/m.exec(readFileSync(path.join(folder, `${name}.yaml`), 'utf8'))?.[1]),
  );
  expect([...layouts].sort()).toEqual(
    ['all-cloud', 'all-onprem', 'hybrid-aks', 'hybrid-aks-2023', 'hybrid-vm', undefined].sort(),
  );
});

test.each(names)('%s agrees with the independent calculation to 1e-9', (name) => {
  const file = path.join(folder, `${name}.yaml`);
  const book = scenarioBook(file, undefined);
  compare(estimate(readYamlConfig(file, scenarioSchemaFor(book)), book), oracle(name));
});

test.each(throughTheCommand)('%s agrees through the command line', async (name) => {
  const expected = oracle(name);
  const { code, stdout } = await run(
    [process.execPath, 'src/main.ts', 'cost', 'estimate', path.join(folder, `${name}.yaml`), '--json'],
    { cwd: root, timeoutMs: 60_000 },
  );
  expect(code).toBe(expected.withinBudget === false ? 4 : 0);
  compare(JSON.parse(String(stdout)) as Told, expected);
});

test('50 GB over 100 Mbit/s are 1.11 hours, and 720 hours at 25.54 yen are 18,388.8 yen', () => {
  // 50 · 10⁹ bytes · 8 bit = 4 · 10¹¹ bit; at 10⁸ bit a second 4,000 s = 1.111… h; the month’s mean set is 52.5 GB.
  const file = path.join(folder, 'workload-documented.yaml');
  const { derived } = estimate(readYamlConfig(file, scenarioSchemaFor(scenarioBook(file, undefined))));
  agree(derived?.transferHours ?? Number.NaN, ((50 + 5 / 2) * 8e9) / 100e6 / 3600, 'transfer');
  agree((50 * 8e9) / 100e6 / 3600, 10 / 9, 'the issue’s figure');
  const one = path.join(folder, 'direct-one-price.yaml');
  const { total } = estimate(readYamlConfig(one, scenarioSchemaFor(scenarioBook(one, undefined))));
  agree(total, 18_388.8, 'formula (1)');
});

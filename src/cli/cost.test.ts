import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { plainEnvironment, run } from '../shared/subprocess.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'seto-cost-'));
afterAll(() => rmSync(folder, { recursive: true }));

const seto = (args: string[], lang = 'C.UTF-8') =>
  run([process.execPath, path.join(import.meta.dirname, '../main.ts'), ...args], {
    cwd: folder,
    env: plainEnvironment({ LANG: lang, HOME: folder }),
  });
const estimate = (name: string, text: string, ...args: string[]) => {
  writeFileSync(path.join(folder, name), text);
  return seto(['cost', 'estimate', name, ...args]);
};

const example = `month: { hours: 730 }
exchange: { yenPerDollar: 150, date: 2026-11-01 }
region: japaneast
pools:
  - { name: system,  vm: Standard_D2s_v3, nodeHours: { 1: 730 } }
  - { name: develop, vm: Standard_F4s_v2, nodeHours: { 1: 60, 2: 10 } }
  - { name: train,   pricePerHour: { yen: 106.5 }, nodeHours: { 1: 12 } }
loadBalancer: { hours: 730 }
staticIps: { count: 2, hours: 730 }
other: { yen: 300 }
tax: { rate: 0 }
`;

describe('seto cost', () => {
  it('estimates the documented scenario, offline', async () => {
    const { code, stdout } = await estimate('scenario.yaml', example, '--json');
    expect(code).toBe(0);
    const result = JSON.parse(stdout.toString());
    expect(result).toMatchObject({ currency: 'JPY', budget: null, withinBudget: null });
    expect(result.total).toBeCloseTo(14125.5 + 2568 + 1278 + 2737.5 + 1095 + 300, 9);
    expect(result.items[1]).toEqual({
      name: 'develop',
      formula: '(1)',
      quantity: 80,
      unit: 'node-hour',
      unitPrice: 32.1,
      yen: 2568,
      paper: true,
      nodeHours: { 1: 60, 2: 10 },
    });
  });

  it('shows factors whose product a reader finds again', async () => {
    const { stdout } = await estimate('shown.yaml', example);
    const rows = [...stdout.toString().matchAll(/([\d.]+) \D+ × ([\d.]+) +([\d.]+)\n/g)];
    expect(rows).toHaveLength(6);
    for (const [, quantity, price, yen] of rows)
      expect((Number(quantity) * Number(price)).toFixed(1)).toBe(yen);
  });

  it('exits with 4 past the budget, and prints the estimate all the same', async () => {
    const { code, stdout, stderr } = await estimate(
      'tight.yaml',
      `${example}budget: { yen: 1000 }\n`,
      '--json',
    );
    expect(code).toBe(4);
    expect(JSON.parse(stdout.toString()).withinBudget).toBe(false);
    expect(stderr).toContain('22104.0');
  });

  it('names every mistake with file, line and column, exit 2', async () => {
    const wrong = `exchange: { yenPerDollar: 150, date: 2026-11-01 }
pools:
  - name: "a\\e"
    vm: Standard_F4_v2
    nodeHours: { 1: 700, 2: 90 }
    colour: red
loadBalancer: { hours: -1 }
`;
    const { code, stdout, stderr } = await estimate('wrong.yaml', wrong, '--json');
    expect([code, stdout.toString()]).toEqual([2, '']);
    expect(stderr).toContain('wrong.yaml:3:5: pools.0.name: holds a control character');
    expect(stderr).toContain('wrong.yaml:6:5: unknown key “colour”');
    expect(stderr).toContain('wrong.yaml:7:17');
    const { stderr: second } = await estimate(
      'wrong.yaml',
      wrong
        .replace('\\e', '')
        .replace(/ {4}colour.*\n/, '')
        .replace('-1', '1'),
    );
    expect(second).toMatch(/wrong\.yaml:4:5: .*Standard_F4_v2.*nearest: .*Standard_F4s_v2/);
    expect(second).toMatch(/wrong\.yaml:5:5: .*790 hours/);
  });

  it('estimates a workload, simulated months beside it, and past its budget exits with 4', async () => {
    const sample = path.join(import.meta.dirname, '../../samples/scenarios/inspection.yaml');
    const { code, stdout } = await seto([
      'cost',
      'estimate',
      sample,
      '--simulate',
      '--months',
      '5',
      '--json',
    ]);
    const result = JSON.parse(stdout.toString());
    expect(code).toBe(0);
    expect(result).toMatchObject({
      layout: 'hybrid-vm',
      withinBudget: true,
      simulated: { months: 5, seed: 1 },
    });
    expect(result.assumptions).toContain('assumptions.bootMinutes: 5');
    const sum = result.items.reduce((all: number, { yen }: { yen: number }) => all + yen, 0);
    expect(result.total).toBeCloseTo(sum, 6);
    expect(result.simulated.yen.closed).toBeCloseTo(result.total, 6);
    const tight = readFileSync(sample, 'utf8').replace('yen: 100000', 'yen: 5000');
    const past = await estimate('tight-workload.yaml', tight);
    expect([past.code, past.stdout.toString()]).toEqual([4, expect.stringContaining('formula (4)')]);
  });

  it('takes a contract in yen without an exchange rate, and says whose prices they are', async () => {
    writeFileSync(
      path.join(folder, 'sheet.yaml'),
      'source: contract\ndate: 2026-11-01\ncurrency: JPY\nregions: { japaneast: { vms: { Standard_F4s_v2: 20 } } }\n',
    );
    const pools = 'pools: [{ name: develop, vm: Standard_F4s_v2, nodeHours: { 1: 1.5, 2: 4 } }]\n';
    const { code, stdout } = await estimate('own.yaml', `prices: sheet.yaml\n${pools}`, '--json');
    const result = JSON.parse(stdout.toString());
    expect([code, result.total]).toEqual([0, 190]);
    expect(result.assumptions).toContain('price: contract (sheet, 2026-11-01)');
  });

  it('says that hours which are given cannot be simulated', async () => {
    const { code, stderr } = await estimate('given.yaml', example, '--simulate');
    expect([code, stderr]).toEqual([2, expect.stringContaining('--simulate cannot be given.yaml')]);
  });

  it('takes no folder for a file', async () => {
    const { code, stderr } = await seto(['cost', 'estimate', '.']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('. cannot be used: it is a folder.')]);
  });

  it('lists prices with their source and date, in Japanese too', async () => {
    const { stdout } = await seto(['cost', 'prices', '--match', 'F4s', '--json']);
    const book = JSON.parse(stdout.toString());
    expect(book).toMatchObject({ date: '2026-06-18', region: 'japaneast' });
    expect(book.prices).toContainEqual({ vm: 'Standard_F4s_v2', usdPerHour: 0.214 });
    const { stdout: shown } = await seto(['cost', 'prices', '--match', 'F4s_v2'], 'ja_JP.UTF-8');
    expect(shown.toString()).toContain('従量課金');
    const { code } = await seto(['cost', 'prices', '--region', 'nowhere']);
    expect(code).toBe(2);
  });
});

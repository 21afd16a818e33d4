import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TightFigures } from '../../../src/cli/demo/tight-budget.ts';
import { run } from '../../../src/shared/subprocess.ts';
import { processesOf } from '../../support/platform.ts';

// The demo is the scenario: a real control plane, real nodes, the real command line. Its figures are judged here by
// arithmetic of our own.

const main = path.join(import.meta.dirname, '../../../src/main.ts');
let dir: string;
let figures: TightFigures;
let output: string;

beforeAll(async () => {
  dir = mkdtempSync('/tmp/seto-tight-');
  const json = path.join(dir, 'figures.json');
  const result = await run([process.execPath, main, 'demo', '--tight-budget', '--json', json], {
    env: { PATH: process.env['PATH'] ?? '', HOME: dir, LANG: 'ja_JP.UTF-8' },
    timeoutMs: 150_000,
  });
  output = `${result.stdout}${result.stderr}`;
  expect(result.code, output).toBe(0);
  figures = JSON.parse(readFileSync(json, 'utf8')) as TightFigures;
}, 160_000);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('the budget is one lease: price × (boot + timeout + idle tail + margin) with tax', () => {
  const { lease, budgetYen } = figures;
  // F4s_v2 in Japan East: 0.214 dollars an hour at 150 yen.
  expect(lease.priceYenPerHour).toBeCloseTo(0.214 * 150, 9);
  expect(lease.ms).toBe(10_000 + 30_000 + 2000 + 120_000);
  expect(budgetYen.tight).toBeCloseTo((0.214 * 150 * 162 * 1.1) / 3600, 9);
  expect(budgetYen.raised).toBeCloseTo(2 * budgetYen.tight, 9);
  expect(output).toContain('起動 10 秒 + ジョブの上限 30 秒 + 待機 2 秒 + 終了の余裕 120 秒 = 162 秒');
});

test('the second job, asked for while the first runs, waits with its reason and starts after the raise', () => {
  const { first, second, raisedAt } = figures;
  expect(second.exitCode).toBe(4);
  expect(second.waited).toMatchObject({
    code: 'budget',
    values: {
      scope: 'platform',
      neededYen: expect.stringMatching(/^1\.[56]/),
      leftYen: expect.stringMatching(/^0\.0/),
    },
  });
  expect(second.text).toContain('予算に空きがありません');
  expect(output).toContain(second.text);
  expect(second.startedAt).toBeGreaterThanOrEqual(raisedAt);
  expect(first.startedAt).toBeLessThan(raisedAt);
  expect(first.finishedAt).toBeGreaterThan(raisedAt);
  expect(second.nodeId).not.toBe(first.nodeId);
});

test('the bill is formula (1) on the intervals, to the last digit, and stays within the raised budget', () => {
  const { bill, budgetYen } = figures;
  expect(figures.nodesEnded).toBe(true);
  const [item] = bill.items;
  expect(bill.items).toHaveLength(1);
  expect(new Set(bill.intervals.map(({ nodeId }) => nodeId)).size).toBe(2);
  // T_n by counting, millisecond by millisecond between the moments where a node comes or goes.
  const moments = bill.intervals.flatMap(({ from, to }) => [from, to]).sort((a, b) => a - b);
  const times = new Map<number, number>();
  for (const [at, from] of moments.entries()) {
    const to = moments[at + 1] ?? from;
    const up = bill.intervals.filter((each) => each.from <= from && each.to >= to && to > from).length;
    if (up > 0) times.set(up, (times.get(up) ?? 0) + to - from);
  }
  expect(item?.nodeMs).toEqual(Object.fromEntries(times));
  expect(times.get(2)).toBeGreaterThan(0);
  const exact = [...times].reduce((sum, [n, ms]) => sum + BigInt(n) * BigInt(ms) * 32_100_000_000n, 0n);
  expect(item?.amount.exact).toBe(String(exact));
  const kind = bill.kinds.find(({ simulated }) => simulated);
  expect(kind?.total.yen).toBeCloseTo((Number(exact) / 3.6e15) * 1.1, 9);
  expect(kind?.committed.yen).toBeLessThanOrEqual(budgetYen.raised);
});

test('nothing is left behind', () => {
  const place = /(\/tmp\/seto-\w+)/.exec(output)?.[1] ?? '';
  expect(place).not.toBe('');
  expect(processesOf(place)).toEqual([]);
});

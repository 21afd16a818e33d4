import { expect, it } from 'vitest';
import { type CostItem, compareItems } from './compare-items.ts';

const item = (name: string, quantity: number, unitPrice: number, nodeHours = {}): CostItem => ({
  name,
  formula: '(1)',
  quantity,
  unit: 'node-hour',
  unitPrice,
  yen: quantity * unitPrice,
  nodeHours,
});

it('sets items of one name side by side, then what one side has alone', () => {
  const rows = compareItems(
    [item('alone', 1, 5), item('train', 10, 30, { 1: 10 })],
    [item('new', 2, 7), item('train', 4, 30, { 1: 4 }), item('train', 5, 40, { 1: 1, 2: 2 })],
  );
  expect(rows.map(({ name, difference }) => [name, difference])).toEqual([
    ['train', { quantity: -1, yen: 20 }],
    ['alone', { quantity: -1, yen: -5 }],
    ['new', { quantity: 2, yen: 14 }],
  ]);
  expect(rows[0]?.billed).toMatchObject({ quantity: 9, yen: 320, nodeHours: { 1: 5, 2: 2 } });
  expect(rows[0]?.billed?.unitPrice).toBeCloseTo(320 / 9, 12);
  expect(rows[1]?.billed).toBe(null);
  expect(rows[2]?.estimated).toBe(null);
});

import { expect } from 'vitest';
import type { Expected, Line } from './oracle.ts';

/** What the comparison reads of an estimate, from the function or from the command's JSON. */
export interface Told {
  items: Line[];
  paper: { yen: number };
  total: number;
  withinBudget: boolean | null;
}

/** To 1e-9 of the value, or of a yen below one. */
export function agree(told: number, expected: number, what: string): void {
  const off = Math.abs(told - expected) / Math.max(1, Math.abs(expected));
  expect(off <= 1e-9, `${what}: ${told}, by the oracle ${expected}`).toBe(true);
}

/** Every line, its factors and T_n, and the sums. */
export function compare(told: Told, expected: Expected): void {
  expect(told.items.map(({ name, formula }) => `${formula} ${name}`).sort()).toEqual(
    expected.items.map(({ name, formula }) => `${formula} ${name}`).sort(),
  );
  for (const line of expected.items) {
    const item = told.items.find(({ name, formula }) => name === line.name && formula === line.formula);
    if (item === undefined) throw new Error(`no line ${line.name}`);
    for (const part of ['quantity', 'unitPrice', 'yen'] as const)
      agree(item[part], line[part], `${line.name} ${part}`);
    agree(item.quantity * item.unitPrice, item.yen, `${line.name}, as a reader multiplies it`);
    if (line.nodeHours === undefined) continue;
    const times = item.nodeHours ?? {};
    for (const n of new Set([...Object.keys(times), ...Object.keys(line.nodeHours)]))
      agree(times[n] ?? 0, line.nodeHours[n] ?? 0, `${line.name} T_${n}`);
  }
  agree(told.paper.yen, expected.paperYen, 'formula (4)');
  agree(told.total, expected.total, 'total');
  expect(told.withinBudget).toBe(expected.withinBudget);
}

import { expect, it } from 'vitest';
import { loadBalancerCost, nodePoolCost, platformCost, staticIpCost } from './formulas.ts';

it('computes each of the paper’s formulas in whole units', () => {
  // (1): 3 yen × (0·5 + 1·60 + 2·10 + 3·1) hours
  expect(
    nodePoolCost(
      3,
      new Map([
        [0, 5],
        [1, 60],
        [2, 10],
        [3, 1],
      ]),
    ),
  ).toBe(249n);
  expect(loadBalancerCost(4, 730)).toBe(2920n);
  expect(staticIpCost(1n, 730)).toBe(730n);
  const parts = {
    nodePools: [249n, 1n, 50n],
    loadBalancer: 2920n,
    staticIp: 730n,
    staticIps: 2,
    other: 300n,
  };
  expect(platformCost(parts)).toBe(4980n);
});

it('refuses what no price, time or number of nodes can be, and says which', () => {
  expect(() => nodePoolCost(3, new Map([[1.5, 60]]))).toThrow(/n must be a whole number, not 1\.5/);
  expect(() => nodePoolCost(3, new Map([[1, -60]]))).toThrow(/T_n must not be negative/);
  expect(() => nodePoolCost(-3n, new Map())).toThrow(/C_vm must not be negative/);
  expect(() => nodePoolCost(3, new Map([[Number.NaN, 1]]))).toThrow(RangeError);
  expect(() => loadBalancerCost(Number.POSITIVE_INFINITY, 1)).toThrow(/L must be a whole number/);
  expect(() => staticIpCost(1, 2 ** 60)).toThrow(RangeError);
  const parts = { nodePools: [], loadBalancer: 0n, staticIp: 0n, staticIps: 0, other: -1n };
  expect(() => platformCost(parts)).toThrow(/e must not be negative/);
});

import { describe, expect, it } from 'vitest';
import { globalRows, regionRows, retailRow, vmRows } from '../../../test/support/retail-rows.ts';
import { compareBooks } from './compare-books.ts';
import { meterRules } from './meter-rules.ts';
import { type MeterId, meterIds } from './meters.ts';
import { pickMeter } from './pick-meter.ts';
import { pickVms } from './pick-vms.ts';
import type { PriceLayer } from './price-book.ts';
import { type RetailItem, retailPage } from './retail-page.ts';
import { shippedBook } from './shipped-book.ts';

const at = Date.UTC(2026, 10, 25);
const parse = (rows: object[]): RetailItem[] =>
  retailPage.parse({ BillingCurrency: 'USD', Items: rows, NextPageLink: null, Count: rows.length }).Items;
const all = parse([...globalRows(), ...regionRows(), ...vmRows('D8as_v5', 0.448, 0.816)]);

describe('pickMeter', () => {
  it.each(meterIds.filter((id) => id !== 'aksFreeHour'))(
    'finds the one row of %s among its neighbours',
    (id) => {
      const found = pickMeter(all, meterRules[id], 'japaneast', at);
      expect(found).toMatchObject({ found: true });
      const shipped = shippedBook.layers[0]?.regions['japaneast']?.meters[id]?.tiers;
      // The rows are made with the shipped prices, so a wrong neighbour shows.
      expect(found.found && found.tiers[0]).toEqual(shipped?.[0]);
    },
  );

  it('keeps every tier, in order', () => {
    const found = pickMeter(all.toReversed(), meterRules.egressGb, 'japaneast', at);
    expect(found).toEqual({
      found: true,
      tiers: [
        { from: 0, price: 0 },
        { from: 100, price: 0.12 },
        { from: 10_335, price: 0.085 },
        { from: 51_295, price: 0.082 },
        { from: 153_695, price: 0.08 },
      ],
    });
  });

  const without = (id: Exclude<MeterId, 'aksFreeHour'>) =>
    all.filter(({ meterName }) => meterName !== meterRules[id].meterName);

  it('says what was sought where there is none, with what comes near', () => {
    const rule = meterRules.loadBalancerHour;
    expect(pickMeter(without('loadBalancerHour'), rule, 'japaneast', at)).toEqual({
      found: false,
      why: 'none',
      sought:
        'Load Balancer / Load Balancer / Standard / Standard Included LB Rules and Outbound Rules (1 Hour, Global)',
      candidates: [],
    });
    const elsewhere = all.filter((row) => row.meterName !== rule.meterName || row.armRegionName !== 'Global');
    const near = pickMeter(elsewhere, rule, 'japaneast', at);
    expect(near).toMatchObject({ why: 'none' });
    expect('candidates' in near && near.candidates[0]).toContain('attdetroit1');
  });

  it('lists both where there are two', () => {
    const [first] = all.filter(({ meterName }) => meterName === 'P10 LRS Disk');
    if (first === undefined) throw new Error('no P10');
    const twice = pickMeter(
      [...all, { ...first, meterId: 'another', retailPrice: 30 }],
      meterRules.diskP10,
      'japaneast',
      at,
    );
    expect(twice).toMatchObject({ found: false, why: 'several' });
    expect('candidates' in twice && twice.candidates).toEqual([
      'Premium SSD Managed Disks / P10 LRS / P10 LRS Disk (1/Month, japaneast, from 0): 22.67 USD',
      'Premium SSD Managed Disks / P10 LRS / P10 LRS Disk (1/Month, japaneast, from 0): 30 USD',
    ]);
    const sameMeter = pickMeter([...all, first], meterRules.diskP10, 'japaneast', at);
    expect(sameMeter).toMatchObject({ why: 'several' });
  });

  it('takes no meter that is free, begins in the middle, is over or has not begun', () => {
    const change = (given: Partial<RetailItem>) =>
      pickMeter(
        all.map((row) => (row.meterName === 'P4 LRS Disk' ? { ...row, ...given } : row)),
        meterRules.diskP4,
        'japaneast',
        at,
      );
    expect(change({ retailPrice: 0 })).toMatchObject({ why: 'tiers' });
    expect(change({ tierMinimumUnits: 5 })).toMatchObject({ why: 'tiers' });
    expect(change({ effectiveStartDate: '2026-12-01T00:00:00Z' })).toMatchObject({ why: 'none' });
    expect(change({ effectiveEndDate: '2026-11-01T00:00:00Z' })).toMatchObject({ why: 'none' });
    expect(change({ effectiveEndDate: '2026-12-01T00:00:00Z' })).toMatchObject({ found: true });
  });

  it('compares capitals, as the API does', () => {
    const rule = { ...meterRules.diskP4, productName: 'premium ssd managed disks' };
    expect(pickMeter(all, rule, 'japaneast', at)).toMatchObject({ found: false, why: 'none' });
  });
});

describe('pickVms', () => {
  it('takes the Linux price of the sizes whose Windows and Cloud Services rows collide with it', () => {
    const rows = parse([
      ...vmRows('D8as_v5', 0.448, 0.816),
      ...vmRows('F4s_v2', 0.214, 0.4),
      ...vmRows('F4s_v2', 0.235, 0.42, 'japanwest'),
    ]);
    expect(pickVms(rows, 'japaneast', at)).toMatchObject({
      vms: { Standard_D8as_v5: 0.448, Standard_F4s_v2: 0.214 },
      unreliable: {},
    });
    expect(pickVms(rows, 'japanwest', at).vms).toEqual({ Standard_F4s_v2: 0.235 });
  });

  it('marks what fits twice or is free, with the rows', () => {
    const [plain] = vmRows('X2_v1', 1, 2).filter(
      ({ productName, meterName }) =>
        /^Virtual Machines \S+ Series$/.test(`${productName}`) && meterName === 'X2 v1',
    );
    const rows = parse([
      ...vmRows('X2_v1', 1, 2),
      { ...plain, productName: 'Virtual Machines Xv1 Series Other', retailPrice: 1.5 },
      ...vmRows('M16bs_v4', 0, 0),
    ]);
    const picked = pickVms(rows, 'japaneast', at);
    expect(picked.vms).toEqual({});
    expect(picked.unreliable).toEqual({ Standard_M16bs_v4: [0], Standard_X2_v1: [1, 1.5] });
    expect(picked.candidates.get('Standard_X2_v1')?.[1]).toContain('Virtual Machines Xv1 Series Other');
  });

  it('leaves out what is no machine', () => {
    const host = retailRow({
      productName: 'Dsv3 Series Dedicated Host',
      meterName: 'Dsv3 Type1',
      armSkuName: 'Dsv3_Type1',
      retailPrice: 4.6,
    });
    expect(pickVms(parse([host]), 'japaneast', at).vms).toEqual({});
  });
});

describe('compareBooks', () => {
  const layer = (
    vms: Record<string, number>,
    meters: PriceLayer['regions'][string]['meters'] = {},
  ): PriceLayer => ({
    kind: 'refreshed',
    source: 'a copy',
    date: '2026-11-25',
    currency: 'USD',
    regions: { japaneast: { vms, meters } },
  });

  it('counts rows and names the largest changes first', () => {
    const { rows, added, changes } = compareBooks(
      shippedBook,
      layer(
        {
          Standard_F4s_v2: 0.214,
          Standard_D2s_v5: 0.248,
          Standard_B2s: 0.049,
          Standard_D2as_v5: 0.112,
          New: 1,
        },
        {
          egressGb: {
            tiers: [
              { from: 0, price: 0 },
              { from: 100, price: 0.12 },
            ],
          },
        },
      ),
    );
    expect({ rows, added }).toEqual({ rows: 6, added: 2 });
    expect(changes).toEqual([
      { region: 'japaneast', name: 'Standard_D2s_v5', unit: 'hour', before: 0.124, after: 0.248 },
      { region: 'japaneast', name: 'egressGb', unit: 'GB', before: 0.08, after: 0.12 },
      { region: 'japaneast', name: 'Standard_B2s', unit: 'hour', before: 0.0544, after: 0.049 },
    ]);
  });
});

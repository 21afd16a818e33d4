import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type MeterId, meterIds } from './meters.ts';
import {
  bookRegions,
  bookVms,
  lookUpMeter,
  lookUpVm,
  type PriceBook,
  type PriceLayer,
  toNanoYen,
} from './price-book.ts';
import { fetchedBook, shippedBook } from './shipped-book.ts';

const layer = (kind: PriceLayer['kind'], given: Partial<PriceLayer>): PriceLayer => ({
  kind,
  source: `the ${kind}`,
  date: '2026-11-01',
  currency: 'USD',
  regions: {},
  ...given,
});

describe('the shipped book', () => {
  it('has every meter in every region, with unit, source and day', () => {
    expect(bookRegions(shippedBook)).toEqual(['japaneast', 'japanwest', 'eastus']);
    for (const region of bookRegions(shippedBook))
      for (const id of meterIds) {
        const found = lookUpMeter(shippedBook, region, id);
        if (!found.found) throw new Error(`${id} in ${region}`);
        expect(found.tiers[0]?.from).toBe(0);
        expect(found.source.length).toBeGreaterThan(10);
        expect(found.date).toMatch(/^2026-\d\d-\d\d$/);
        // Free is the tier that is free, and the first gigabytes of traffic; nothing else.
        expect(found.tiers.filter(({ price }) => price <= 0).length).toBe(
          id === 'aksFreeHour' || id === 'egressGb' ? 1 : 0,
        );
        expect(found.tiers.map(({ from }) => from)).toEqual(
          found.tiers.map(({ from }) => from).toSorted((one, other) => one - other),
        );
      }
  });

  it('has no size at no price, and says which figures are rough', () => {
    for (const region of bookRegions(shippedBook))
      for (const vm of bookVms(shippedBook, region)) {
        const found = lookUpVm(shippedBook, region, vm);
        if (found.found) expect(found.price, vm).toBeGreaterThan(0);
        else expect(found.missing, vm).toBe('reliable');
      }
    expect(lookUpMeter(shippedBook, 'japaneast', 'natHour')).toMatchObject({ approximate: true });
    expect(lookUpMeter(shippedBook, 'japaneast', 'diskP10')).toMatchObject({
      approximate: false,
      tiers: [{ from: 0, price: 22.67 }],
      unit: 'month',
    });
  });

  it('is what the file says, size by size', () => {
    const file = JSON.parse(readFileSync(new URL('./azure.json', import.meta.url), 'utf8'));
    expect(Object.keys(file.regions.japaneast.vms).length).toBe(1160);
    expect(lookUpVm(shippedBook, 'japaneast', 'Standard_F4s_v2')).toMatchObject({
      found: true,
      price: 0.214,
      currency: 'USD',
      kind: 'shipped',
      date: '2026-06-18',
    });
    expect(lookUpVm(shippedBook, 'japanwest', 'Standard_NC4as_T4_v3')).toMatchObject({ price: 0.768 });
  });

  it('names the nearest where it has no price, and gives an unreliable figure as none', () => {
    const near = lookUpVm(shippedBook, 'japaneast', 'standard_f4s_v3');
    expect(near).toMatchObject({ found: false, missing: 'vm' });
    expect('nearest' in near && near.nearest).toContain('Standard_F4s_v2');
    expect(lookUpVm(shippedBook, 'japan', 'Standard_F4s_v2')).toMatchObject({
      found: false,
      missing: 'region',
    });
    expect(lookUpVm(shippedBook, 'japaneast', 'constructor').found).toBe(false);
    expect(lookUpVm(shippedBook, 'constructor', 'Standard_F4s_v2').found).toBe(false);
    expect(lookUpVm(shippedBook, 'japaneast', 'Standard_D2as_v5')).toMatchObject({
      found: false,
      missing: 'reliable',
      figures: [0.204],
    });
  });
});

describe('layers', () => {
  const book: PriceBook = {
    layers: [
      layer('sheet', {
        currency: 'JPY',
        regions: {
          japaneast: { vms: { Own: 30 }, meters: {} },
          osaka: { vms: { Own: 31 }, meters: { staticIpHour: { tiers: [{ from: 0, price: 0.8 }] } } },
        },
      }),
      layer('refreshed', {
        regions: {
          japaneast: { vms: { Own: 1, Standard_D2as_v5: 0.112 }, unreliable: { Twice: [1, 2] }, meters: {} },
        },
      }),
      ...shippedBook.layers,
    ],
  };

  it('lets the first that knows decide, and the others fill what it lacks', () => {
    expect(lookUpVm(book, 'japaneast', 'Own')).toMatchObject({ price: 30, currency: 'JPY', kind: 'sheet' });
    expect(lookUpVm(book, 'japaneast', 'Standard_D2as_v5')).toMatchObject({
      price: 0.112,
      kind: 'refreshed',
    });
    expect(lookUpVm(book, 'japaneast', 'Standard_F4s_v2')).toMatchObject({ kind: 'shipped' });
    expect(lookUpVm(book, 'japaneast', 'Twice')).toMatchObject({ missing: 'reliable', figures: [1, 2] });
    expect(lookUpVm(book, 'osaka', 'Standard_F4s_v2')).toMatchObject({ missing: 'vm', nearest: ['Own'] });
    expect(lookUpMeter(book, 'osaka', 'staticIpHour')).toMatchObject({ found: true, currency: 'JPY' });
    expect(lookUpMeter(book, 'osaka', 'natHour')).toMatchObject({ found: false, missing: 'meter' });
    expect(lookUpMeter(book, 'nowhere', 'natHour')).toMatchObject({ found: false, missing: 'region' });
  });

  it('has the newer of copy and shipped prices first, and an old copy for what the shipped ones lack', () => {
    const egress = { tiers: [{ from: 0, price: 0.11 }] };
    const of = (date: string) =>
      fetchedBook(
        layer('refreshed', {
          date,
          regions: {
            japaneast: {
              vms: { Standard_F4s_v2: 0.2, Standard_D2as_v5: 0.112, Gone: 1 },
              unreliable: { Standard_D4as_v5: [7] },
              meters: { diskP10: { tiers: [{ from: 0, price: 20 }] }, egressGb: egress },
            },
          },
        }),
      );
    const price = (date: string, vm: string) => lookUpVm(of(date), 'japaneast', vm);
    const meter = (date: string, id: MeterId) => lookUpMeter(of(date), 'japaneast', id);
    const [old, same] = ['2026-06-17', '2026-06-18'];
    expect(price(same, 'Standard_F4s_v2')).toMatchObject({ price: 0.2, kind: 'refreshed' });
    expect(meter(same, 'diskP10')).toMatchObject({ kind: 'refreshed' });
    expect(price(old, 'Standard_F4s_v2')).toMatchObject({ price: 0.214, kind: 'shipped' });
    expect(meter(old, 'diskP10')).toMatchObject({ kind: 'shipped' });
    expect(price(old, 'Gone')).toMatchObject({ price: 1, kind: 'refreshed' });
    // A pool may run on it: an upgrade must not take its price away.
    expect(price(old, 'Standard_D2as_v5')).toMatchObject({ price: 0.112, kind: 'refreshed' });
    expect(price(old, 'Standard_D4as_v5')).toMatchObject({ missing: 'reliable', date: '2026-06-18' });
    expect(meter(old, 'egressGb')).toMatchObject({ ...egress, approximate: false });
    expect(meter(old, 'natHour')).toMatchObject({ approximate: true, kind: 'shipped' });
    // A saved book goes by its own prices alone, wherever it has one.
    const saved: PriceBook = {
      layers: [
        ...shippedBook.layers,
        layer('shipped', { regions: { japaneast: { vms: {}, meters: { natHour: egress } } } }),
      ],
    };
    expect(lookUpMeter(saved, 'japaneast', 'natHour')).toMatchObject({ approximate: true });
    expect(fetchedBook(null)).toEqual(shippedBook);
  });

  it('never multiplies yen by a rate', () => {
    expect(toNanoYen(0.214, 'USD', 150)).toBe(32_100_000_000n);
    expect(toNanoYen(32.1, 'JPY', 150)).toBe(32_100_000_000n);
  });
});

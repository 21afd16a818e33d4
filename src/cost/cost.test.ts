import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { daySpan, daysOf, monthOf, monthSpan } from './calendar.ts';
import { estimate } from './estimate/estimate.ts';
import { scenarioSchema } from './estimate/scenario.ts';
import { forecast } from './forecast.ts';
import { nodePoolCost, platformCost } from './formulas.ts';
import {
  formatYen,
  nanoYen,
  partsPerMillion,
  taxOn,
  units,
  unitsPerYen,
  unitsToYen,
  yenToUnits,
} from './money.ts';
import { lookUpVm, usdToNanoYen } from './prices/price-book.ts';
import { shippedBook } from './prices/shipped-book.ts';
import { addTimes, nodeMs, sweep } from './sweep.ts';

const span = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }))
  .map(([from, to]) => ({ from, to }));
const spans = fc.array(span, { maxLength: 12 });

describe('sweep', () => {
  it('agrees with counting each millisecond', () => {
    fc.assert(
      fc.property(spans, span, (intervals, window) => {
        const counted = new Map<number, number>();
        for (let at = window.from; at < window.to; at++) {
          const n = intervals.filter(({ from, to }) => from <= at && at < to).length;
          if (n > 0) counted.set(n, (counted.get(n) ?? 0) + 1);
        }
        expect(new Map([...sweep(intervals, window)].sort())).toEqual(new Map([...counted].sort()));
      }),
    );
  });

  it('cut at any place adds up to the same node time as the intervals', () => {
    fc.assert(
      fc.property(spans, fc.integer({ min: 0, max: 60 }), (intervals, cut) => {
        const parts = addTimes([
          sweep(intervals, { from: 0, to: cut }),
          sweep(intervals, { from: cut, to: 60 }),
        ]);
        const sum = intervals.reduce((all, { from, to }) => all + Math.max(0, to - from), 0);
        expect(nodeMs(parts)).toBe(BigInt(sum));
      }),
    );
  });
});

describe('formula (1)', () => {
  it('is the sum over intervals of time × price, to the last unit', () => {
    const price = fc.bigInt({ min: 1n, max: 10n ** 15n });
    const long = fc.array(
      fc.tuple(fc.nat(2_678_400_000), fc.nat(2_678_400_000)).map(([one, other]) => ({
        from: 1_790_000_000_000 + Math.min(one, other),
        to: 1_790_000_000_000 + Math.max(one, other),
      })),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(long, price, (intervals, perHour) => {
        const window = { from: 0, to: 2_000_000_000_000 };
        const oracle = intervals.reduce((sum, { from, to }) => sum + BigInt(to - from) * perHour, 0n);
        expect(nodePoolCost(perHour, sweep(intervals, window))).toBe(oracle);
      }),
    );
  });

  it('gives the cost model’s own example: 720 h at 25.54 yen an hour', () => {
    const cost = nodePoolCost(nanoYen(25.54), new Map([[1, 720 * 3_600_000]]));
    expect(formatYen(cost)).toBe('18388.8');
    expect(cost).toBe(yenToUnits(18388.8));
  });

  it('adds up to formula (4)', () => {
    const total = platformCost({
      nodePools: [1n, 20n, 300n],
      loadBalancer: 4000n,
      staticIp: 50_000n,
      staticIps: 2,
      other: 1_000_000n,
    });
    expect(total).toBe(1_104_321n);
  });
});

describe('money', () => {
  it('passes 64 bits without losing a unit', () => {
    const month = units(31 * 24 * 3_600_000, nanoYen(1_000_000));
    expect(month > 2n ** 63n).toBe(true);
    expect(month % unitsPerYen).toBe(0n);
    expect(unitsToYen(month)).toBe(744_000_000);
  });

  it('adds a million amounts without drift', () => {
    // 100 ms at 0.1 yen an hour: a third of a hundred-thousandth, which no double holds.
    const price = nanoYen(0.1);
    let sum = 0n;
    for (let at = 0; at < 1_000_000; at += 1) sum += units(100, price);
    expect(sum).toBe(100_000_000n * price);
    expect(sum * 36n).toBe(unitsPerYen * 100n);
  });

  it('rounds half away from zero and never prints minus nothing', () => {
    expect(formatYen(yenToUnits(0.05))).toBe('0.1');
    expect(formatYen(yenToUnits(0.0499))).toBe('0.0');
    expect(formatYen(-yenToUnits(0.05))).toBe('-0.1');
    expect(formatYen(-1n)).toBe('0.0');
    expect(formatYen(yenToUnits(1234.5), 0)).toBe('1235');
  });

  it('never takes less tax than is due', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 30n }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (net, rate) => {
          const ppm = partsPerMillion(rate);
          const tax = taxOn(net, ppm);
          expect(tax * 1_000_000n >= net * ppm && (tax - 1n) * 1_000_000n < net * ppm).toBe(true);
        },
      ),
    );
  });
});

describe('calendar', () => {
  it('begins months where the zone does', () => {
    expect(monthSpan('2026-11', 'Asia/Tokyo')).toEqual({
      from: Date.UTC(2026, 9, 31, 15),
      to: Date.UTC(2026, 10, 30, 15),
    });
    expect(monthOf(Date.UTC(2026, 9, 31, 15) - 1, 'Asia/Tokyo')).toBe('2026-10');
    expect(monthOf(Date.UTC(2026, 9, 31, 15), 'Asia/Tokyo')).toBe('2026-11');
  });

  it('cuts every month of every zone into days that leave nothing out, changes of clocks included', () => {
    for (const zone of ['Asia/Tokyo', 'America/New_York', 'Europe/London', 'Australia/Lord_Howe', 'UTC'])
      for (const month of ['2026-02', '2026-03', '2026-04', '2026-10', '2026-11', '2026-12']) {
        const whole = monthSpan(month, zone);
        const days = daysOf(whole, zone);
        expect(days[0]).toBe(`${month}-01`);
        expect(days.length).toBe(new Date(Date.UTC(2026, Number(month.slice(5)), 0)).getUTCDate());
      }
    const march = monthSpan('2026-03', 'America/New_York');
    expect((march.to - march.from) / 3_600_000).toBe(31 * 24 - 1);
  });

  it('begins a day that has no midnight, or two, where the zone’s clock first shows it', () => {
    for (const [zone, day, hours] of [
      ['America/Santiago', '2026-09-06', 23],
      ['America/Santiago', '2026-04-04', 25],
      ['America/Havana', '2026-03-08', 23],
      ['America/Havana', '2026-11-01', 25],
      ['Africa/Cairo', '2026-04-24', 23],
      ['Africa/Cairo', '2026-10-29', 25],
      ['Asia/Beirut', '2026-03-29', 23],
    ] as const) {
      const { from, to } = daySpan(day, zone);
      const shown = new Intl.DateTimeFormat('en-CA', { timeZone: zone });
      expect([from - 1, from, to - 1, to].map((at) => shown.format(at) >= day)).toEqual([
        ...[false, true, true, true],
      ]);
      expect([shown.format(from), shown.format(to - 1)]).toEqual([day, day]);
      expect((to - from) / 3_600_000).toBe(hours);
      expect(daysOf({ from: from - 1, to: to + 1 }, zone).length).toBe(3);
    }
  });
});

describe('price book', () => {
  const look = (vm: string, region = 'japaneast') => lookUpVm(shippedBook, region, vm);

  it('turns dollars into exact yen', () => {
    expect(look('Standard_F4s_v2')).toMatchObject({ found: true, price: 0.214, currency: 'USD' });
    expect(usdToNanoYen(0.214, 150)).toBe(32_100_000_000n);
    expect(usdToNanoYen(0.0544, 149.37)).toBe(8_125_728_000n);
  });

  it('names the nearest where it has no price, and never says zero', () => {
    expect(look('Standard_F4_v2')).toMatchObject({ found: false, missing: 'vm' });
    expect(look('standard_f4s_v3')).toMatchObject({ nearest: expect.arrayContaining(['Standard_F4s_v2']) });
    expect(look('Standard_F4s_v2', 'japan')).toMatchObject({ found: false, missing: 'region' });
    expect(look('constructor').found).toBe(false);
  });
});

describe('scenario', () => {
  const given = {
    exchange: { yenPerDollar: 150, date: '2026-11-01' },
    pools: [
      { name: 'system', vm: 'Standard_D2s_v3', nodeHours: { 1: 730 } },
      { name: 'develop', vm: 'Standard_F4s_v2', nodeHours: { 1: 60, 2: 10 } },
      { name: 'train', pricePerHour: { yen: 106.5 }, nodeHours: { 1: 12 } },
    ],
    loadBalancer: { hours: 730 },
    staticIps: { count: 2, hours: 730 },
    other: { yen: 300 },
  };

  it('computes the example of the documentation', () => {
    const result = estimate(scenarioSchema.parse(given));
    const yen = [730 * 19.35, 80 * 32.1, 12 * 106.5, 730 * 3.75, 2 * 730 * 0.75, 300];
    expect(result.items.map((item) => Number(item.yen.toFixed(6)))).toEqual(
      yen.map((each) => Number(each.toFixed(6))),
    );
    expect(result.total).toBeCloseTo(
      yen.reduce((sum, each) => sum + each),
      6,
    );
    expect(result.budget).toBe(null);
    expect(result.withinBudget).toBe(null);
  });

  it('includes tax and compares the total with the budget', () => {
    const taxed = estimate(scenarioSchema.parse({ ...given, tax: { rate: 0.1 }, budget: { yen: 20_000 } }));
    expect(taxed.items.at(-1)?.name).toBe('tax');
    expect(taxed.withinBudget).toBe(false);
    expect(taxed.total).toBeGreaterThan(22_000);
  });

  it('refuses impossible hours, unknown machines, dollars without a rate and unknown keys', () => {
    const bad = scenarioSchema.safeParse({
      pools: [
        { name: 'a', vm: 'Standard_Nope', nodeHours: { 1: 700, 2: 40 } },
        { name: 'b', nodeHours: { 0: 1 } },
      ],
      staticIps: { count: 1.5, hours: 10 },
      extra: 1,
    });
    const paths = bad.success ? [] : bad.error.issues.map((issue) => issue.path.join('.'));
    expect(bad.success).toBe(false);
    // An entry with a mistake of its own is told by that alone, the others by what they say together.
    expect(paths).toEqual(['pools.1.nodeHours.0', 'staticIps.count', '', 'pools.0.vm', 'pools.0.nodeHours']);
    const worse = scenarioSchema.safeParse({
      pools: [{ name: 'a', vm: 'Standard_Nope', nodeHours: { 1: 700, 2: 40 } }],
      loadBalancer: { hours: 731 },
    });
    expect(worse.success ? [] : worse.error.issues.map((issue) => issue.path.join('.'))).toEqual([
      'pools.0.vm',
      'pools.0.vm',
      'pools.0.nodeHours',
      'loadBalancer',
      'loadBalancer.hours',
    ]);
  });
});

describe('forecast', () => {
  const given = {
    spentYen: 100,
    keptYen: 0,
    fixedToComeYen: 50,
    dailyYen: [10, 10, 10],
    usedMs: 3 * 86_400_000,
    leftMs: 10 * 86_400_000,
  };

  it('goes on at the mean of the whole days, with a range that follows their spread', () => {
    expect(forecast(given)).toMatchObject({ yen: 250, lowYen: 250, highYen: 250 });
    const spread = forecast({ ...given, dailyYen: [0, 30, 0] });
    expect(spread.yen).toBeCloseTo(250, 9);
    expect(spread.lowYen).toBe(150);
    expect(spread.highYen).toBeGreaterThan(350);
  });

  it('does not blow up the first minutes to a month, but reaches what is prepaid', () => {
    const early = forecast({ ...given, dailyYen: [], usedMs: 60_000, keptYen: 70 });
    expect(early).toMatchObject({ yen: 150, lowYen: 150, highYen: 220 });
  });

  it('is the bill when the month is over', () => {
    expect(forecast({ ...given, fixedToComeYen: 0, leftMs: 0 })).toMatchObject({ yen: 100, highYen: 100 });
  });
});

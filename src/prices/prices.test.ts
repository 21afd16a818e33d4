import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { globalRows, regionRows, retailRow, vmRows } from '../../test/support/retail-rows.ts';
import { envelope, json, type RetailServer, retailServer } from '../../test/support/retail-server.ts';
import { lookUpMeter, lookUpVm, type PriceLayer } from '../cost/prices/price-book.ts';
import { createAudit } from '../identity/audit.ts';
import type { Clock } from '../shared/clock.ts';
import { explain, SetoError } from '../shared/errors.ts';
import { openMigrated } from '../store/migrations.ts';
import type { Store } from '../store/store.ts';
import { createPrices, type Prices, type PricesDeps } from './prices.ts';

const regions = ['japaneast', 'japanwest', 'eastus'];
const everything = () => [
  ...globalRows(),
  ...regions.flatMap((region) => [
    ...regionRows(region),
    ...vmRows('F4s_v2', 0.23, 0.4, region),
    ...vmRows('D8as_v5', 0.448, 0.816, region),
    ...vmRows('D4pls_v6', 0.146, 0.3, region),
    ...vmRows('New9s_v9', 9, 18, region),
  ]),
];

let folder: string;
let store: Store;
let api: RetailServer;
let slept: number[];
const clock: Clock = {
  now: () => Date.UTC(2026, 10, 25, 3),
  monotonic: () => 0,
  sleep: async (ms) => void slept.push(ms),
};
const never = new AbortController().signal;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'seto-prices-'));
  store = openMigrated(path.join(folder, 'seto.db'));
  api = await retailServer(everything(), 15);
  slept = [];
});
afterEach(async () => {
  await api.close();
  store.close();
  rmSync(folder, { recursive: true });
});

const open = (given: Partial<PricesDeps> = {}): Prices =>
  createPrices({
    store,
    audit: createAudit(store, clock),
    clock,
    folder: path.join(folder, 'prices'),
    sheet: [],
    api: { url: api.url, configured: true },
    needed: [{ region: 'japaneast', vm: 'Standard_F4s_v2' }],
    ...given,
  });
const priceOf = (prices: Prices, vm: string, region = 'japaneast') => {
  const found = lookUpVm(prices.book(), region, vm);
  return found.found ? found.price : found.missing;
};
const audits = () => store.all<{ actor: string; action: string }>('SELECT actor, action FROM audit');
const copies = () => readdirSync(path.join(folder, 'prices'));
/** What a refresh says in both languages when it fails. */
const failure = async (prices: Prices): Promise<string> => {
  const error = await prices.refresh('user:1', never).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SetoError)) throw new Error(`not refused: ${error}`);
  expect(error.code).toBe('cost.refresh_failed');
  expect(explain(error.code, error.values, 'ja').message).toMatch(
    /価格を更新できませんでした: .*[ぁ-んァ-ヶ一-龥]/s,
  );
  return explain(error.code, error.values, 'en').message;
};

describe('a refresh', () => {
  it('fetches every region page by page, puts the copy in force at once and tells what changed', async () => {
    const prices = open();
    expect(priceOf(prices, 'Standard_F4s_v2')).toBe(0.214);
    expect(priceOf(prices, 'Standard_D8as_v5')).toBe('reliable');
    const answer = await prices.refresh('user:1', never);
    expect(answer).toMatchObject({ date: '2026-11-25', copy: '000001-2026-11-25.json' });
    // 4 sizes and 13 meters in each of three regions.
    expect(answer.rows).toBe(3 * 17);
    // The size that is new everywhere, and the one that the shipped book does not trust.
    expect(answer.added).toBe(6);
    expect(answer.largest.length).toBeLessThanOrEqual(10);
    expect(answer.changed).toBeGreaterThan(10);
    expect(answer.largest).toContainEqual(
      expect.objectContaining({ region: 'eastus', name: 'Standard_D4pls_v6', after: 0.146 }),
    );
    expect(priceOf(prices, 'Standard_F4s_v2')).toBe(0.23);
    expect(priceOf(prices, 'Standard_D8as_v5')).toBe(0.448);
    expect(priceOf(prices, 'Standard_B2s')).toBe(0.0544);
    expect(lookUpMeter(prices.book(), 'japanwest', 'blobHotGb')).toMatchObject({
      approximate: false,
      kind: 'refreshed',
      tiers: [{ price: 0.02 }, { price: 0.0192 }, { price: 0.0184 }],
    });
    expect(lookUpMeter(prices.book(), 'japanwest', 'aksFreeHour')).toMatchObject({ kind: 'shipped' });
    expect(audits()).toEqual([{ actor: 'user:1', action: 'prices.refresh' }]);
    expect(api.asked.some((url) => url.includes('$skip=15'))).toBe(true);
    expect(api.asked[0]).toContain(
      "api-version=2023-01-01-preview&currencyCode='USD'&$filter=serviceName eq",
    );
    expect(prices.progress()).toBe(null);
  });

  it('is found again at the next start, and an older copy stays beside a newer one', async () => {
    await open().refresh('user:1', never);
    api.rows = api.rows.map((row) => (row.meterName === 'F4s v2' ? { ...row, retailPrice: 0.5 } : row));
    const again = await open().refresh('user:1', never);
    expect(again).toMatchObject({ copy: '000002-2026-11-25.json', rows: 51, added: 0, changed: 3 });
    expect(again.largest[0]).toEqual({
      region: 'japaneast',
      name: 'Standard_F4s_v2',
      unit: 'hour',
      before: 0.23,
      after: 0.5,
    });
    expect(priceOf(open(), 'Standard_F4s_v2')).toBe(0.5);
    expect(copies()).toEqual(['000001-2026-11-25.json', '000002-2026-11-25.json']);
  });

  it('is in the audit log even where the power was cut before its row was written', async () => {
    await open().refresh('user:1', never);
    store.run('DELETE FROM audit');
    open();
    expect(audits()).toEqual([{ actor: 'system', action: 'prices.refresh' }]);
    open();
    expect(audits()).toHaveLength(1);
    expect(store.get('SELECT subject FROM audit')).toEqual({ subject: 'prices:000001-2026-11-25.json' });
  });

  it('leaves the user’s own sheet over it', async () => {
    const sheet: PriceLayer = {
      kind: 'sheet',
      source: 'contract',
      date: '2026-04-01',
      currency: 'JPY',
      regions: {
        japaneast: { vms: { Standard_F4s_v2: 30 }, meters: {} },
        osaka: { vms: { Own: 5 }, meters: {} },
      },
    };
    const prices = open({
      sheet: [sheet],
      needed: [
        { region: 'osaka', vm: 'Own' },
        { region: 'japaneast', vm: 'Standard_F4s_v2' },
      ],
    });
    api.rows = api.rows.filter(({ meterName }) => meterName !== 'F4s v2');
    await prices.refresh('user:1', never);
    expect(lookUpVm(prices.book(), 'japaneast', 'Standard_F4s_v2')).toMatchObject({
      price: 30,
      currency: 'JPY',
    });
    expect(api.asked.some((url) => url.includes('osaka'))).toBe(false);
  });

  it('runs once at a time, and says how far it is', async () => {
    const prices = open();
    const first = prices.refresh('user:1', never);
    await expect(prices.refresh('user:2', never)).rejects.toMatchObject({ code: 'cost.refreshing' });
    expect(prices.progress()).toEqual({ done: 0, total: 17 });
    await first;
    expect(audits()).toEqual([{ actor: 'user:1', action: 'prices.refresh' }]);
  });
});

describe('a price list that does not answer well', () => {
  const nothingChanged = (prices: Prices) => {
    expect(priceOf(prices, 'Standard_F4s_v2')).toBe(0.214);
    expect(prices.progress()).toBe(null);
    expect(audits()).toEqual([]);
    expect(copies()).toEqual([]);
  };

  it('is asked again after 429 and 5xx, as late as Retry-After says', async () => {
    const answers: [number, Record<string, string>][] = [
      [429, { 'retry-after': '7' }],
      [503, {}],
      [429, { 'retry-after': new Date(clock.now() + 30_000).toUTCString() }],
    ];
    api.instead = (_request, response) => {
      const [status, headers] = answers.shift() ?? [];
      if (status === undefined) return false;
      response.writeHead(status, headers).end();
      return true;
    };
    const prices = open();
    await prices.refresh('user:1', never);
    expect(slept).toEqual([7000, 2000, 30_000]);
    expect(priceOf(prices, 'Standard_F4s_v2')).toBe(0.23);
  });

  it('is given up on after five tries, and at once where it asks for an hour', async () => {
    api.instead = (_request, response) => Boolean(response.writeHead(500).end());
    const prices = open();
    expect(await failure(prices)).toContain('answered HTTP 500, after 5 tries');
    expect([api.asked.length, slept]).toEqual([5, [1000, 2000, 4000, 8000]]);
    nothingChanged(prices);
    slept = [];
    api.instead = (_request, response) => Boolean(response.writeHead(429, { 'retry-after': '3600' }).end());
    expect(await failure(prices)).toContain('HTTP 429, after 1 tries');
    expect(slept).toEqual([]);
    api.instead = (_request, response) => Boolean(response.writeHead(404).end());
    expect(await failure(prices)).toContain('HTTP 404, after 1 tries');
    nothingChanged(prices);
  });

  it('is asked again where a page breaks off, and is given up on where it ends too early', async () => {
    let cut = 2;
    api.instead = (_request, response) => {
      if (cut-- <= 0) return false;
      response.writeHead(200, { 'content-length': '100000' });
      response.write('{"BillingCurrency":"USD","Items":[');
      setTimeout(() => response.destroy(), 5);
      return true;
    };
    const prices = open();
    await prices.refresh('user:1', never);
    expect(slept).toEqual([1000, 2000]);
    api.instead = (_request, response) => Boolean(response.end('{"BillingCurrency":"USD","Items":[{"curr'));
    expect(await failure(prices)).toContain('it is not JSON, or ends too early');
    expect(copies()).toHaveLength(1);
  });

  it.each([
    [
      'rows that are missing',
      (items: object[]) => envelope(items.slice(1), null, { Count: items.length }),
      /not as many rows/,
    ],
    [
      'another currency',
      (items: object[]) => envelope(items, null, { BillingCurrency: 'JPY' }),
      /in JPY, not in USD/,
    ],
    [
      'rows of another currency',
      (items: object[]) =>
        envelope(
          items.map((row) => ({ ...row, currencyCode: 'EUR' })),
          null,
        ),
      /in EUR, not in USD/,
    ],
    ['another shape', () => ({ items: [] }), /BillingCurrency/],
    [
      'a row without a price',
      (items: object[]) =>
        envelope(
          items.map((row) => ({ ...row, retailPrice: null })),
          null,
        ),
      /Items\.0\.retailPrice/,
    ],
    [
      'a next page elsewhere',
      (items: object[]) => envelope(items, 'https://prices.example.com/next'),
      /prices\.example\.com/,
    ],
  ])('is not believed with %s', async (_what, page, told) => {
    api.instead = (_request, response) => {
      json(
        response,
        page([
          retailRow({ meterName: 'A1', retailPrice: 1 }),
          retailRow({ meterName: 'A2', retailPrice: 1 }),
        ]),
      );
      return true;
    };
    const prices = open();
    expect(await failure(prices)).toMatch(told);
    nothingChanged(prices);
  });

  it('is not followed in a circle', async () => {
    api.instead = (_request, response, url) => {
      json(response, envelope([], url.href));
      return true;
    };
    const prices = open();
    expect(await failure(prices)).toContain('more than 60 pages');
    nothingChanged(prices);
  });

  it('changes nothing where a meter is absent or there twice, and names it', async () => {
    const prices = open();
    api.rows = api.rows.filter((row) => row.meterName !== 'P6 LRS Disk' || row.armRegionName !== 'eastus');
    expect(await failure(prices)).toContain(
      'no row is Storage / Premium SSD Managed Disks / P6 LRS / P6 LRS Disk (1/Month, eastus)',
    );
    nothingChanged(prices);
    const twice = regionRows('eastus').filter(({ meterName }) => meterName === 'P6 LRS Disk');
    api.rows = [...api.rows, ...twice, { ...twice[0], retailPrice: 3, meterId: 'other' }] as typeof api.rows;
    expect(await failure(prices)).toMatch(
      /more than one row is .*P6 LRS Disk.*:\n {2}Premium.*11\.74 USD\n {2}.*: 3 USD/s,
    );
    nothingChanged(prices);
  });

  it('changes nothing where a pool’s machine would lose its price', async () => {
    const prices = open();
    const f4s = api.rows.filter(({ armSkuName }) => armSkuName === 'Standard_F4s_v2');
    api.rows = api.rows.filter((row) => !f4s.includes(row));
    expect(await failure(prices)).toContain(
      'no row is Virtual Machines / Standard_F4s_v2 (1 Hour, japaneast)',
    );
    const linux = f4s.filter(
      ({ meterName, productName }) => meterName === 'F4s v2' && !/Windows|Cloud/.test(productName),
    );
    api.rows = [
      ...api.rows,
      ...f4s,
      ...linux.map((row) => ({ ...row, productName: 'Virtual Machines F Series Again' })),
    ];
    expect(await failure(prices)).toContain('Virtual Machines F Series Again');
    nothingChanged(prices);
  });

  it('ends when nobody waits for it any more', async () => {
    const gone = new AbortController();
    api.instead = () => {
      gone.abort();
      return true;
    };
    const prices = open();
    await expect(prices.refresh('user:1', gone.signal)).rejects.toMatchObject({ name: 'AbortError' });
    nothingChanged(prices);
  });

  it('on this machine is refused unless somebody named it', async () => {
    const prices = open({ api: { url: api.url, configured: false } });
    await expect(prices.refresh('user:1', never)).rejects.toMatchObject({ code: 'outbound.private' });
    expect(api.asked).toEqual([]);
    nothingChanged(prices);
  });
});

it('says which copy cannot be read', async () => {
  await open().refresh('user:1', never);
  const file = path.join(folder, 'prices', copies()[0] ?? '');
  const whole = readFileSync(file, 'utf8');
  for (const text of [whole.slice(0, 100), whole.replace('"date":"2026-11-25"', '"date":"x"'), '{}']) {
    writeFileSync(file, text);
    expect(() => open()).toThrow(/000001-2026-11-25\.json cannot be read/);
  }
});

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { showPool } from '../../src/api/contract/pools.ts';
import { lookUpVm } from '../../src/cost/prices/price-book.ts';
import { bookWith } from '../../src/prices/read-price-file.ts';
import { openPlatform, type Platform } from '../support/platform.ts';
import { globalRows, regionRows, vmRows } from '../support/retail-rows.ts';
import { type RetailServer, retailServer } from '../support/retail-server.ts';

let api: RetailServer;
let platform: Platform;

beforeAll(async () => {
  const regions = ['japaneast', 'japanwest', 'eastus'];
  api = await retailServer([
    ...globalRows(),
    ...regions.flatMap((region) => [...regionRows(region), ...vmRows('F4s_v2', 0.23, 0.4, region)]),
  ]);
  platform = await openPlatform({ yaml: `prices: { url: "${api.url}" }\n` });
}, 60_000);
afterAll(async () => {
  await platform?.close();
  await api.close();
}, 60_000);

interface Shown {
  platform: string | null;
  date: string;
  exchange: { yenPerDollar: number; date: string } | null;
  prices: { vm: string; usdPerHour: number }[];
}
const f4s = async () => {
  const shown = await platform.setoJson<Shown>(['cost', 'prices', '--match', 'F4s_v2']);
  return { ...shown, price: shown.prices.find(({ vm }) => vm === 'Standard_F4s_v2')?.usdPerHour };
};
const poolYen = async () => (await platform.client.call(showPool, { params: { pool: 'train' } })).yenPerHour;
const copies = () => readdirSync(path.join(platform.dataDir, 'prices'));

it('refreshes the prices of a running platform, for new leases at once, and keeps them over a restart', async () => {
  expect(await f4s()).toMatchObject({ platform: platform.url, date: '2026-06-18', price: 0.214 });
  expect(await poolYen()).toBe(32.1);

  api.instead = (_request, response) => Boolean(response.writeHead(403).end());
  const failed = await platform.seto(['cost', 'prices', 'refresh'], { allow: [1] });
  expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('HTTP 403')]);
  expect(failed.stderr).toContain('stay in force');
  expect([await poolYen(), copies()]).toEqual([32.1, []]);

  let turnedAway = 1;
  api.instead = (_request, response) =>
    turnedAway-- > 0 && Boolean(response.writeHead(429, { 'retry-after': '1' }).end());
  const told = (await platform.seto(['cost', 'prices', 'refresh'])).stdout.toString();
  expect(told).toMatch(
    /In force now: 42 prices of \d{4}-\d\d-\d\d \(Azure Retail Prices API\), 0 new, \d+ changed/,
  );
  expect(told).toMatch(/japaneast +Standard_F4s_v2 +0\.214 → 0\.23 USD +\+7\.5 % +an hour/);
  expect(await poolYen()).toBe(34.5);
  expect(await f4s()).toMatchObject({ price: 0.23, exchange: { yenPerDollar: 150, date: '2026-11-01' } });
  expect(copies()).toEqual([expect.stringMatching(/^000001-\d{4}-\d\d-\d\d\.json$/)]);
  const shown = (await platform.seto(['cost', 'prices', '--match', 'F4s_v2'])).stdout.toString();
  expect(shown).toMatch(
    /fetched on .*\n {2}shipped, .*\n {2}yen at 1 USD = 150 JPY \(exchange of 2026-11-01\)/,
  );
  expect(shown).toMatch(/Standard_F4s_v2 +0\.23 USD +34\.5 yen/);

  const saved = path.join(platform.dir, 'book.json');
  writeFileSync(saved, (await platform.seto(['cost', 'prices', '--json'])).stdout);
  expect(lookUpVm(bookWith(saved), 'japanwest', 'Standard_F4s_v2')).toMatchObject({ price: 0.23 });

  await platform.kill();
  const offline = await platform.seto(['cost', 'prices', '--match', 'F4s_v2']);
  expect(offline.stdout.toString()).toMatch(/ships with this version[\s\S]*Standard_F4s_v2 +0\.214 USD\n/);
  expect(offline.stderr).toContain('Not the platform’s own price book');
  await platform.start();
  expect(await poolYen()).toBe(34.5);
}, 60_000);

it('lets administrators alone refresh them', async () => {
  await platform.seto(['user', 'add', 'dev']);
  const made = await platform.seto(['user', 'token', 'dev']);
  const env = { SETO_URL: platform.url, SETO_TOKEN: made.stdout.toString().trim() };
  const before = api.asked.length;
  const refused = await platform.seto(['cost', 'prices', 'refresh'], { env, allow: [1] });
  expect([refused.code, api.asked.length]).toEqual([1, before]);
  expect((await platform.seto(['cost', 'prices', '--match', 'F4s_v2'], { env })).stdout.toString()).toContain(
    '0.23 USD',
  );
}, 60_000);

it('goes by the shipped prices where an upgrade brought newer ones than the copy, and says so', async () => {
  const folder = path.join(platform.dataDir, 'prices');
  const copy = JSON.parse(readFileSync(path.join(folder, copies()[0] ?? ''), 'utf8'));
  const old = { ...copy, date: '2026-01-01' };
  old.regions.japaneast.vms.Standard_Gone_v1 = 1;
  await platform.kill();
  writeFileSync(path.join(folder, '000002-2026-01-01.json'), JSON.stringify(old));
  await platform.start();
  expect(await poolYen()).toBe(32.1);
  expect(await f4s()).toMatchObject({ date: '2026-06-18', price: 0.214 });
  const shown = (await platform.seto(['cost', 'prices', '--match', '_v'])).stdout.toString();
  expect(shown).toMatch(
    /\n {2}shipped, of 2026-06-18.*\n {2}fetched on 2026-01-01.*\n {2}the copy is older than the shipped prices/,
  );
  expect(shown).toMatch(/Standard_Gone_v1 +1 USD/);
}, 60_000);

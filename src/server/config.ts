import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { assumedExchange } from '../cost/assumed-exchange.ts';
import type { PriceBook, PriceLayer } from '../cost/prices/price-book.ts';
import { fetchedBook, shippedBook } from '../cost/prices/shipped-book.ts';
import { pathPattern } from '../identity/projects.ts';
import { poolsSchemaFor } from '../pools/pool-config.ts';
import { newestCopy } from '../prices/price-copies.ts';
import { readPriceFile } from '../prices/read-price-file.ts';
import { fault } from '../shared/errors.ts';
import { tellIssue } from '../shared/issues.ts';
import { type PhraseKey, phrase } from '../shared/text.ts';
import { allMistakes, readYamlConfig } from '../shared/yaml-config.ts';
import { isLoopback } from './address.ts';
import { fixedCostsSchemaFor } from './fixed-costs-config.ts';

const address = z
  .string()
  .regex(/^(\[[0-9a-f:]+\]|[\w.-]+)(:\d{1,5})?$/i, 'input.address' satisfies PhraseKey)
  .refine((text) => Number(/:(\d+)$/.exec(text)?.[1] ?? 0) < 65_536, 'input.port' satisfies PhraseKey);
const url = z.url({ protocol: /^https?$/, error: 'input.url' satisfies PhraseKey });
const only = <T extends string>(driver: T) =>
  z.strictObject({
    driver: z.literal(driver, { error: 'input.only_driver' satisfies PhraseKey }),
  });

/** Where the Azure Retail Prices API answers. */
export const retailPricesUrl = 'https://prices.azure.com';

/** seto.yaml: every key has a default, an unknown key is a mistake. Machines are looked up in `book`; null: they are not. */
const configSchemaFor = (book: PriceBook | null) =>
  z.strictObject({
    site: z.literal('onprem').default('onprem'),
    url: url.optional(),
    listen: address.default('127.0.0.1:7480'),
    insecure: z.boolean().default(false),
    tls: z.strictObject({ cert: z.string(), key: z.string(), ca: z.string().optional() }).optional(),
    gateway: z.strictObject({ url: url.optional(), listen: address.default('127.0.0.1:7500') }).prefault({}),
    link: z.strictObject({ url: url.optional(), port: z.int().min(0).max(65535).default(7481) }).prefault({}),
    proxy: z.strictObject({ https: url.optional(), noProxy: z.array(z.string()).default([]) }).optional(),
    exchange: z
      .strictObject({
        yenPerDollar: z.number().positive(),
        date: z.iso.date({ error: 'input.date' satisfies PhraseKey }),
      })
      .default(assumedExchange),
    isolation: z.enum(['bubblewrap', 'none']).optional(),
    budget: z
      .strictObject({
        yenPerMonth: z.number().nonnegative().default(100_000),
        mode: z.enum(['enforce', 'warn']).default('enforce'),
        taxRate: z.number().min(0).max(1).default(0.1),
        thresholds: z.array(z.number().positive().max(1000)).max(20).default([50, 80, 100]),
        webhook: url.optional(),
        // A name that no project can have would be a budget that holds nobody back.
        projects: z
          .record(
            z.string().regex(pathPattern, 'input.project' satisfies PhraseKey),
            z.strictObject({ yenPerMonth: z.number().nonnegative() }),
          )
          .default({}),
      })
      .prefault({}),
    timeZone: z
      .string()
      .refine(isTimeZone, 'input.time_zone' satisfies PhraseKey)
      .default('Asia/Tokyo'),
    forge: only('embedded').default({ driver: 'embedded' }),
    storage: only('disk').default({ driver: 'disk' }),
    pools: poolsSchemaFor(book),
    fixedCosts: fixedCostsSchemaFor(book),
    prices: z.strictObject({ sheet: z.string().min(1).optional(), url: url.optional() }).prefault({}),
    deploy: only('process').default({ driver: 'process' }),
    predictions: z
      .strictObject({
        keep: z.enum(['all', 'unsure', 'sample']).default('all'),
        days: z.number().positive().default(30),
        maxGb: z.number().positive().default(50),
      })
      .prefault({}),
    notebooks: only('none').default({ driver: 'none' }),
  });

/** seto.yaml of an installation without prices of its own. */
export const configSchema = configSchemaFor(shippedBook);

export type Config = z.infer<typeof configSchema>;

/**
 * Reads seto.yaml (or takes the defaults where there is none) and checks what one key alone cannot show: `prices.sheet`
 * becomes an absolute path, and with it and the copies of `dataDir` the pools' machines are looked up.
 */
export function loadConfig(
  file: string | null,
  { dataDir, ...overrides }: { listen?: string; dataDir?: string } = {},
): Config {
  const config = readConfig(
    file,
    dataDir === undefined ? null : (newestCopy(pricesFolder(dataDir))?.layer ?? null),
  );
  const listen = overrides.listen ?? config.listen;
  const wrong = address.safeParse(listen).error?.issues[0];
  if (wrong !== undefined) {
    const what = phrase('usage.bad_value', { name: '--listen', given: listen, expected: tellIssue(wrong) });
    throw fault('core.usage', { what, command: 'seto up' });
  }
  const beyond = [listen, config.gateway.listen].filter((each) => !isLoopback(each));
  if (beyond.length > 0 && !config.insecure && !config.tls)
    throw fault('platform.needs_tls', { address: beyond.join(', ') });
  return { ...config, listen };
}

/** Where the copies of a refreshed price book lie. */
export const pricesFolder = (dataDir: string): string => path.join(dataDir, 'prices');

/** Both files are read to their ends, so that the mistakes of seto.yaml and of its price sheet are told at once. */
function readConfig(file: string | null, copy: PriceLayer | null): Config {
  const fetched = fetchedBook(copy);
  if (file === null) return configSchemaFor(fetched).parse({});
  const named = readYamlConfig(file, namesSheet).prices.sheet;
  if (named === undefined) return readYamlConfig(file, configSchemaFor(fetched));
  const sheet = path.resolve(path.dirname(file), named);
  return allMistakes((attempt) => {
    const layers = attempt(() => readPriceFile(sheet));
    const book = layers === null ? null : { layers: [...layers, ...fetched.layers] };
    const config = attempt(() => readYamlConfig(file, configSchemaFor(book)));
    return config && { ...config, prices: { ...config.prices, sheet } };
  });
}

/** The one key that says against which prices the rest is checked; what else is wrong is told by the whole schema. */
const namesSheet = z.looseObject({
  prices: z
    .looseObject({ sheet: z.string().min(1).optional().catch(undefined) })
    .catch({})
    .prefault({}),
});

/** The configuration file of a start: `--config`, else seto.yaml in the data folder, else none. */
export function configFile(given: string | undefined, dataDir: string): string | null {
  if (given !== undefined) return given;
  const inside = path.join(dataDir, 'seto.yaml');
  return existsSync(inside) ? inside : null;
}

/** The data folder: `--data`, SETO_DATA, the service's, else the user's own. */
export function dataFolder(
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string {
  if (given) return path.resolve(given);
  if (env['SETO_DATA']) return path.resolve(env['SETO_DATA']);
  if (env['INVOCATION_ID'] && isService()) return '/var/lib/seto';
  return path.join(env['XDG_DATA_HOME'] || path.join(env['HOME'] || homedir(), '.local/share'), 'seto');
}

/** True where the process is the main process of a systemd service unit. */
function isService(): boolean {
  try {
    return /seto[\w-]*\.service/.test(readFileSync('/proc/self/cgroup', 'utf8'));
  } catch {
    return false;
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

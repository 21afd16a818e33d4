import path from 'node:path';
import * as z from 'zod';
import type { PriceBook } from '../cost/prices/price-book.ts';
import { readYamlConfig } from '../shared/yaml-config.ts';
import { bookWith } from './read-price-file.ts';

/** The one key that says by which prices the rest is read; what is wrong with it is told by the scenario's own schema. */
const namesPrices = z.looseObject({ prices: z.string().min(1).optional().catch(undefined) });

/**
 * The book that an estimate goes by: `--prices FILE` (from where we stand), else the scenario's `prices: FILE` (beside the
 * scenario), over the shipped prices. Never the platform's, so that an estimate is the same everywhere.
 * @throws core.config
 */
export function scenarioBook(scenario: string, given: string | undefined): PriceBook {
  if (given !== undefined) return bookWith(given);
  const named = readYamlConfig(scenario, namesPrices).prices;
  return bookWith(named === undefined ? undefined : path.resolve(path.dirname(scenario), named));
}

import type { PriceBook, PriceLayer } from '../cost/prices/price-book.ts';
import { priceSheetSchema, savedBookSchema } from '../cost/prices/price-files.ts';
import { shippedBook } from '../cost/prices/shipped-book.ts';
import { readText } from '../shared/read-text.ts';
import { parseYamlConfig } from '../shared/yaml-config.ts';

/**
 * Reads a price sheet (YAML), or a book that `seto cost prices --json` wrote. Every mistake with file, line and column.
 * @throws core.config
 */
export function readPriceFile(file: string): readonly PriceLayer[] {
  const text = readText(file);
  const saved = asJson(text);
  if (saved === null) return [parseYamlConfig(text, file, priceSheetSchema)];
  // Only where it is wrong is it read once more, for the places of the mistakes.
  const { success, data } = savedBookSchema.safeParse(saved);
  return success ? data : parseYamlConfig(text, file, savedBookSchema);
}

/** The shipped book with a price file over it; without a file the shipped one. */
export function bookWith(file: string | undefined): PriceBook {
  if (file === undefined) return shippedBook;
  return { layers: [...readPriceFile(file), ...shippedBook.layers] };
}

/** The document of a saved book; null for anything else. */
function asJson(text: string): unknown {
  if (!text.trimStart().startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'layers' in value ? value : null;
  } catch {
    return null;
  }
}

import { readdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import type { PriceLayer } from '../cost/prices/price-book.ts';
import { priceLayerSchema } from '../cost/prices/price-files.ts';
import { syncFolder, writeDurably } from '../shared/durable.ts';
import { fault } from '../shared/errors.ts';
import { tellIssues } from '../shared/issues.ts';
import { phrase } from '../shared/text.ts';

/** `000007-2026-11-25.json`: counted, since a clock that was wrong must not make an old copy the newest. */
const copyName = /^(\d{6})-\d{4}-\d\d-\d\d\.json$/;

/** The newest copy of a folder, and its file name; null without any. @throws cost.bad_copy */
export function newestCopy(folder: string): { name: string; layer: PriceLayer } | null {
  const name = copies(folder).at(-1);
  if (name === undefined) return null;
  const file = path.join(folder, name);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw fault('cost.bad_copy', { file, what: phrase('prices.refresh.no_json') }, { cause });
  }
  const layer = priceLayerSchema.safeParse(value, { reportInput: true });
  if (layer.success) return { name, layer: layer.data };
  throw fault('cost.bad_copy', { file, what: tellIssues(layer.error.issues.slice(0, 3), null) });
}

/**
 * Writes a layer beside the copies, where nobody reads it yet. `place` makes it the newest, in one step that survives a
 * power cut, so it can stand in the transaction of its audit row.
 */
export async function writeCopy(folder: string, layer: PriceLayer): Promise<{ name: string; place(): void }> {
  const number = Number(copyName.exec(copies(folder).at(-1) ?? '')?.[1] ?? 0) + 1;
  const name = `${String(number).padStart(6, '0')}-${layer.date}.json`;
  const fresh = path.join(folder, 'fresh');
  await writeDurably(fresh, `${JSON.stringify(layer)}\n`);
  return {
    name,
    place: () => {
      renameSync(fresh, path.join(folder, name));
      syncFolder(folder);
    },
  };
}

function copies(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => copyName.test(name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

import { mkdirSync } from 'node:fs';
import { compareBooks, type PriceChange } from '../cost/prices/compare-books.ts';
import { bookRegions, lookUpVm, type PriceBook, type PriceLayer } from '../cost/prices/price-book.ts';
import { fetchedBook, shippedLayer } from '../cost/prices/shipped-book.ts';
import type { Audit } from '../identity/audit.ts';
import type { Clock } from '../shared/clock.ts';
import { fault } from '../shared/errors.ts';
import { createOutbound } from '../shared/outbound.ts';
import { phrase } from '../shared/text.ts';
import type { Store } from '../store/store.ts';
import { fetchLayer, type NeededVm } from './fetch-layer.ts';
import { newestCopy, writeCopy } from './price-copies.ts';
import { refreshFailed } from './refresh-failed.ts';
import { createRetailClient } from './retail-client.ts';

/** How long a refresh may take in all: shorter breaks off a slow line, longer leaves an administrator waiting for nothing. */
const refreshLimitMs = 300_000;
/** Changes that an answer names; the rest are counted. */
const namedChanges = 10;

export interface RefreshAnswer {
  /** The copy's file name in the data folder's `prices/`. */
  copy: string;
  source: string;
  date: string;
  /** Prices fetched; of them those that were not known, and those that differ. */
  rows: number;
  added: number;
  changed: number;
  largest: readonly PriceChange[];
}

/** The prices of this installation. */
export interface Prices {
  /** The book in force: what the next lease is priced by. */
  book(): PriceBook;
  /** Fetches a new copy and puts it in force, or leaves everything as it is. @throws cost.refresh_failed, cost.refreshing */
  refresh(actor: string, signal: AbortSignal): Promise<RefreshAnswer>;
  /** Queries of the refresh that runs; null where none does. */
  progress(): { done: number; total: number } | null;
}

export interface PricesDeps {
  store: Store;
  audit: Audit;
  clock: Clock;
  /** Where the copies lie; made when missing. */
  folder: string;
  /** The user's own sheet, over everything. */
  sheet: readonly PriceLayer[];
  /** Base URL of the Azure Retail Prices API, and whether a user named it (then it may be private). */
  api: { url: string; configured: boolean };
  /** Sizes that pools take their price of. */
  needed: readonly NeededVm[];
  /** A fetched copy is in force. */
  refreshed?(): void;
}

export function createPrices(deps: PricesDeps): Prices {
  const { store, clock, folder, sheet } = deps;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const newest = newestCopy(folder);
  let refreshed = newest?.layer ?? null;
  // A power cut between the copy's own step and its commit, or a hand in the folder: in force, but told nowhere.
  if (
    newest !== null &&
    store.get(
      "SELECT 1 FROM audit WHERE action = 'prices.refresh' AND subject = ?",
      `prices:${newest.name}`,
    ) === undefined
  )
    store.transaction(() => deps.audit('system', 'prices.refresh', `prices:${newest.name}`, { found: true }));
  let running: { done: number; total: number } | null = null;

  const fetchNow = async (signal: AbortSignal): Promise<PriceLayer> => {
    const outbound = createOutbound({ allow: deps.api.configured ? [deps.api.url] : [] });
    const limit = AbortSignal.timeout(refreshLimitMs);
    try {
      return await fetchLayer({
        client: createRetailClient(outbound, deps.api.url, clock),
        // Regions that only the sheet has may be no region of Azure's.
        regions: bookRegions(fetchedBook(refreshed)),
        needed: deps.needed.filter(({ region, vm }) => !lookUpVm({ layers: sheet }, region, vm).found),
        // A clock that is slow would make the copy older than what it is fetched to replace.
        now: Math.max(clock.now(), Date.parse(shippedLayer.date)),
        onProgress: (done, total) => {
          running = { done, total };
        },
        signal: AbortSignal.any([signal, limit]),
      });
    } catch (error) {
      if (limit.aborted)
        throw refreshFailed(phrase('prices.refresh.too_long', { seconds: refreshLimitMs / 1000 }));
      throw error;
    } finally {
      await outbound.close();
    }
  };

  return {
    book: () => ({ layers: [...sheet, ...fetchedBook(refreshed).layers] }),
    progress: () => running,
    refresh: async (actor, signal) => {
      if (running !== null) throw fault('cost.refreshing');
      running = { done: 0, total: 0 };
      try {
        const layer = await fetchNow(signal);
        const { rows, added, changes } = compareBooks(fetchedBook(refreshed), layer);
        const { name, place } = await writeCopy(folder, layer);
        store.transaction(() => {
          deps.audit(actor, 'prices.refresh', `prices:${name}`, { rows, added, changed: changes.length });
          place();
        });
        refreshed = layer;
        deps.refreshed?.();
        return {
          copy: name,
          source: layer.source,
          date: layer.date,
          rows,
          added,
          changed: changes.length,
          largest: changes.slice(0, namedChanges),
        };
      } finally {
        running = null;
      }
    },
  };
}

import { actorOf } from '../identity/principal.ts';
import type { Prices } from '../prices/prices.ts';
import { refreshPrices, refreshProgress, showPrices } from './contract/prices.ts';
import { type Handler, handle } from './handle.ts';

export interface PriceHandlerDeps {
  prices: Prices;
  /** `exchange:` of seto.yaml. */
  exchange: { yenPerDollar: number; date: string };
}

/** The price book as people see and refresh it. */
export function priceHandlers({ prices, exchange }: PriceHandlerDeps): Handler[] {
  return [
    handle(showPrices, () => ({ layers: prices.book().layers, exchange })),
    handle(refreshProgress, () => ({ running: prices.progress() })),
    handle(refreshPrices, ({ principal, signal }) => prices.refresh(actorOf(principal), signal)),
  ];
}

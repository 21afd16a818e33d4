import { showPrices } from '../../api/contract/prices.ts';
import type { PriceBook } from '../../cost/prices/price-book.ts';
import { savedBookSchema } from '../../cost/prices/price-files.ts';
import { shippedBook } from '../../cost/prices/shipped-book.ts';
import { explain, SetoError } from '../../shared/errors.ts';
import { say } from '../../shared/text.ts';
import type { Cli } from '../cli.ts';

/** How long the platform may take: prices are looked up offline as well, so nobody waits for one that is away. */
const answerLimitMs = 2000;

export interface ShownBook {
  book: PriceBook;
  /** The platform whose book it is; null for the one that ships with this version. */
  platform: string | null;
  exchange: { yenPerDollar: number; date: string } | null;
}

/** The book in force of the platform that we are signed in to, else the shipped one, with a word why. */
export async function bookInForce(cli: Cli): Promise<ShownBook> {
  try {
    const client = await cli.client();
    const signal = AbortSignal.any([cli.signal, AbortSignal.timeout(answerLimitMs)]);
    const { layers, exchange } = await client.call(showPrices, { signal });
    return { book: { layers: savedBookSchema.parse({ layers }) }, platform: client.url, exchange };
  } catch (error) {
    if (cli.signal.aborted) throw error;
    if (!(error instanceof SetoError && error.code === 'access.not_signed_in'))
      cli.warn(say(cli.lang, 'cost.prices.no_platform', { reason: reasonOf(error, cli) }));
    return { book: shippedBook, platform: null, exchange: null };
  }
}

function reasonOf(error: unknown, cli: Cli): string {
  if (error instanceof SetoError) return explain(error.code, error.values, cli.lang).message;
  return error instanceof Error && error.name === 'TimeoutError'
    ? say(cli.lang, 'cost.prices.too_slow', { seconds: answerLimitMs / 1000 })
    : String(error);
}

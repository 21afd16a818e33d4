import type * as z from 'zod';
import { type RetailItem, retailPage } from '../cost/prices/retail-page.ts';
import type { Clock } from '../shared/clock.ts';
import { SetoError } from '../shared/errors.ts';
import { tellIssues } from '../shared/issues.ts';
import type { Outbound } from '../shared/outbound.ts';
import type { Phrase } from '../shared/text/format.ts';
import { phrase } from '../shared/text.ts';
import { refreshFailed } from './refresh-failed.ts';

/** A page has 1,000 rows and the largest region's machines fill about twelve: more is a list that turns in a circle. */
const pagesLimit = 60;
/** A page has about 700 kB. */
const pageBytesLimit = 16_000_000;
/** How often one page is asked for: fewer gives up over a hiccup, more holds an administrator for minutes. */
const triesLimit = 5;
/** The first pause, doubled each time. */
const firstPauseMs = 1000;
/** The longest that a Retry-After is waited for; a service that asks for more is asked again tomorrow. */
const longestPauseMs = 60_000;
/** Without a byte. */
const silenceMs = 30_000;

export interface RetailClient {
  /** Every row that an OData filter finds. @throws cost.refresh_failed */
  rows(filter: string, signal: AbortSignal): Promise<RetailItem[]>;
}

/** A reader of the Azure Retail Prices API: pages, backs off on 429 and 5xx, and takes no page that is not whole. */
export function createRetailClient(
  outbound: Pick<Outbound, 'request'>,
  base: string,
  clock: Clock,
): RetailClient {
  const { origin } = new URL(base);

  const textOf = async (url: string, signal: AbortSignal): Promise<string> => {
    for (let tried = 1; ; tried += 1) {
      const { pauseMs, reason, text } = await once(url, signal);
      signal.throwIfAborted();
      if (text !== undefined) return text;
      if (pauseMs === null || tried === triesLimit || pauseMs > longestPauseMs)
        throw refreshFailed(phrase('prices.refresh.gave_up', { reason, tries: tried }));
      await clock.sleep(Math.max(pauseMs, firstPauseMs * 2 ** (tried - 1)), signal);
      signal.throwIfAborted();
    }
  };

  const once = async (url: string, signal: AbortSignal): Promise<Answer> => {
    try {
      const { status, headers, body } = await outbound.request(url, {
        headers: { accept: 'application/json' },
        signal,
        silenceMs,
      });
      if (status === 200) return { pauseMs: null, reason: '', text: await readText(body) };
      await body.dump();
      const again = status === 429 || status >= 500;
      return {
        pauseMs: again ? retryAfterMs(headers['retry-after'], clock.now()) : null,
        reason: `HTTP ${status}`,
      };
    } catch (error) {
      if (signal.aborted || (error instanceof SetoError && error.code !== 'core.unreachable')) throw error;
      return { pauseMs: 0, reason: brokenOff(error) };
    }
  };

  return {
    rows: async (filter, signal) => {
      const found: RetailItem[] = [];
      const query = `api-version=2023-01-01-preview&currencyCode='USD'&$filter=${encodeURIComponent(filter)}`;
      let next: string | null = `${origin}/api/retail/prices?${query}`;
      for (let pages = 0; next !== null; pages += 1) {
        if (pages === pagesLimit) throw refreshFailed(phrase('prices.refresh.pages', { limit: pagesLimit }));
        const page = parsePage(await textOf(next, signal));
        found.push(...page.Items);
        next = nextPage(page.NextPageLink, origin);
      }
      return found;
    },
  };
}

/** One try; without a text it failed, and `pauseMs` is null where another try would not help. */
interface Answer {
  pauseMs: number | null;
  reason: string | Phrase;
  text?: string;
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > pageBytesLimit)
      throw refreshFailed(phrase('prices.refresh.page', { what: phrase('prices.refresh.too_large') }));
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parsePage(text: string): z.output<typeof retailPage> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refreshFailed(phrase('prices.refresh.page', { what: phrase('prices.refresh.no_json') }));
  }
  const page = retailPage.safeParse(value, { reportInput: true });
  if (!page.success) {
    // A page of a thousand rows that are all otherwise would fill the screen.
    const what = tellIssues(page.error.issues.slice(0, 3), null);
    throw refreshFailed(phrase('prices.refresh.page', { what }));
  }
  const other = [page.data.BillingCurrency, ...page.data.Items.map(({ currencyCode }) => currencyCode)].find(
    (currency) => currency !== 'USD',
  );
  if (other !== undefined) throw refreshFailed(phrase('prices.refresh.currency', { currency: other }));
  return page.data;
}

/** The next page lies where this one lay: a link that leads elsewhere is not followed. */
function nextPage(link: string | null, origin: string): string | null {
  if (link === null || link === '') return null;
  if (!URL.canParse(link) || new URL(link).origin !== origin)
    throw refreshFailed(phrase('prices.refresh.elsewhere', { link, origin }));
  return link;
}

/** Retry-After in seconds or as a date (RFC 9110, 10.2.3). */
function retryAfterMs(header: string | string[] | undefined, now: number): number {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined) return 0;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? 0 : Math.max(0, at - now);
}

function brokenOff(error: unknown): string {
  if (error instanceof SetoError) return String(error.values['reason'] ?? error.code);
  const { code } = error as { code?: string };
  return code ?? String(error);
}

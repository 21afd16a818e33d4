import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RetailItem } from '../../src/cost/prices/retail-page.ts';

export interface RetailServer {
  url: string;
  /** Path and query of every request, decoded. */
  asked: string[];
  /** The rows it has; may be changed. */
  rows: RetailItem[];
  /** Answers a request otherwise; false leaves it to the server. */
  instead: (request: IncomingMessage, response: ServerResponse, url: URL) => boolean;
  close(): Promise<void>;
}

/** A local Azure Retail Prices API: filters as asked (values compared exactly), pages with NextPageLink, as the real one. */
export async function retailServer(rows: readonly object[], pageSize = 40): Promise<RetailServer> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', retail.url);
    retail.asked.push(decodeURIComponent(request.url ?? ''));
    if (retail.instead(request, response, url)) return;
    const filter = url.searchParams.get('$filter') ?? '';
    if (
      url.pathname !== '/api/retail/prices' ||
      url.searchParams.get('api-version') !== '2023-01-01-preview' ||
      url.searchParams.get('currencyCode') !== "'USD'" ||
      filter === ''
    )
      return void response.writeHead(400).end('{}');
    const matching = retail.rows.filter((row) => fits(row, filter));
    const skip = Number(url.searchParams.get('$skip') ?? 0);
    const items = matching.slice(skip, skip + pageSize);
    const next = new URL(url);
    next.searchParams.set('$skip', String(skip + pageSize));
    json(response, envelope(items, skip + pageSize < matching.length ? next.href : null));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const retail: RetailServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    rows: rows as RetailItem[],
    instead: () => false,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return retail;
}

/** One page as the API sends it. */
export function envelope(items: readonly object[], next: string | null, given: object = {}): object {
  return {
    BillingCurrency: 'USD',
    CustomerEntityId: 'Default',
    CustomerEntityType: 'Retail',
    Items: items,
    NextPageLink: next,
    Count: items.length,
    ...given,
  };
}

export function json(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}

/** `a eq 'x' and b eq 'y' and (c eq 'z' or c eq 'w')`, where priceType is the row's type. */
function fits(row: RetailItem, filter: string): boolean {
  const wanted = Map.groupBy(filter.matchAll(/(\w+) eq '([^']*)'/g), ([, field = '']) => field);
  return [...wanted].every(([field, values]) => {
    const actual = String(row[(field === 'priceType' ? 'type' : field) as keyof RetailItem]);
    return values.some(([, , value]) => value === actual);
  });
}

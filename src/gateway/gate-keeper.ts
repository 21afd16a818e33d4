import type { IncomingMessage } from 'node:http';
import type { RouteEntry } from '../api/contract/gateway.ts';
import { fault } from '../shared/errors.ts';
import { sha256 } from '../shared/ids.ts';

/** The secret a caller sent: `Authorization: Bearer …` or `X-Api-Key`. */
function secretOf(request: IncomingMessage): string | null {
  const { authorization } = request.headers;
  const bearer = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  const key = request.headers['x-api-key'];
  return bearer ?? (typeof key === 'string' && key !== '' ? key : null);
}

/** What proxies say of who stands behind them; one that says nothing cannot be told from a caller on the machine. */
const proxyHeaders = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'via',
];

/**
 * True for a caller on this machine that no proxy speaks for, whose Host is a loopback name: a page in a browser that
 * found its way here by a foreign name (DNS rebinding) is not that.
 */
function isLocal(request: IncomingMessage): boolean {
  const address = request.socket.remoteAddress ?? '';
  const local = address === '::1' || /^(::ffff:)?127\./.test(address);
  const proxied = proxyHeaders.some((name) => request.headers[name] !== undefined);
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  return local && !proxied && ['127.0.0.1', 'localhost', '[::1]'].includes(host) && !fromForeignPage(request);
}

/** Browsers say where a request comes from; another site's page may not use what this machine may. */
function fromForeignPage(request: IncomingMessage): boolean {
  const site = request.headers['sec-fetch-site'];
  return site === 'cross-site' || site === 'same-site';
}

/** Predictions: any key of the endpoint; none on the machine itself or where the endpoint is open. */
export function mayPredict(request: IncomingMessage, entry: RouteEntry): void {
  const secret = secretOf(request);
  if (secret === null) {
    if (entry.open || isLocal(request)) return;
    throw fault('endpoint.no_key', { endpoint: entry.name });
  }
  const hash = sha256(secret);
  if (entry.open || entry.keys.includes(hash) || entry.people.includes(hash)) return;
  throw fault('endpoint.bad_key', { endpoint: entry.name });
}

/** Feedback always needs a key or a person's token; returns who gave it. */
export function mayGiveFeedback(request: IncomingMessage, entry: RouteEntry): string {
  const secret = secretOf(request);
  if (secret === null) throw fault('endpoint.no_key', { endpoint: entry.name });
  const hash = sha256(secret);
  if (entry.keys.includes(hash)) return `key:${hash.slice(0, 12)}`;
  if (entry.people.includes(hash)) return `user:${hash.slice(0, 12)}`;
  throw fault('endpoint.bad_key', { endpoint: entry.name });
}

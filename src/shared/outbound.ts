import { lookup } from 'node:dns';
import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import type { Readable } from 'node:stream';
import { getCACertificates } from 'node:tls';
import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { fault } from './errors.ts';

export interface OutboundOptions {
  /** Origins (`http://127.0.0.1:7480`) whose addresses may be private: what the user configured by name. */
  allow: readonly string[];
  /** PEM of a company's certificate authority, besides the built-in ones. Default: the file that SETO_CA_FILE names. */
  ca?: string | null;
  /** HTTPS_PROXY, HTTP_PROXY, NO_PROXY, SETO_CA_FILE. */
  env?: Readonly<Record<string, string | undefined>>;
}

export interface OutboundRequest {
  method?: Dispatcher.HttpMethod;
  headers?: Record<string, string>;
  body?: string | Uint8Array | Readable | null;
  signal?: AbortSignal;
  /** Milliseconds without a byte of the answer's body or before its headers; 0 waits for ever. Default 60 s. */
  silenceMs?: number;
}

export interface OutboundResponse {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Dispatcher.ResponseData['body'];
}

/** The one door outwards. Follows no redirect, so credentials never reach another host. */
export interface Outbound {
  request(url: string, options?: OutboundRequest): Promise<OutboundResponse>;
  close(): Promise<void>;
}

const notPublic = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  notPublic.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  notPublic.addSubnet(net, bits, 'ipv6');

/** True for private, loopback, link-local (cloud metadata included), multicast and reserved addresses (RFC 6890). */
function isPrivateAddress(address: string): boolean {
  return notPublic.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Opens the door. One of it keeps its connections; close it when done. */
export function createOutbound({ allow, ca, env = process.env }: OutboundOptions): Outbound {
  const allowed = new Set(allow.map((origin) => new URL(origin).origin));
  const file = env['SETO_CA_FILE'];
  const own = ca ?? (file ? readFileSync(file, 'utf8') : null);
  const trust = own ? { ca: [...getCACertificates('default'), own] } : {};
  const open = new Agent({ connect: trust, headersTimeout: 0, bodyTimeout: 0 });
  const guarded = new EnvHttpProxyAgent({
    ...(env['HTTP_PROXY'] ? { httpProxy: env['HTTP_PROXY'] } : {}),
    ...(env['HTTPS_PROXY'] ? { httpsProxy: env['HTTPS_PROXY'] } : {}),
    ...(env['NO_PROXY'] ? { noProxy: env['NO_PROXY'] } : {}),
    connect: {
      ...trust,
      lookup: (host, options, done) =>
        lookup(host, { ...options, all: true }, (error, addresses) => {
          const refused = addresses?.find(({ address }) => isPrivateAddress(address));
          if (error) return done(error, '', 0);
          if (refused)
            return done(new Error(`${host} resolves to the private address ${refused.address}`), '', 0);
          const [first] = addresses;
          if (options.all) return done(null, addresses);
          return done(null, first?.address ?? '', first?.family ?? 0);
        }),
    },
  });
  return {
    request: async (url, options = {}) => {
      const { origin, hostname } = new URL(url);
      const literal = hostname.replace(/^\[|\]$/g, '');
      if (!allowed.has(origin) && isIP(literal) !== 0 && isPrivateAddress(literal))
        throw fault('outbound.private', { url: origin });
      try {
        const silenceMs = options.silenceMs ?? 60_000;
        const response = await request(url, {
          dispatcher: allowed.has(origin) ? open : guarded,
          method: options.method ?? 'GET',
          headers: options.headers ?? {},
          body: options.body ?? null,
          ...(options.signal ? { signal: options.signal } : {}),
          headersTimeout: silenceMs,
          bodyTimeout: silenceMs,
        });
        return { status: response.statusCode, headers: response.headers, body: response.body };
      } catch (error) {
        if (options.signal?.aborted) throw error;
        throw fault('core.unreachable', { url: origin, reason: reasonOf(error) }, { cause: error });
      }
    },
    close: async () => {
      await Promise.all([open.close(), guarded.close()]);
    },
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: string };
  return code ?? error.message;
}

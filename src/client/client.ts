import { Readable } from 'node:stream';
import { nothing, type Route, stream } from '../api/contract/route.ts';
import { exchange } from '../api/contract/session.ts';
import { type ErrorBody, fault, isErrorCode, SetoError } from '../shared/errors.ts';
import { createOutbound, type Outbound } from '../shared/outbound.ts';
import type { Lang } from '../shared/text/format.ts';

/** What a call takes: only what its route declares need be given. */
export interface CallInput<P, Q, B> {
  params?: P;
  query?: Q;
  body?: B | Readable | Uint8Array;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Milliseconds without a byte before the call fails; 0 waits for ever (long polls, logs). */
  silenceMs?: number;
}

export interface StreamReply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Readable;
}

/** The typed client of our API, for CLI, jobs and tests. */
export interface Client {
  readonly url: string;
  /** The token it speaks with; null where it has none. */
  token(): Promise<string | null>;
  /** Calls a route; errors of the server arrive as SetoError. */
  call<P, Q, B, R>(route: Route<P, Q, B, R>, input?: CallInput<P, Q, B>): Promise<R>;
  /** Calls a route whose reply is a stream. */
  stream<P, Q, B, R>(route: Route<P, Q, B, R>, input?: CallInput<P, Q, B>): Promise<StreamReply>;
  close(): Promise<void>;
}

export interface ClientOptions {
  url: string;
  token?: string | null;
  /** A job's OIDC token; exchanged for a session at the first call. */
  idToken?: string | null;
  lang?: Lang;
  ca?: string | null;
  env?: Readonly<Record<string, string | undefined>>;
}

export function createClient(options: ClientOptions): Client {
  const url = options.url.replace(/\/+$/, '');
  const outbound = createOutbound({
    allow: [url],
    ...(options.ca ? { ca: options.ca } : {}),
    ...(options.env ? { env: options.env } : {}),
  });
  let session: Promise<string | null> | null = null;
  const token = (): Promise<string | null> => {
    if (options.token) return Promise.resolve(options.token);
    const { idToken } = options;
    if (!idToken) return Promise.resolve(null);
    session ??= send(outbound, url, exchange, { body: { idToken } }, null, options.lang).then(
      async (reply) =>
        exchange.reply !== stream && exchange.reply !== nothing
          ? exchange.reply.parse(JSON.parse(await textOf(reply.body))).token
          : null,
    );
    return session;
  };
  return {
    url,
    token,
    call: async <P, Q, B, R>(route: Route<P, Q, B, R>, input: CallInput<P, Q, B> = {}): Promise<R> => {
      const reply = await send(outbound, url, route, input, await token(), options.lang);
      const text = await textOf(reply.body);
      if (route.reply === nothing || route.reply === stream) return undefined as R;
      return route.reply.parse(JSON.parse(text));
    },
    stream: async (route, input = {}) => send(outbound, url, route, input, await token(), options.lang),
    close: () => outbound.close(),
  };
}

async function send<P, Q, B, R>(
  outbound: Outbound,
  base: string,
  route: Route<P, Q, B, R>,
  input: CallInput<P, Q, B>,
  token: string | null,
  lang: Lang = 'en',
): Promise<StreamReply> {
  const raw = input.body instanceof Readable || input.body instanceof Uint8Array;
  const response = await outbound.request(base + pathOf(route, input), {
    method: route.method,
    headers: {
      'accept-language': lang,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(input.body === undefined
        ? {}
        : { 'content-type': raw ? 'application/octet-stream' : 'application/json' }),
      ...input.headers,
    },
    body:
      input.body === undefined
        ? null
        : raw
          ? (input.body as Readable | Uint8Array)
          : JSON.stringify(input.body),
    ...(input.signal ? { signal: input.signal } : {}),
    ...(input.silenceMs === undefined ? {} : { silenceMs: input.silenceMs }),
  });
  if (response.status >= 400) throw errorFrom(base, response.status, await textOf(response.body));
  return { status: response.status, headers: response.headers, body: response.body };
}

function pathOf<P, Q, B, R>(route: Route<P, Q, B, R>, input: CallInput<P, Q, B>): string {
  const params = (input.params ?? {}) as Record<string, unknown>;
  // In one pass: a parameter may itself end with `*`, as in a pattern of refs.
  const path = route.path.replace(/:(\w+)|\*$/g, (_, name: string | undefined) =>
    name === undefined ? String(params['*'] ?? '') : encodeURIComponent(String(params[name] ?? '')),
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries((input.query ?? {}) as Record<string, unknown>))
    if (value !== undefined && value !== null) query.set(name, String(value));
  return query.size === 0 ? path : `${path}?${query}`;
}

async function textOf(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function errorFrom(url: string, status: number, text: string): SetoError {
  try {
    const { error } = JSON.parse(text) as ErrorBody;
    if (isErrorCode(error.code)) return new SetoError(error.code, error.values);
    return fault('core.remote', { message: error.message, remedy: error.remedy });
  } catch {
    return fault('core.unreachable', { url, reason: `HTTP ${status}` });
  }
}

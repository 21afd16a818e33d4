import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../identity/principal.ts';
import type { Lang } from '../shared/text/format.ts';
import type { AnyRoute, Route } from './contract/route.ts';

/** One call of a route, checked: the token is known, the fields are parsed, the access table said yes. */
export interface Call<P = unknown, Q = unknown, B = unknown> {
  principal: Principal;
  params: P;
  query: Q;
  body: B;
  /** The raw body, for routes whose body is a stream. */
  stream: Readable;
  headers: IncomingHttpHeaders;
  lang: Lang;
  /** Which listener took the call. */
  face: 'main' | 'link';
  /** Aborted when the caller is gone. */
  signal: AbortSignal;
  request: FastifyRequest;
  /** For status and headers of streams, and for protocols with their own form of reply. */
  reply: FastifyReply;
}

/** The project that owns the thing asked for; the access table is applied to it. */
export interface Subject {
  projectId: number;
  shared?: boolean;
}

export interface Handler {
  route: AnyRoute;
  subject: ((call: Call) => Subject | Promise<Subject>) | null;
  run: (call: Call) => unknown;
  /** How a refusal or error looks where a protocol has its own form (OCI, GitLab, git); default: our ErrorBody. */
  onError: ErrorForm | null;
}

/** Answers an error in a protocol's own form. `status` and `message` are what our own form would say. */
export type ErrorForm = (
  call: { request: FastifyRequest; reply: FastifyReply; lang: Lang },
  error: { status: number; code: string; message: string; remedy: string },
) => unknown;

/**
 * Joins a route and its work. A route of scope `project` must say by `subject` whose thing is asked for; the
 * framework refuses to start without it. What `run` returns is the reply (a Readable for streams; undefined after a
 * protocol handler has replied itself through `call.reply`).
 */
export function handle<P, Q, B, R>(
  route: Route<P, Q, B, R>,
  run: (call: Call<P, Q, B>) => R | Readable | undefined | Promise<R | Readable | undefined>,
  options: { subject?: (call: Call<P, Q, B>) => Subject | Promise<Subject>; onError?: ErrorForm } = {},
): Handler {
  return {
    route,
    subject: (options.subject ?? null) as Handler['subject'],
    run: run as Handler['run'],
    onError: options.onError ?? null,
  };
}

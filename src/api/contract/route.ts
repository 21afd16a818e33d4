import * as z from 'zod';
import type { Action } from './access.ts';

/** The body or reply is bytes, streamed. */
export const stream = 'stream' as const;
/** No body, or no reply. */
export const nothing = 'nothing' as const;

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One route of ours: what the server checks, what the client types, what the OpenAPI page shows. */
export interface Route<P, Q, B, R> {
  readonly method: Method;
  /** With `:name` places, and `*` at the end for a rest that may hold slashes. */
  readonly path: string;
  readonly action: Action;
  readonly summary: string;
  readonly params: z.ZodType<P>;
  readonly query: z.ZodType<Q>;
  readonly body: z.ZodType<B> | typeof stream | typeof nothing;
  readonly reply: z.ZodType<R> | typeof stream | typeof nothing;
  /** Status of success; 200 unless given. */
  readonly status: number;
}

interface RouteInput<P, Q, B, R> {
  method: Method;
  path: string;
  action: Action;
  summary: string;
  params?: z.ZodType<P>;
  query?: z.ZodType<Q>;
  body?: z.ZodType<B> | typeof stream | typeof nothing;
  reply?: z.ZodType<R> | typeof stream | typeof nothing;
  status?: number;
}

const empty = z.object({});

/** Declares a route. Absent params, query, body and reply are empty. */
export function route<P = object, Q = object, B = undefined, R = undefined>(
  input: RouteInput<P, Q, B, R>,
): Route<P, Q, B, R> {
  return {
    params: empty as unknown as z.ZodType<P>,
    query: empty as unknown as z.ZodType<Q>,
    body: nothing,
    reply: nothing,
    status: 200,
    ...input,
  };
}

/** A route of whatever types. */
export type AnyRoute = Route<unknown, unknown, unknown, unknown>;

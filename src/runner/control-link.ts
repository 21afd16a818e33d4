import type * as z from 'zod';
import { beatNode, endedNode, enrollNode } from '../api/contract/nodes.ts';
import type { Route } from '../api/contract/route.ts';
import { fault } from '../shared/errors.ts';
import type { Outbound } from '../shared/outbound.ts';
import { version } from '../shared/version.ts';
import { isRetryable } from './backoff.ts';

type ReplyOf<T> = T extends Route<unknown, unknown, unknown, infer R> ? R : never;
type BodyOf<T> = T extends Route<infer _P, infer _Q, infer B, infer _R> ? B : never;

export type Enrolled = ReplyOf<typeof enrollNode>;
export type Beat = ReplyOf<typeof beatNode>;

/** What the control plane did with a call of the node: answered, refused for good, or could not be asked now. */
export type Answer<T> = { kind: 'ok'; value: T } | { kind: 'refused'; reason: string } | { kind: 'away' };

/** The node's own three calls; none rejects. */
export interface ControlLink {
  enroll(oneTimeToken: string): Promise<Answer<Enrolled>>;
  beat(token: string, body: BodyOf<typeof beatNode>): Promise<Answer<Beat>>;
  ended(token: string, body: BodyOf<typeof endedNode>): Promise<Answer<undefined>>;
}

/** A beat must not hang longer than this: the lease runs on meanwhile. */
const answerMs = 10_000;

export function createControlLink(outbound: Outbound, url: string): ControlLink {
  const base = url.replace(/\/$/, '');
  const call = async <T>(
    { path, method }: { path: string; method: string },
    reply: z.ZodType<T> | null,
    token: string | null,
    body: unknown,
  ): Promise<Answer<T>> => {
    try {
      const response = await outbound.request(`${base}${path}`, {
        method: method === 'POST' ? 'POST' : 'GET',
        headers: {
          'content-type': 'application/json',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(body),
        silenceMs: answerMs,
        signal: AbortSignal.timeout(answerMs * 2),
      });
      const text = await response.body.text();
      if (response.status >= 200 && response.status < 300)
        return { kind: 'ok', value: reply === null ? (undefined as T) : reply.parse(JSON.parse(text)) };
      if (isRetryable(response.status)) return { kind: 'away' };
      return { kind: 'refused', reason: `HTTP ${response.status}: ${text.slice(0, 500)}` };
    } catch {
      return { kind: 'away' };
    }
  };
  return {
    enroll: (oneTimeToken) => call(enrollNode, schemaOf(enrollNode), null, { oneTimeToken, version }),
    beat: (token, body) => call(beatNode, schemaOf(beatNode), token, body),
    ended: (token, body) => call(endedNode, null, token, body),
  };
}

function schemaOf<T>(route: Route<never, never, never, T> | { reply: unknown }): z.ZodType<T> {
  const { reply } = route;
  if (typeof reply === 'object' && reply !== null) return reply as z.ZodType<T>;
  throw fault('core.internal', { reference: 'a node route without a reply' });
}

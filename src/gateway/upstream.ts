import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { RouteEntry } from '../api/contract/gateway.ts';
import { fault } from '../shared/errors.ts';

type Live = NonNullable<RouteEntry['live']>;

/** Idle connections to a model server are closed after this; the server keeps them longer, so none is reset by it. */
const idleMs = 30_000;
/** A model server that says nothing for so long has failed this request. */
const silenceMs = 60_000;
/** Bytes of an answer that are read; predictions are small, tensors of v2 less so. */
const answerLimitBytes = 64 * 1024 * 1024;

export interface UpstreamAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  releaseId: string;
  tookMs: number;
}

export interface UpstreamRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

/** Connections to model servers, kept alive per release, with a count of what is under way. */
export interface Upstreams {
  /**
   * Sends to the release that is live now. A connection that is lost before the first byte of the answer is tried once
   * more, on whatever release is live then. @throws endpoint.no_release, endpoint.upstream_failed
   */
  send(live: () => Live | null, ask: UpstreamRequest): Promise<UpstreamAnswer>;
  inFlight(releaseId: string): number;
  /** Closes idle connections of releases that are gone. */
  keep(releaseIds: ReadonlySet<string>): void;
  close(): void;
}

export function createUpstreams(beforeRetry: (releaseId: string) => Promise<unknown>): Upstreams {
  const agents = new Map<string, Agent>();
  const busy = new Map<string, number>();
  const agentOf = (releaseId: string): Agent => {
    let agent = agents.get(releaseId);
    if (!agent) {
      agent = new Agent({ keepAlive: true, maxFreeSockets: 64, timeout: idleMs, scheduling: 'lifo' });
      agents.set(releaseId, agent);
    }
    return agent;
  };
  const attempt = async (live: Live, ask: UpstreamRequest): Promise<UpstreamAnswer> => {
    const { releaseId } = live;
    busy.set(releaseId, (busy.get(releaseId) ?? 0) + 1);
    try {
      return await exchange(live, ask, agentOf(releaseId));
    } finally {
      busy.set(releaseId, (busy.get(releaseId) ?? 1) - 1);
    }
  };
  return {
    send: async (live, ask) => {
      const first = live();
      if (first === null) throw fault('endpoint.no_release', {});
      try {
        return await attempt(first, ask);
      } catch (error) {
        if (!(error instanceof LostBeforeAnswer)) throw failed(error);
      }
      await beforeRetry((live() ?? first).releaseId);
      const second = live();
      if (second === null) throw fault('endpoint.no_release', {});
      try {
        return await attempt(second, ask);
      } catch (error) {
        throw failed(error);
      }
    },
    inFlight: (releaseId) => busy.get(releaseId) ?? 0,
    keep: (releaseIds) => {
      for (const [id, agent] of agents)
        if (!releaseIds.has(id) && (busy.get(id) ?? 0) === 0) {
          agent.destroy();
          agents.delete(id);
          busy.delete(id);
        }
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

/** The connection was lost before any byte of the answer: the server did not take the request, or died of it. */
class LostBeforeAnswer extends Error {}

function failed(error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return fault('endpoint.upstream_failed', { reason }, { cause: error });
}

function exchange(live: Live, ask: UpstreamRequest, agent: Agent): Promise<UpstreamAnswer> {
  const started = performance.now();
  const { upstream } = live;
  return new Promise((resolve, reject) => {
    const onResponse = (response: IncomingMessage): void => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > answerLimitBytes) outgoing.destroy(new Error('the answer is larger than 64 MB'));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        const [only] = chunks;
        resolve({
          status: response.statusCode ?? 502,
          headers: response.headers,
          body: chunks.length === 1 && only ? only : Buffer.concat(chunks),
          releaseId: live.releaseId,
          tookMs: performance.now() - started,
        });
      });
    };
    const common = { method: ask.method, path: ask.path, headers: ask.headers, agent, timeout: silenceMs };
    const outgoing =
      'socket' in upstream
        ? request({ ...common, socketPath: upstream.socket }, onResponse)
        : request(new URL(ask.path, upstream.url), common, onResponse);
    let silent = false;
    outgoing.on('timeout', () => {
      silent = true;
      outgoing.destroy(new Error(`no answer for ${silenceMs / 1000} s`));
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const lost = !silent && ['ECONNRESET', 'EPIPE', 'ECONNREFUSED', 'ENOENT'].includes(error.code ?? '');
      reject(lost ? new LostBeforeAnswer(error.message) : error);
    });
    outgoing.end(ask.body);
  });
}

import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import { type RouteEntry, referencePattern } from '../api/contract/gateway.ts';
import type { Clock } from '../shared/clock.ts';
import { fault, SetoError } from '../shared/errors.ts';
import { newId } from '../shared/ids.ts';
import { requireKnownLabel } from '../shared/known-label.ts';
import type { Log } from '../shared/log.ts';
import { langFromHeader } from '../shared/text/format.ts';
import { mayGiveFeedback, mayPredict } from './gate-keeper.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { ModelServers } from './model-servers.ts';
import { pictureOf, readBody } from './read-body.ts';
import type { Routing } from './routing.ts';
import type { Spool } from './spool.ts';
import type { UpstreamAnswer, Upstreams } from './upstream.ts';

export interface DataPathDeps {
  routing: Routing;
  upstreams: Upstreams;
  servers: Pick<ModelServers, 'silent'>;
  spool: Spool;
  metrics: GatewayMetrics;
  clock: Clock;
  log: Log;
}

const statisticsHeader = 'x-seto-statistics';
/** With `keep: sample` one picture in this many is kept. */
const sampleOneIn = 10;

const feedbackBody = z
  .object({
    predictionId: z
      .string()
      .regex(/^[0-9a-f]{32}$/)
      .optional(),
    reference: z.string().regex(referencePattern).optional(),
    label: z.string().min(1).max(200),
  })
  .refine((body) => (body.predictionId === undefined) !== (body.reference === undefined));

/** Serves `/e/ENDPOINT/…`. */
export function createDataPath(deps: DataPathDeps) {
  const { routing, metrics, log } = deps;
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const started = performance.now();
    let endpoint = '';
    try {
      const url = request.url ?? '';
      const match = /^\/e\/([^/?]+)\/(predict|feedback|v2(?:\/[^?]*)?)(?:\?.*)?$/.exec(url);
      const entry = match?.[1] === undefined ? undefined : routing.endpoint(match[1]);
      if (match?.[2] === undefined || entry === undefined)
        throw fault('endpoint.unknown', { endpoint: match?.[1] ?? url });
      endpoint = entry.name;
      const action = match[2];
      if (action === 'predict') await predict(deps, entry, request, response);
      else if (action === 'feedback') await feedback(deps, entry, request, response);
      else
        await inference(
          deps,
          entry,
          `/${action}${url.includes('?') ? url.slice(url.indexOf('?')) : ''}`,
          request,
          response,
        );
    } catch (error) {
      answerError(error, request, response, log);
    } finally {
      if (endpoint !== '')
        metrics.request(endpoint, response.statusCode, (performance.now() - started) / 1000);
    }
  };
}

function liveOf(routing: Routing, name: string) {
  return () => routing.endpoint(name)?.live ?? null;
}

function admit(deps: DataPathDeps, entry: RouteEntry): number {
  const routes = deps.routing.current();
  const live = entry.live?.releaseId;
  if (routes === null || live === undefined) throw fault('endpoint.no_release', {});
  if (deps.servers.silent(live)) throw fault('endpoint.silent', {});
  if (deps.upstreams.inFlight(live) >= routes.limits.maxConcurrent) throw fault('endpoint.busy', {});
  return routes.limits.bodyBytes;
}

async function predict(
  deps: DataPathDeps,
  entry: RouteEntry,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'POST') throw fault('core.method', { allow: 'POST' });
  mayPredict(request, entry);
  const { bytes, release } = await readBody(request, admit(deps, entry));
  try {
    const sent = await pictureOf(request, bytes);
    const answer = await deps.upstreams.send(liveOf(deps.routing, entry.name), {
      method: 'POST',
      path: '/predict',
      headers: {
        'content-type': sent.type,
        'content-length': String(sent.bytes.length),
        'accept-language': request.headers['accept-language'] ?? '',
      },
      body: sent.bytes,
    });
    if (answer.status !== 200) return passOn(answer, response, {});
    const id = randomBytes(16).toString('hex');
    const written = await record(deps, entry, answer, id, sent);
    if (!written) deps.metrics.notRecorded(entry.name);
    const body = withId(answer.body, id);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  } finally {
    release();
  }
}

/** Puts `predictionId` first into the server's JSON object, without parsing it. */
function withId(body: Buffer, id: string): Buffer {
  const brace = body.indexOf(0x7b);
  const rest = body.subarray(brace + 1);
  const comma = rest.length > 1 ? ',' : '';
  return Buffer.concat([Buffer.from(`{"predictionId":"${id}"${comma}`), rest]);
}

async function record(
  deps: DataPathDeps,
  entry: RouteEntry,
  answer: UpstreamAnswer,
  id: string,
  sent: { bytes: Buffer; reference: string | null; group: string | null } | null,
): Promise<boolean> {
  const statistics = answer.headers[statisticsHeader];
  let parsed: unknown;
  try {
    parsed = JSON.parse(answer.body.toString('utf8'));
  } catch {
    return false;
  }
  const keep = deps.routing.current()?.predictions.keep ?? 'all';
  const unsure = (parsed as { decision?: unknown }).decision === 'unsure';
  const kept =
    sent !== null &&
    (keep === 'all' ||
      (keep === 'unsure' ? unsure : Number.parseInt(id.slice(0, 8), 16) % sampleOneIn === 0));
  return deps.spool.prediction(
    {
      kind: 'prediction',
      id,
      at: deps.clock.now(),
      endpoint: entry.name,
      releaseId: answer.releaseId,
      reference: sent?.reference ?? null,
      group: sent?.group ?? null,
      picture:
        sent === null
          ? null
          : {
              sha256: createHash('sha256').update(sent.bytes).digest('hex'),
              size: sent.bytes.length,
              offset: null,
            },
      answer: parsed,
      statistics: typeof statistics === 'string' ? statistics : null,
      tookMs: Math.round(answer.tookMs * 10) / 10,
    },
    kept ? sent.bytes : null,
  );
}

async function feedback(
  deps: DataPathDeps,
  entry: RouteEntry,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'POST') throw fault('core.method', { allow: 'POST' });
  const by = mayGiveFeedback(request, entry);
  const { bytes, release } = await readBody(request, 64 * 1024);
  release();
  let body: z.infer<typeof feedbackBody>;
  try {
    body = feedbackBody.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw fault('feedback.bad', {}, { cause: error });
  }
  requireKnownLabel(body.label, entry.live?.labels ?? null);
  const id = newId('feedback');
  try {
    await deps.spool.feedback({
      kind: 'feedback',
      id,
      at: deps.clock.now(),
      endpoint: entry.name,
      predictionId: body.predictionId ?? null,
      reference: body.reference ?? null,
      label: body.label,
      by,
    });
  } catch (error) {
    throw fault('feedback.not_kept', {}, { cause: error });
  }
  const text = JSON.stringify({ feedbackId: id });
  response.writeHead(202, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** Headers of Open Inference Protocol v2 that must reach the server (binary tensor extension included). */
const forwarded = ['content-type', 'accept', 'accept-language', 'inference-header-content-length'] as const;

async function inference(
  deps: DataPathDeps,
  entry: RouteEntry,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  mayPredict(request, entry);
  const { bytes, release } = await readBody(request, admit(deps, entry));
  try {
    const headers: Record<string, string> = { 'content-length': String(bytes.length) };
    for (const name of forwarded) {
      const value = request.headers[name];
      if (typeof value === 'string') headers[name] = value;
    }
    const method = request.method ?? 'GET';
    const answer = await deps.upstreams.send(liveOf(deps.routing, entry.name), {
      method,
      path,
      headers,
      body: bytes,
    });
    const extra: Record<string, string> = {};
    if (answer.status === 200 && method === 'POST' && answer.headers[statisticsHeader] !== undefined) {
      const id = randomBytes(16).toString('hex');
      if (await record(deps, entry, answer, id, null)) extra['x-seto-prediction-id'] = id;
    }
    passOn(answer, response, extra);
  } finally {
    release();
  }
}

/** Headers that belong to one connection (RFC 9110 7.6.1), or to us. */
const ownHeaders = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'date',
  statisticsHeader,
]);

function passOn(answer: UpstreamAnswer, response: ServerResponse, extra: Record<string, string>): void {
  const headers: Record<string, string | string[]> = {
    ...extra,
    'content-length': String(answer.body.length),
  };
  for (const [name, value] of Object.entries(answer.headers))
    if (value !== undefined && !ownHeaders.has(name)) headers[name] = value;
  response.writeHead(answer.status, headers);
  response.end(answer.body);
}

/** Open Inference Protocol v2 wants `{"error": text}`, and its clients show nothing else. */
const protocolPath = /^\/e\/[^/?]+\/v2(?:[/?]|$)/;

/** Answers with an error in the form of the address that was asked. */
export function answerError(
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  log: Log,
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  if (request.destroyed && !request.complete) return;
  let known: SetoError;
  if (error instanceof SetoError) known = error;
  else {
    const reference = newId('error');
    log.error({ reference, err: error }, 'a request failed inside');
    known = fault('core.internal', { reference }, { cause: error });
  }
  const lang = langFromHeader(request.headers['accept-language']);
  const { error: full } = known.toBody(lang);
  const body = JSON.stringify({
    error: protocolPath.test(request.url ?? '') ? `${full.message} ${full.remedy}` : full,
  });
  response.writeHead(known.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(known.status === 503 ? { 'retry-after': '1' } : {}),
    ...(known.code === 'core.method' ? { allow: String(known.values['allow']) } : {}),
    ...(known.status === 401 ? { 'www-authenticate': 'Bearer realm="seto"' } : {}),
    ...(request.complete ? {} : { connection: 'close' }),
  });
  response.end(body);
}

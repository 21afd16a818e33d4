import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { fault, SetoError } from '../shared/errors.ts';
import { newId } from '../shared/ids.ts';
import type { Log } from '../shared/log.ts';
import { langFromHeader } from '../shared/text/format.ts';
import { decide } from './decide.ts';
import type { Hooks, PredictAnswer } from './hooks.ts';
import { infer, modelMetadata } from './inference-protocol.ts';
import { preparePicture } from './load-pictures.ts';
import { createServingMetrics, type ServingMetrics } from './metrics.ts';
import { createPlaces, type Places } from './places.ts';
import { readBody, readPicture } from './request-body.ts';
import type { OpenModel } from './session.ts';

/** Carries what drift needs from model server to gateway, which takes it off: base64url of JSON. */
export const statisticsHeader = 'x-seto-statistics';

export interface ModelServerOptions {
  model: OpenModel;
  hooks: Hooks;
  /** The model version's id: the digest of its folder. */
  version: string;
  log: Log;
  /**
   * Pictures in work at once (fewer leave a core idle while one decodes, more only take memory), and how many may wait
   * (each up to 20 MB) before the next is told to come again.
   */
  limits?: { running: number; waiting: number };
}

interface Context extends ModelServerOptions {
  places: Places;
  metrics: ServingMetrics;
}

/** The HTTP server around one model: `/predict`, Open Inference Protocol v2, health, metrics. Keeps nothing. */
export function createModelServer(options: ModelServerOptions): Server {
  const places = createPlaces(options.limits ?? { running: 8, waiting: 64 });
  const { name } = options.model.manifest;
  const metrics = createServingMetrics({ name, version: options.version }, places);
  const context: Context = { ...options, places, metrics };
  const server = createServer({ requestTimeout: 60_000, headersTimeout: 20_000 }, (request, response) => {
    answer(context, request, response).catch((error: unknown) =>
      sendError(context, request, response, error),
    );
  });
  // Longer than the gateway's own, so that the gateway never writes into a connection that is being closed.
  server.keepAliveTimeout = 75_000;
  return server;
}

async function answer(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url ?? '/';
  const path = url.split('?', 1)[0] ?? '/';
  if (path === '/predict') {
    requireMethod(request, 'POST');
    return timed(context, 'predict', request, response, () => predict(context, request, response));
  }
  if (path.startsWith('/v2')) return protocol(context, path, request, response);
  if (path === '/healthz' || path === '/readyz') return sendJson(response, 200, { status: 'ok' });
  if (path === '/metrics') {
    response.writeHead(200, { 'content-type': context.metrics.contentType });
    response.end(await context.metrics.text());
    return;
  }
  throw fault('core.not_found', { what: `${request.method} ${path}` });
}

async function predict(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { model, hooks, version } = context;
  const { answered, header } = await context.places.take(async () => {
    const sent = await readPicture(request);
    const picture = hooks.pre === null ? sent : await hooks.pre(sent);
    const { tensor, statistics } = await preparePicture(picture, model.manifest.input);
    const [scores = new Float32Array(0)] = await model.predict(tensor);
    const { label, score, decision } = decide(scores, model.manifest);
    const byLabel: Record<string, number> = {};
    model.manifest.labels.forEach((each, index) => {
      byLabel[each] = scores[index] ?? 0;
    });
    context.metrics.predicted(label, decision);
    const plain: PredictAnswer = {
      label,
      score,
      scores: byLabel,
      decision,
      model: { name: model.manifest.name, version },
    };
    return {
      answered: hooks.post === null ? plain : await hooks.post(plain),
      header: Buffer.from(JSON.stringify({ ...statistics, scores: byLabel })).toString('base64url'),
    };
  });
  sendJson(response, 200, answered, { [statisticsHeader]: header });
}

async function protocol(
  context: Context,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { model, version } = context;
  const { name } = model.manifest;
  if (!path.endsWith('/infer')) requireMethod(request, 'GET, HEAD');
  if (path === '/v2/health/live') return sendJson(response, 200, { live: true });
  if (path === '/v2/health/ready') return sendJson(response, 200, { ready: true });
  if (path === '/v2' || path === '/v2/')
    return sendJson(response, 200, { name: 'seto', version, extensions: ['binary_tensor_data'] });
  const match = /^\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?(\/ready|\/infer)?$/.exec(path);
  const known =
    match !== null &&
    decoded(match[1] ?? '') === name &&
    (match[2] === undefined || decoded(match[2]) === version);
  if (!known)
    throw fault('core.not_found', { what: `model at ${path} (here is ${name}, version ${version})` });
  if (match[3] === '/ready') return sendJson(response, 200, { name, ready: true });
  if (match[3] === undefined) return sendJson(response, 200, modelMetadata(model, version));
  requireMethod(request, 'POST');
  return timed(context, 'infer', request, response, async () => {
    const length = request.headers['inference-header-content-length'];
    const { json, binary } = await context.places.take(async () =>
      infer(model, version, await readBody(request), typeof length === 'string' ? length : null),
    );
    const headers =
      binary.length > 0
        ? { 'content-type': 'application/octet-stream', 'inference-header-content-length': json.length }
        : { 'content-type': 'application/json' };
    response.writeHead(200, { ...headers, 'content-length': json.length + binary.length });
    response.write(json);
    response.end(binary);
  });
}

/** A part of a path without its percent-encoding; as it is where that is broken. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

async function timed(
  context: Context,
  face: 'predict' | 'infer',
  request: IncomingMessage,
  response: ServerResponse,
  work: () => Promise<void>,
): Promise<void> {
  const start = performance.now();
  try {
    await work();
  } catch (error) {
    sendError(context, request, response, error);
  }
  context.metrics.observe(face, response.statusCode, (performance.now() - start) / 1000);
}

function requireMethod(request: IncomingMessage, allow: 'POST' | 'GET, HEAD'): void {
  if (!allow.split(', ').includes(request.method ?? '')) throw fault('core.method', { allow });
}

function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': body.length,
    ...headers,
  });
  response.end(body);
}

/** Errors in the catalogue's form; under /v2 the protocol's `{ "error": text }` is in it too. */
function sendError(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
  thrown: unknown,
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const error = thrown instanceof SetoError ? thrown : unexpected(context.log, thrown);
  const { error: body } = error.toBody(langFromHeader(request.headers['accept-language']));
  const protocolForm = request.url?.startsWith('/v2') ?? false;
  const extra: Record<string, string> = error.status === 503 ? { 'retry-after': '1' } : {};
  // The rest of an unread body would be taken for the next request.
  if (!request.complete) extra['connection'] = 'close';
  if (error.code === 'core.method') extra['allow'] = String(error.values['allow']);
  sendJson(
    response,
    error.status,
    protocolForm ? { error: `${body.message} ${body.remedy}` } : { error: body },
    extra,
  );
}

function unexpected(log: Log, thrown: unknown): SetoError {
  const reference = newId('error');
  log.error({ reference, err: thrown }, 'a request failed inside');
  return fault('core.internal', { reference }, { cause: thrown });
}

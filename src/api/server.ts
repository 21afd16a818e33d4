import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { Readable } from 'node:stream';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { ZodType } from 'zod';
import type { Identity } from '../identity/identity.ts';
import type { Principal } from '../identity/principal.ts';
import { explain, fault, SetoError } from '../shared/errors.ts';
import { newId } from '../shared/ids.ts';
import { parseOptions, tellIssues } from '../shared/issues.ts';
import type { Log } from '../shared/log.ts';
import { inBoth, type Lang, langFromHeader } from '../shared/text/format.ts';
import { phrase, say } from '../shared/text.ts';
import { withoutStall } from '../storage/steady-body.ts';
import { type AccessRule, access } from './contract/access.ts';
import { tokenOf } from './credentials.ts';
import { decideAccess } from './decide-access.ts';
import type { Call, Handler } from './handle.ts';

export type Face = 'main' | 'link';

export interface ApiOptions {
  identity: Pick<Identity, 'authenticate' | 'roleIn'>;
  log: Log;
  /** Host header values (`name` or `name:port`) that are ours besides loopback ones; asked at each request. */
  hosts: () => readonly string[];
  /** Certificate chain and key as PEM; plain HTTP where absent. */
  tls?: { cert: Buffer; key: Buffer } | null;
}

/** A JSON body larger than this is refused before it is read to its end. */
const jsonLimitBytes = 4 * 1024 * 1024;
/** A body that stops arriving is ended; longer holds connections for whoever sends nothing, shorter cuts slow links. */
const stallMs = 60_000;

/**
 * One listener of the control plane. Every handler is mounted whose row of the access table offers it on this face.
 * Throws where a route has no row or a project-scoped one does not say whose thing it serves, so such a mistake stops
 * the start and not a request.
 */
export function createApi(face: Face, handlers: readonly Handler[], options: ApiOptions): FastifyInstance {
  const app = Fastify({
    exposeHeadRoutes: false,
    bodyLimit: Number.MAX_SAFE_INTEGER,
    routerOptions: { maxParamLength: 400 },
    serverFactory: (listener) => {
      const limits = { requestTimeout: 0, headersTimeout: 60_000 };
      const server = options.tls
        ? createHttpsServer({ ...limits, ...options.tls }, listener)
        : createHttpServer(limits, listener);
      server.keepAliveTimeout = 75_000;
      return server;
    },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store');
    const requestId = request.headers['x-request-id'];
    if (typeof requestId === 'string') reply.header('x-request-id', requestId);
    const host = request.headers.host ?? '';
    if (!isOurs(host, options.hosts()))
      throw fault('access.wrong_host', { host, url: options.hosts()[0] ?? '' });
  });
  app.setErrorHandler((error, request, reply) =>
    answerError(
      error,
      { request, reply, lang: langFromHeader(request.headers['accept-language']) },
      null,
      options.log,
    ),
  );
  app.setNotFoundHandler((request, reply) =>
    answerError(
      fault('core.not_found', { what: `${request.method} ${request.url.split('?')[0]}` }),
      { request, reply, lang: langFromHeader(request.headers['accept-language']) },
      null,
      options.log,
    ),
  );
  for (const handler of handlers) {
    const rule: AccessRule | undefined = access[handler.route.action];
    if (rule === undefined) throw new Error(`${handler.route.path} has no row in the access table`);
    if (rule.scope === 'project' && handler.subject === null)
      throw new Error(`${handler.route.method} ${handler.route.path} does not say whose thing it serves`);
    if (face === 'link' && rule.face !== 'both') continue;
    mount(app, face, handler, rule, options);
  }
  return app;
}

function mount(
  app: FastifyInstance,
  face: Face,
  handler: Handler,
  rule: AccessRule,
  options: ApiOptions,
): void {
  const { route } = handler;
  app.route({
    method: route.method,
    url: route.path,
    handler: async (request, reply) => {
      const lang = langFromHeader(request.headers['accept-language']);
      try {
        // Before the body is read: nobody unknown, and no machine that never may, makes us parse one.
        const early = identifyByHeaders(options.identity, request, rule);
        if (early !== null && early.kind !== 'user' && early.kind !== 'project')
          authorise(rule, route.action, early, options.identity, null);
        const call = await prepare(face, handler, request, reply, lang);
        call.principal = early ?? identify(options.identity, request, call.body, rule);
        const subject = rule.scope === 'project' && handler.subject ? await handler.subject(call) : null;
        authorise(rule, route.action, call.principal, options.identity, subject);
        const result = await handler.run(call);
        if (reply.sent || (result === undefined && route.reply === 'stream')) return reply;
        reply.status(reply.statusCode === 200 ? route.status : reply.statusCode);
        if (result === undefined) return reply.send();
        if (result instanceof Readable || route.reply === 'stream') return reply.send(result);
        return reply.send(route.reply === 'nothing' ? result : route.reply.parse(result));
      } catch (error) {
        return answerError(error, { request, reply, lang }, handler, options.log);
      }
    },
  });
}

async function prepare(
  face: Face,
  { route }: Handler,
  request: FastifyRequest,
  reply: FastifyReply,
  lang: Lang,
): Promise<Call> {
  const gone = new AbortController();
  reply.raw.on('close', () => gone.abort());
  const raw = request.body instanceof Readable ? request.body : Readable.from([]);
  const body = typeof route.body === 'string' ? undefined : parse('body', route.body, await readJson(raw));
  return {
    principal: { kind: 'anonymous' },
    params: parse('path', route.params, request.params),
    query: parse('query', route.query, request.query),
    body,
    stream: raw,
    headers: request.headers,
    lang,
    face,
    signal: gone.signal,
    request,
    reply,
  };
}

async function readJson(body: Readable): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of withoutStall(body, stallMs)) {
    size += chunk.length;
    if (size > jsonLimitBytes)
      throw fault('core.too_large', { what: phrase('input.request'), limit: '4 MB' });
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fault(
      'core.bad_input',
      { problems: inBoth((lang) => `body: ${say(lang, 'input.not_json')}`) },
      { cause: error },
    );
  }
}

function parse(where: string, schema: ZodType, value: unknown): unknown {
  const result = schema.safeParse(value ?? {}, parseOptions);
  if (result.success) return result.data;
  throw fault('core.bad_input', { problems: tellIssues(result.error.issues, where) });
}

/** Who asks, where the headers say it; null where only the body or the query can. */
function identifyByHeaders(
  identity: ApiOptions['identity'],
  request: FastifyRequest,
  rule: AccessRule,
): Principal | null {
  if (tokenOf(request.headers) === null && request.url.startsWith('/api/v4/')) return null;
  return identify(identity, request, null, rule);
}

function identify(
  identity: ApiOptions['identity'],
  request: FastifyRequest,
  body: unknown,
  rule: AccessRule,
): Principal {
  const token = tokenOf(request.headers) ?? tokenInBody(request, body);
  if (token === null) {
    if (rule.scope === 'open') return { kind: 'anonymous' };
    throw fault('access.no_token');
  }
  const principal = identity.authenticate(token);
  if (principal !== null) return principal;
  if (rule.scope === 'open') return { kind: 'anonymous' };
  throw fault('access.bad_token');
}

/** GitLab's runners before 17.11 send their token in the JSON body (or the query) only. */
function tokenInBody(request: FastifyRequest, body: unknown): string | null {
  if (!request.url.startsWith('/api/v4/')) return null;
  const holder = (body ?? request.query) as { token?: unknown } | null;
  return typeof holder?.token === 'string' && holder.token !== '' ? holder.token : null;
}

function authorise(
  rule: AccessRule,
  action: string,
  principal: Principal,
  identity: ApiOptions['identity'],
  subject: { projectId: number; shared?: boolean } | null,
): void {
  const level = subject === null ? 0 : identity.roleIn(principal, subject.projectId);
  const decision = decideAccess(rule, principal, level, subject);
  if (!decision.allowed)
    throw fault('access.refused', { who: nameOf(principal), action, needs: decision.needs });
}

function nameOf(principal: Principal): string {
  if (principal.kind === 'user' || principal.kind === 'project') return principal.name;
  return principal.kind === 'job' ? `job ${principal.jobId}` : principal.kind;
}

function answerError(
  thrown: unknown,
  call: { request: FastifyRequest; reply: FastifyReply; lang: Lang },
  handler: Handler | null,
  log: Log,
): unknown {
  const error = thrown instanceof SetoError ? thrown : unexpected(thrown, log);
  const { reply, lang } = call;
  if (reply.raw.headersSent) {
    reply.raw.destroy();
    return reply;
  }
  reply.status(error.status);
  if (handler?.onError)
    return handler.onError(call, {
      status: error.status,
      code: error.code,
      ...explain(error.code, error.values, lang),
    });
  if (error.status === 401) reply.header('www-authenticate', 'Basic realm="seto"');
  return reply.send(error.toBody(lang));
}

/** An error that is not from the catalogue is ours: logged with a reference, shown without its inside. */
function unexpected(thrown: unknown, log: Log): SetoError {
  const reference = newId('error');
  log.error({ reference, err: thrown }, 'a request failed inside');
  return fault('core.internal', { reference }, { cause: thrown });
}

function isOurs(host: string, ours: readonly string[]): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (name === '127.0.0.1' || name === 'localhost' || name === '[::1]') return true;
  return ours.some((each) => each.toLowerCase() === host.toLowerCase() || each.toLowerCase() === name);
}

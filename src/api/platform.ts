import { Readable } from 'node:stream';
import { collectDefaultMetrics, Registry } from 'prom-client';
import * as z from 'zod';
import { health, metrics, openapi, ready, status, type statusSchema } from './contract/platform.ts';
import type { AnyRoute } from './contract/route.ts';
import { type Handler, handle } from './handle.ts';

export interface PlatformDeps {
  version: string;
  /** Throws where the database does not answer. */
  checkStore(): void;
  status(): z.infer<typeof statusSchema>;
  /** Every handler of the API, for its own description. */
  routes(): readonly AnyRoute[];
}

/** Health, figures, status and the description of the API. */
export function platformHandlers({ version, checkStore, status: read, routes }: PlatformDeps): Handler[] {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'seto_control_plane_' });
  return [
    handle(health, () => ({ status: 'ok' as const, version })),
    handle(ready, () => {
      checkStore();
      return { status: 'ok' as const };
    }),
    handle(metrics, async ({ reply }) => {
      reply.header('content-type', registry.contentType);
      return Readable.from([await registry.metrics()]);
    }),
    handle(openapi, () => describe(routes(), version)),
    handle(status, () => read()),
  ];
}

/** The OpenAPI 3.1 document of a list of routes: their zod schemas as JSON Schema. */
export function describe(routes: readonly AnyRoute[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}').replace(/\*$/, '{rest}');
    const operations = paths[path] ?? {};
    operations[route.method.toLowerCase()] = {
      summary: route.summary,
      'x-seto-action': route.action,
      parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query')],
      ...(route.body === 'nothing' ? {} : { requestBody: { content: contentOf(route.body) } }),
      responses: {
        [route.status]: {
          description: 'Success',
          ...(route.reply === 'nothing' ? {} : { content: contentOf(route.reply) }),
        },
        default: {
          description: 'An error of docs/errors.md: { error: { code, message, remedy, retryable, values } }',
        },
      },
    };
    paths[path] = operations;
  }
  return { openapi: '3.1.0', info: { title: 'Seto', version, license: { name: 'Apache-2.0' } }, paths };
}

function parameters(schema: z.ZodType, place: 'path' | 'query'): object[] {
  const { properties = {}, required = [] } = jsonSchema(schema) as {
    properties?: Record<string, unknown>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, each]) => ({
    name: name === '*' ? 'rest' : name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: each,
  }));
}

function contentOf(shape: z.ZodType | 'stream'): object {
  return shape === 'stream'
    ? { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
    : { 'application/json': { schema: jsonSchema(shape) } };
}

function jsonSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}

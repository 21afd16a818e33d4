import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type GatewayIdentity, serverSpecSchema } from '../api/contract/gateway.ts';
import type { Log } from '../shared/log.ts';
import { answerError } from './data-path.ts';
import type { ModelServers } from './model-servers.ts';
import { readBody } from './read-body.ts';
import type { Routing } from './routing.ts';

export interface ControlDeps {
  identity(): GatewayIdentity;
  servers: ModelServers;
  routing: Routing;
  /** Ends the gateway; with `keepSpool` false its last segment is shipped first. */
  shutdown(): void;
  log: Log;
}

/** The control socket: reachable by whoever may open DATA/run, which is the control plane's user. */
export function createControlFace(deps: ControlDeps): Server {
  return createServer((request, response) => {
    serve(deps, request, response).catch((error: unknown) => answerError(error, request, response, deps.log));
  });
}

async function serve(deps: ControlDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://gateway');
  const [, noun, id, verb] = url.pathname.split('/');
  const answer = (status: number, value: unknown): void => {
    const text = JSON.stringify(value);
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    });
    response.end(text);
  };
  switch (`${request.method} ${noun}${id ? '/ID' : ''}${verb ? `/${verb}` : ''}`) {
    case 'GET identity':
      return answer(200, deps.identity());
    case 'POST reload':
      return answer(200, { ...(await deps.routing.reload()), ...deps.identity() });
    case 'GET servers':
      return answer(200, deps.servers.list());
    case 'POST servers': {
      const { bytes, release } = await readBody(request, 1024 * 1024);
      release();
      deps.servers.start(serverSpecSchema.parse(JSON.parse(bytes.toString('utf8'))));
      return answer(200, {});
    }
    case 'DELETE servers/ID':
      await deps.servers.stop(id ?? '', Number(url.searchParams.get('drainMs') ?? 0));
      return answer(200, {});
    case 'GET servers/ID/logs':
      return answer(200, {
        text: tail(deps.servers.logFile(safe(id)), Number(url.searchParams.get('lines') ?? 100)),
      });
    case 'POST shutdown':
      answer(200, {});
      return deps.shutdown();
    default:
      return answer(404, {});
  }
}

function safe(id: string | undefined): string {
  return (id ?? '').replace(/[^a-z0-9-]/g, '');
}

/** The last lines of a log, read from its last megabyte. */
export function tail(file: string, lines: number): string {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(descriptor);
    const length = Math.min(size, 1024 * 1024);
    const buffer = Buffer.alloc(length);
    readSync(descriptor, buffer, 0, length, size - length);
    return buffer
      .toString('utf8')
      .split('\n')
      .slice(-lines - 1)
      .join('\n');
  } finally {
    closeSync(descriptor);
  }
}

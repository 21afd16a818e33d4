import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { fault } from '../shared/errors.ts';

/** What the owner of the data folder may ask of the running control plane, without a token: the file is theirs. */
export interface OwnerRequests {
  identity(): { installationId: string; version: string; pid: number; url: string; gatewayUrl: string };
  signIn(): { url: string };
  /** Ends nodes, releases, the gateway and then the control plane itself. */
  down(): Promise<{ nodes: number }>;
}

/** Where the control plane's own socket lies; the folder is 0700. */
export function controlSocket(dataDir: string): string {
  return path.join(dataDir, 'run', 'platform.sock');
}

/** Opens the socket. The lock on the folder is held, so a socket that is already there is a dead one's. */
export async function serveOwner(dataDir: string, requests: OwnerRequests): Promise<Server> {
  const socket = controlSocket(dataDir);
  await rm(socket, { force: true });
  const server = createServer((incoming, reply) => {
    const answer = async (): Promise<unknown> => {
      switch (`${incoming.method} ${incoming.url}`) {
        case 'GET /identity':
          return requests.identity();
        case 'POST /sign-in':
          return requests.signIn();
        case 'POST /down':
          return requests.down();
        default:
          return null;
      }
    };
    answer().then(
      (value) => reply.writeHead(value === null ? 404 : 200).end(JSON.stringify(value)),
      (error: unknown) => reply.writeHead(500).end(JSON.stringify({ message: String(error) })),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, resolve);
  });
  return server;
}

/** Asks a Unix socket for JSON; null where nothing listens. */
export async function askSocket<T>(socket: string, method: 'GET' | 'POST', url: string): Promise<T | null> {
  if (!existsSync(socket)) return null;
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: socket, method, path: url }, (reply) => {
      json(reply).then((value) => {
        if (reply.statusCode === 200) resolve(value as T);
        else reject(fault('core.unreachable', { url: socket, reason: `HTTP ${reply.statusCode}` }));
      }, reject);
    });
    asked.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNREFUSED' || error.code === 'ENOENT' ? resolve(null) : reject(error),
    );
    asked.end();
  });
}

/** Asks the control plane of a data folder, or throws `platform.not_running`. */
export async function askOwner<T>(dataDir: string, method: 'GET' | 'POST', url: string): Promise<T> {
  const answer = await askSocket<T>(controlSocket(dataDir), method, url);
  if (answer === null) throw fault('platform.not_running', { dir: dataDir });
  return answer;
}

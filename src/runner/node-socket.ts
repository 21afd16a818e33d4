import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';

/** What a node says of itself on its socket; by it, never by a pid, it is found again. */
export interface NodeIdentity {
  installationId: string;
  nodeId: string;
  version: string;
  pid: number;
  state: 'starting' | 'idle' | 'busy' | 'ending';
  jobId: number | null;
}

/** `GET /` answers the identity; `POST /end` and `POST /drain` are orders, answered at once with the identity. */
export async function serveNode(
  socket: string,
  identity: () => NodeIdentity,
  orders: { end(): void; drain(): void },
): Promise<Server> {
  await rm(socket, { force: true });
  const server = createServer((request, reply) => {
    const asked = `${request.method} ${request.url}`;
    request.resume();
    if (asked === 'POST /end') orders.end();
    else if (asked === 'POST /drain') orders.drain();
    else if (asked !== 'GET /') {
      reply.writeHead(404).end('{}');
      return;
    }
    reply
      .writeHead(200, { 'content-type': 'application/json', connection: 'close' })
      .end(JSON.stringify(identity()));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, () => resolve());
  });
  await chmod(socket, 0o600);
  return server;
}

import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

// Child process: `bare-proxy.ts SOCKET`; passes pictures on to a model server and does nothing else. What the gateway
// adds beyond it is Seto's; what it adds itself is Node's HTTP and the machine's switching between processes.
const agent = new Agent({ keepAlive: true });
const server = createServer((incoming, response) => {
  const body: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => body.push(chunk));
  incoming.on('end', () => {
    const bytes = Buffer.concat(body);
    const outgoing = request(
      {
        socketPath: process.argv[2],
        method: 'POST',
        path: '/predict',
        agent,
        headers: {
          'content-type': incoming.headers['content-type'] ?? '',
          'content-length': bytes.length,
        },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const whole = Buffer.concat(chunks);
          response.writeHead(answer.statusCode ?? 502, { 'content-length': whole.length });
          response.end(whole);
        });
      },
    );
    outgoing.on('error', () => response.destroy());
    outgoing.end(bytes);
  });
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));

import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { uptime } from 'node:os';

/** A node process that does nothing: answers on its socket, ends when told. `stubborn` ignores every signal but KILL. */
const [file = ''] = process.argv.slice(2);
const { nodeId, installationId, socket, recordFile, leaseFile, prolongMs, mode } = JSON.parse(
  readFileSync(file, 'utf8'),
) as Record<string, string>;
if (leaseFile && Number(prolongMs) > 0)
  writeFileSync(leaseFile, `${Math.ceil(uptime() + Number(prolongMs) / 1000)}\n`);
const startedAt = Date.now();
const end = () => {
  if (mode === 'stubborn') return;
  if (recordFile) writeFileSync(recordFile, JSON.stringify({ nodeId, startedAt, endedAt: Date.now() }));
  process.exit(0);
};
process.on('SIGTERM', end);
const server = createServer((request, reply) => {
  if (request.method === 'POST') {
    reply.end('{}', () => end());
    return;
  }
  reply.end(JSON.stringify({ installationId, nodeId, version: '0', state: 'idle' }));
});
if (mode !== 'silent') server.listen(socket);
else setInterval(() => undefined, 60_000);

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type * as z from 'zod';
import type { statusSchema } from '../api/contract/platform.ts';
import { run } from '../shared/subprocess.ts';

const now: z.infer<typeof statusSchema> = {
  version: '0',
  installationId: 'seto-1',
  url: 'http://127.0.0.1:7480',
  gatewayUrl: 'http://127.0.0.1:7500',
  isolation: 'bubblewrap',
  jobs: {
    running: 0,
    waiting: [
      { jobId: 5, name: 'train', tags: ['gpu'], pendingReason: { code: 'no_pool', values: {} } },
      { jobId: 6, name: 'gate', tags: [], pendingReason: null },
    ],
  },
  nodes: [],
  endpoints: [],
  month: [],
};
const server = createServer((_request, response) => void response.end(JSON.stringify(now)));
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => void server.close());

it.each([
  ['ja', 'タグ gpu を受け持つプールがありません', 'ランナーを待っています'],
  ['en', 'no pool carries its tags: gpu', 'waiting for a runner'],
])('says in %s why each job waits', async (lang, first, second) => {
  const { port } = server.address() as AddressInfo;
  const main = path.join(import.meta.dirname, '../main.ts');
  const result = await run([process.execPath, main, 'status', '--lang', lang], {
    env: { PATH: process.env['PATH'] ?? '', SETO_URL: `http://127.0.0.1:${port}`, SETO_TOKEN: 't' },
    timeoutMs: 30_000,
  });
  const lines = result.stdout.toString().split('\n');
  expect(lines).toContain(`  #5  train  ${first}`);
  expect(lines).toContain(`  #6  gate   ${second}`);
});

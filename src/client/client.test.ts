import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { protectRef } from '../api/contract/projects.ts';
import { registryHead } from '../api/contract/registry.ts';
import { createClient } from './client.ts';

it('asks for exactly the thing that is named, whatever characters the name has', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = createClient({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: 't',
  });
  await client.call(protectRef, { params: { group: 'line', name: 'parts', ref: 'release/*' } });
  await client.call(registryHead, { params: { '*': 'line/parts/manifests/a' } });
  await client.close();
  server.close();
  expect(asked).toEqual([
    '/api/v1/projects/line/parts/protected-refs/release%2F*',
    '/v2/line/parts/manifests/a',
  ]);
});

import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { closers, healthy, live, load, stage } from '../../test/support/gateway-stage.ts';
import { sha256 } from '../shared/ids.ts';

test('switching releases under load loses no request', { timeout: 60_000 }, async () => {
  const { dir, gateway, link, spec, routes } = await stage();
  await link.startServer(spec('a'));
  await healthy(link, 'rel-a');
  await routes({ live: live(dir, 'a') });
  const stop = load(gateway.url, 8);
  let before = 'a';
  for (const next of ['b', 'c', 'd']) {
    await link.startServer(spec(next));
    await healthy(link, `rel-${next}`);
    await routes({ live: live(dir, next) });
    await link.stopServer(`rel-${before}`, 5000);
    before = next;
  }
  const { sent, failed, versions } = await stop();
  expect(failed).toEqual([]);
  expect([...versions].sort()).toEqual(['a', 'b', 'c', 'd']);
  expect(sent).toBeGreaterThan(50);
  expect((await link.servers()).map(({ id }) => id)).toEqual(['rel-d']);
});

test('goes on from its own file after a restart, starts the servers in it, and refuses an older file', {
  timeout: 60_000,
}, async () => {
  const { dir, gateway, open, link, spec, routes } = await stage();
  await routes({ live: live(dir, 'a') }, { servers: [spec('a')] });
  await healthy(link, 'rel-a');
  const url = gateway.url;
  await gateway.close();
  const again = await open();
  expect(again.url).toBe(url);
  const response = await fetch(`${again.url}/e/inspection/predict`, {
    method: 'POST',
    body: Buffer.alloc(4),
  });
  expect(response.status).toBe(200);
  const identity = await link.identity();
  writeFileSync(
    path.join(dir, 'run/routes.json'),
    JSON.stringify({
      installationId: 'seto-test',
      epoch: 0,
      revision: 99,
      ship: null,
      endpoints: [],
      servers: [],
      predictions: { keep: 'all', spoolBytes: 1 },
      limits: { bodyBytes: 1, maxConcurrent: 1 },
    }),
  );
  expect((await link.reload()).revision).toBe(identity.revision);
});

test('keys: none needed on this machine, but for feedback; a page of another site and a proxy are not this machine', async () => {
  const { dir, gateway, link, spec, routes } = await stage();
  await link.startServer(spec('a'));
  await healthy(link, 'rel-a');
  await routes({ live: live(dir, 'a'), keys: [sha256('seto_key')], people: [sha256('seto_person')] });
  const ask = async (
    action: string,
    headers: Record<string, string>,
    body: string | Buffer = Buffer.alloc(4),
  ) => (await fetch(`${gateway.url}/e/inspection/${action}`, { method: 'POST', headers, body })).status;
  const label = JSON.stringify({ reference: 'SN-1', label: 'ok' });
  expect(await ask('predict', {})).toBe(200);
  expect(await ask('predict', { 'x-forwarded-for': '192.0.2.7' })).toBe(401);
  expect(await ask('predict', { 'x-real-ip': '192.0.2.7' })).toBe(401);
  expect(await ask('predict', { 'sec-fetch-site': 'cross-site' })).toBe(401);
  expect(await ask('predict', { 'x-forwarded-for': '192.0.2.7', 'x-api-key': 'seto_key' })).toBe(200);
  expect(await ask('predict', { authorization: 'Bearer wrong' })).toBe(403);
  expect(await ask('feedback', {}, label)).toBe(401);
  expect(await ask('feedback', { authorization: 'Bearer wrong' }, label)).toBe(403);
  expect(await ask('feedback', { authorization: 'Bearer seto_key' }, label)).toBe(202);
  expect(await ask('feedback', { authorization: 'Bearer seto_person' }, label)).toBe(202);
  expect(await ask('feedback', { authorization: 'Bearer seto_key' }, '{"label":"ok"}')).toBe(400);
  const typo = JSON.stringify({ reference: 'SN-1', label: 'okk' });
  expect(await ask('feedback', { 'x-api-key': 'seto_key' }, typo)).toBe(202);
  await routes({
    live: { releaseId: 'rel-a', upstream: { socket: path.join(dir, 's/a/s') }, labels: ['ok'] },
    keys: [sha256('seto_key')],
  });
  expect(await ask('feedback', { 'x-api-key': 'seto_key' }, typo)).toBe(422);
  expect(await ask('feedback', { 'x-api-key': 'seto_key' }, label)).toBe(202);
  await routes({ live: live(dir, 'a'), open: true });
  expect(await ask('predict', { 'x-forwarded-for': '192.0.2.7' })).toBe(200);
  expect((await fetch(`${gateway.url}/e/nothing/predict`, { method: 'POST' })).status).toBe(404);
  expect((await fetch(`${gateway.url}/e/%zz/predict`, { method: 'POST' })).status).toBe(404);
  await routes({ live: null });
  expect(await ask('predict', {})).toBe(503);
});

test('told to end, answers what it was asked before', { timeout: 30_000 }, async () => {
  const { dir, gateway, link, spec, routes } = await stage();
  await link.startServer(spec('a'));
  await healthy(link, 'rel-a');
  await routes({ live: live(dir, 'a') });
  const asked = fetch(`${gateway.url}/e/inspection/predict`, {
    method: 'POST',
    headers: { 'content-type': 'x-slow/once' },
    body: Buffer.alloc(4),
  });
  await new Promise((resolve) => setTimeout(resolve, 200));
  const closed = gateway.close();
  expect((await asked).status).toBe(200);
  await closed;
  await expect(fetch(gateway.url)).rejects.toThrow('fetch failed');
});

test('multipart with reference and group, v2 passed on, limits kept, statistics stay inside', async () => {
  const { dir, gateway, link, spec, routes } = await stage();
  await link.startServer(spec('a'));
  await healthy(link, 'rel-a');
  await routes({ live: live(dir, 'a') }, { limits: { bodyBytes: 10_000, maxConcurrent: 8 } });
  const form = new FormData();
  form.set('reference', '部品-17');
  form.set('group', 'part-3');
  form.set('file', new Blob([Buffer.alloc(321)], { type: 'image/png' }), 'p.png');
  const response = await fetch(`${gateway.url}/e/inspection/predict`, { method: 'POST', body: form });
  const body = (await response.json()) as { size: number };
  expect(body.size).toBe(321);
  expect(response.headers.get('x-seto-statistics')).toBeNull();
  const tensor = await fetch(`${gateway.url}/e/inspection/v2/models/m/infer?x=1`, {
    method: 'POST',
    body: '{}',
  });
  expect(((await tensor.json()) as { path: string }).path).toBe('/v2/models/m/infer?x=1');
  const large = await fetch(`${gateway.url}/e/inspection/predict`, {
    method: 'POST',
    body: Buffer.alloc(10_001),
  });
  expect(large.status).toBe(413);
  const bad = await fetch(`${gateway.url}/e/inspection/predict`, {
    method: 'POST',
    headers: { 'x-seto-group': 'two words' },
    body: Buffer.alloc(4),
  });
  expect(bad.status).toBe(400);
  for (const field of ['file', 'other']) {
    const cut = await fetch(`${gateway.url}/e/inspection/predict`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: `--b\r\nContent-Disposition: form-data; name="${field}"; filename="p"\r\n\r\nhalf a pict`,
    });
    expect(await cut.json()).toMatchObject({ error: { code: 'core.bad_input' } });
  }
  for (const action of ['predict', 'feedback'])
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const wrong = await fetch(`${gateway.url}/e/inspection/${action}`, { method });
      expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    }
  const packed = (bytes: number) =>
    fetch(`${gateway.url}/e/inspection/predict`, {
      method: 'POST',
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(bytes)),
    });
  expect(await (await packed(9_999)).json()).toMatchObject({ size: 9_999 });
  expect((await packed(10_001)).status).toBe(413);
  const tooMuch = await fetch(`${gateway.url}/e/inspection/v2/models/m/infer`, {
    method: 'POST',
    body: Buffer.alloc(10_001),
  });
  expect(await tooMuch.json()).toEqual({ error: expect.stringContaining('larger than') });
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(metrics).toContain('seto_gateway_requests_total{endpoint="inspection",status="413"} 3');
});

test('what was spooled while the control plane was away arrives, each record once it is acknowledged', {
  timeout: 30_000,
}, async () => {
  const { dir, gateway, link, spec, routes } = await stage();
  await link.startServer(spec('a'));
  await healthy(link, 'rel-a');
  const got: string[] = [];
  let refuse = 2;
  const control: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      refuse -= 1;
      if (refuse >= 0) return response.writeHead(503).end();
      expect(request.headers.authorization).toBe('Bearer seto_gateway');
      const text = Buffer.concat(chunks).toString('latin1');
      const newline = text.indexOf('\n');
      const header = JSON.parse(text.slice(0, newline)) as { recordBytes: number; pictureBytes: number };
      const records = text
        .slice(newline + 1, newline + 1 + header.recordBytes)
        .trim()
        .split('\n');
      got.push(...records);
      expect(text.length).toBe(newline + 1 + header.recordBytes + header.pictureBytes);
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve));
  closers.push(() => control.close());
  const url = `http://127.0.0.1:${(control.address() as AddressInfo).port}`;
  await routes({ live: live(dir, 'a'), keys: [sha256('k')] }, { ship: { url, token: 'seto_gateway' } });
  for (let at = 0; at < 5; at += 1)
    await fetch(`${gateway.url}/e/inspection/predict`, {
      method: 'POST',
      headers: { 'x-seto-reference': `SN-${at}` },
      body: Buffer.alloc(100 + at, at),
    });
  await fetch(`${gateway.url}/e/inspection/feedback`, {
    method: 'POST',
    headers: { 'x-api-key': 'k' },
    body: JSON.stringify({ reference: 'SN-3', label: 'defect' }),
  });
  for (let tries = 0; tries < 200 && got.length < 6; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const records = got.map(
    (line) => JSON.parse(line) as { kind: string; reference: string; picture?: { offset: number } },
  );
  expect(records.map(({ kind, reference }) => `${kind} ${reference}`)).toEqual([
    ...[0, 1, 2, 3, 4].map((at) => `prediction SN-${at}`),
    'feedback SN-3',
  ]);
  expect(records[2]?.picture?.offset).toBe(201);
});

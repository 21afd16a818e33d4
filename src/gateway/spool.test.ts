import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SpoolRecord } from '../api/contract/gateway.ts';
import { type Clock, systemClock } from '../shared/clock.ts';
import { silentLog } from '../shared/log.ts';
import { shipSegments } from './shipper.ts';
import { openSpool } from './spool.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'seto-spool-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

let at = 1_000_000;
const clock: Clock = { ...systemClock, now: () => at };

const prediction = (id: number, size = 10): SpoolRecord & { kind: 'prediction' } => ({
  kind: 'prediction',
  id: String(id).padStart(32, '0'),
  at: 1,
  endpoint: 'inspection',
  releaseId: 'rel-a',
  reference: null,
  group: null,
  picture: { sha256: 'x', size, offset: null },
  answer: { label: 'ok', score: 1 },
  statistics: null,
  tookMs: 1,
});
const feedback = (id: string): SpoolRecord & { kind: 'feedback' } => ({
  kind: 'feedback',
  id,
  at: 1,
  endpoint: 'inspection',
  predictionId: null,
  reference: 'SN-1',
  label: 'ok',
  by: 'key:1',
});

const lines = (segment: string): SpoolRecord[] =>
  readFileSync(path.join(folder, `${segment}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as SpoolRecord);

test('a process that ends without closing leaves every answered record to the next', async () => {
  const dead = openSpool(folder, () => 1e9, clock, silentLog);
  await Promise.all(
    Array.from({ length: 50 }, (_, id) => dead.prediction(prediction(id), Buffer.alloc(10, id))),
  );
  await dead.feedback(feedback('f1'));
  const next = openSpool(folder, () => 1e9, clock, silentLog);
  await next.prediction(prediction(99), Buffer.alloc(10));
  const segment = (await next.nextToShip()) ?? '';
  const records = lines(segment);
  expect(records).toHaveLength(51);
  const pictures = readFileSync(path.join(folder, `${segment}.pictures`));
  for (const record of records)
    if (record.kind === 'prediction') expect(pictures[record.picture?.offset ?? -1]).toBe(Number(record.id));
  await next.shipped(segment);
  at += 5000;
  const second = (await next.nextToShip()) ?? '';
  expect(lines(second)).toHaveLength(1);
  expect(second > segment).toBe(true);
  await next.shipped(second);
  expect(readdirSync(folder)).toEqual([]);
  await next.close();
});

test('a full spool drops pictures first, then predictions, never feedback', async () => {
  const spool = openSpool(folder, () => 20_000, clock, silentLog);
  const results: boolean[] = [];
  for (let id = 0; id < 80; id += 1)
    results.push(await spool.prediction(prediction(id, 4000), Buffer.alloc(4000)));
  const { droppedPictures, droppedPredictions, bytes } = spool.counts();
  expect(droppedPictures).toBeGreaterThan(0);
  expect(droppedPredictions).toBeGreaterThan(0);
  expect(results[0]).toBe(true);
  expect(results.at(-1)).toBe(false);
  expect(bytes).toBeLessThan(20_000);
  await spool.feedback(feedback('f1'));
  at += 5000;
  const segment = (await spool.nextToShip()) ?? '';
  expect(lines(segment).at(-1)?.kind).toBe('feedback');
  await spool.close();
});

test('while nobody takes segments, each one still ends at its size', async () => {
  const spool = openSpool(folder, () => 1e9, clock, silentLog);
  const size = 8 * 1024 * 1024;
  for (let id = 0; id < 10; id += 1) await spool.prediction(prediction(id, size), Buffer.alloc(size, id));
  const pictures = readdirSync(folder).filter((name) => name.endsWith('.pictures'));
  expect(pictures.length).toBeGreaterThan(2);
  for (const name of pictures) expect(statSync(path.join(folder, name)).size).toBeLessThanOrEqual(4 * size);
  const sent: string[] = [];
  at += 5000;
  for (let next = await spool.nextToShip(); next !== null; next = await spool.nextToShip()) {
    sent.push(...lines(next).map(({ id }) => id));
    await spool.shipped(next);
  }
  expect(sent.map(Number)).toEqual([...Array(10).keys()]);
  await spool.close();
});

test('a segment whose last line was cut by a power cut is still shipped', async () => {
  const spool = openSpool(folder, () => 1e9, clock, silentLog);
  await spool.prediction(prediction(1), null);
  await spool.close();
  const [name = ''] = readdirSync(folder).filter((each) => each.endsWith('.jsonl'));
  appendFileSync(path.join(folder, name), '{"kind":"predic');
  const next = openSpool(folder, () => 1e9, clock, silentLog);
  expect(await next.nextToShip()).toBe(name.replace('.jsonl', ''));
  await next.close();
});

test('a disk that fails does not end the shipping, and with it the gateway', async () => {
  const spool = openSpool(folder, () => 1e9, clock, silentLog);
  const ending = new AbortController();
  let asked = 0;
  const failing = {
    ...spool,
    nextToShip: async () => {
      asked += 1;
      if (asked === 3) ending.abort();
      throw new Error('EIO');
    },
  };
  const ship = { url: 'http://127.0.0.1:9', token: 't' };
  await shipSegments(
    folder,
    failing,
    () => ship,
    { ...clock, sleep: async () => undefined },
    silentLog,
    ending.signal,
  );
  expect(asked).toBe(3);
  await spool.close();
});

test('a segment that the control plane refuses is set aside, and those behind it go on', async () => {
  const spool = openSpool(folder, () => 1e9, clock, silentLog);
  const size = 8 * 1024 * 1024;
  for (const id of [1, 2]) {
    await spool.prediction(prediction(id, size), Buffer.alloc(size, id));
    await spool.close();
  }
  const asked: string[] = [];
  const control = createServer((request, response) => {
    request.once('data', (chunk: Buffer) => {
      const { segment } = JSON.parse(chunk.toString('latin1').split('\n', 1)[0] ?? '') as { segment: string };
      asked.push(segment);
      // Refused at the header line, as a segment with too many records is: the rest is not read.
      if (asked.length === 3) return response.writeHead(400, { connection: 'close' }).end('{}');
      if (asked.length < 3) return response.writeHead(asked.length === 1 ? 401 : 503).end('{}');
      request.on('end', () => response.end('{}')).resume();
    });
  });
  await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve));
  const next = openSpool(folder, () => 2.5 * size, clock, silentLog);
  const ending = new AbortController();
  const { port } = control.address() as AddressInfo;
  const ship = { url: `http://127.0.0.1:${port}`, token: 't' };
  const sleep = async (): Promise<void> => {
    if (next.counts().segments === 0) ending.abort();
  };
  await shipSegments(folder, next, () => ship, { ...clock, sleep }, silentLog, ending.signal);
  control.close();
  const [first = '', second = ''] = [...new Set(asked)];
  expect(asked).toEqual([first, first, first, second]);
  expect(first < second).toBe(true);
  expect(readdirSync(folder).sort()).toEqual([`${first}.jsonl.refused`, `${first}.pictures.refused`]);
  expect(next.counts()).toMatchObject({ bytes: 0, segments: 0, refusedSegments: 1 });
  const later = openSpool(folder, () => 1.5 * size, clock, silentLog);
  expect(later.counts().refusedSegments).toBe(1);
  expect(await later.nextToShip()).toBe(null);
  await later.prediction(prediction(3, size), Buffer.alloc(size));
  expect(later.counts().droppedPictures).toBe(1);
  await later.close();
});

test('pictures whose records are gone already are removed', async () => {
  const spool = openSpool(folder, () => 1e9, clock, silentLog);
  await spool.prediction(prediction(1), Buffer.alloc(10));
  await spool.close();
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.jsonl')))
    rmSync(path.join(folder, name));
  expect(readdirSync(folder)).toHaveLength(1);
  await openSpool(folder, () => 1e9, clock, silentLog).close();
  expect(readdirSync(folder)).toEqual([]);
});

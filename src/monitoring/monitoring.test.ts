import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SpoolRecord } from '../api/contract/gateway.ts';
import type { Endpoint } from '../deployments/endpoint-rows.ts';
import type { Release } from '../deployments/release-rows.ts';
import { type Clock, systemClock } from '../shared/clock.ts';
import { silentLog } from '../shared/log.ts';
import { blobKey, type ObjectStore } from '../storage/object-store.ts';
import { createDiskStore } from '../storage/stores/disk-store.ts';
import { openMigrated } from '../store/migrations.ts';
import type { Store } from '../store/store.ts';
import { createMonitoring, type Monitoring } from './monitoring.ts';
import type { Addition } from './ports.ts';
import { forgetOld } from './retention.ts';

const endpoint: Endpoint = {
  id: 1,
  name: 'inspection',
  projectId: 7,
  open: false,
  memoryMb: 1,
  keep: 3,
  createdAt: 0,
};
const live: Release = {
  id: 'rel-a',
  endpointId: 1,
  image: 'i',
  imageDigest: 'i',
  modelDigest: 'm1',
  modelName: 'parts',
  pipelineId: 1,
  actor: 'user:1',
  ungated: false,
  state: 'live',
  reason: null,
  wanted: 1,
  since: 0,
  upstream: null,
  createdAt: 0,
  liveAt: 0,
};

let folder = '';
let store: Store;
let objects: ObjectStore;
let now = 1_000_000_000;
const clock: Clock = { ...systemClock, now: () => now };
let policy = 'retrain: { endpoint: inspection, data: parts, when: { newLabels: 3 }, coolDown: 1h }';
let appended: Addition[][] = [];
let started: { variables: Readonly<Record<string, string>>; idempotencyKey: string; userId: number }[] = [];
let failOnce: Error | null = null;
let pipelineStatus = 'success';
let whileAppending: () => void = () => undefined;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'seto-mon-'));
  store = openMigrated(path.join(folder, 'seto.db'));
  objects = createDiskStore(path.join(folder, 'objects'));
  store.run(
    "INSERT INTO endpoints (id, name, project_id, memory_mb, keep, created_at) VALUES (1, 'inspection', 7, 1, 3, 0)",
  );
  now = 1_000_000_000;
  appended = [];
  started = [];
  failOnce = null;
  pipelineStatus = 'success';
  whileAppending = () => undefined;
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

function monitoring(): Monitoring {
  return createMonitoring({
    store,
    clock,
    log: silentLog,
    audit: () => undefined,
    objects,
    deployments: {
      endpointNamed: (name) => (name === 'inspection' ? endpoint : null),
      endpointById: () => endpoint,
      endpoints: () => [endpoint],
      live: () => live,
      release: (id) => (id === 'rel-a' ? live : null),
    },
    project: (id) => ({ id, path: 'g/p', defaultBranch: 'main', ownerId: 42 }),
    files: { read: async () => policy },
    models: { manifest: async () => null, labels: () => ['defect', 'ok'] },
    data: {
      newest: () => 'base',
      append: async ({ additions }) => {
        appended.push(additions);
        whileAppending();
        return 'snapshot-2';
      },
    },
    pipelines: {
      startPipeline: async (request) => {
        if (failOnce !== null) {
          const error = failOnce;
          failOnce = null;
          throw error;
        }
        if (!started.some(({ idempotencyKey }) => idempotencyKey === request.idempotencyKey))
          started.push(request);
        return { pipelineId: 100 + started.length };
      },
      status: () => pipelineStatus,
    },
    timeZone: 'Asia/Tokyo',
    retention: { days: 30, maxGb: 50 },
  });
}

const idOf = (n: number): string => String(n).padStart(32, '0');
const pictureOf = (n: number): Buffer =>
  Buffer.concat([Buffer.from('\x89PNG', 'latin1'), Buffer.alloc(20, n)]);
const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

function segment(name: string, ids: readonly number[], extra: SpoolRecord[] = []): Readable {
  const pictures = ids.map(pictureOf);
  const records: SpoolRecord[] = ids.map((n, index) => ({
    kind: 'prediction',
    id: idOf(n),
    at: now,
    endpoint: 'inspection',
    releaseId: 'rel-a',
    reference: `SN-${n}`,
    group: n % 2 ? `part-${n}` : null,
    picture: { sha256: digestOf(pictureOf(n)), size: 24, offset: index * 24 },
    answer: { label: 'ok', score: 0.8, decision: 'pass' },
    statistics: null,
    tookMs: 1,
  }));
  const lines = Buffer.from([...records, ...extra].map((each) => `${JSON.stringify(each)}\n`).join(''));
  const blobs = Buffer.concat(pictures);
  const header = JSON.stringify({ segment: name, recordBytes: lines.length, pictureBytes: blobs.length });
  const whole = Buffer.concat([Buffer.from(`${header}\n`), lines, blobs]);
  return Readable.from([whole.subarray(0, 50), whole.subarray(50, 300), whole.subarray(300)]);
}

test('a segment sent twice counts once, and a picture is found again byte for byte', async () => {
  const monitor = monitoring();
  expect(await monitor.ingest(segment('s1', [1, 2, 3]))).toEqual({ predictions: 3, feedback: 0 });
  await monitor.ingest(segment('s1', [1, 2, 3]));
  const view = await monitor.show(endpoint, 'en');
  expect(view.predictions.total).toBe(3);
  const place = store.get<{ segment: string; offset: number }>(
    'SELECT segment, picture_offset AS offset FROM predictions WHERE id = ?',
    idOf(2),
  );
  const stored = await objects.get(`predictions/${place?.segment}`, {
    first: place?.offset ?? 0,
    last: (place?.offset ?? 0) + 23,
  });
  expect(stored && (await buffer(stored)).equals(pictureOf(2))).toBe(true);
});

test('feedback finds its prediction whichever comes first; the newest label and the newest reference count', async () => {
  const monitor = monitoring();
  const early = monitor.giveFeedback(
    1,
    [
      { reference: 'SN-1', label: 'defect' },
      { predictionId: idOf(2), label: 'ok' },
    ],
    'user:1',
  );
  expect(early).toEqual({ matched: 0, waiting: 2 });
  now -= 1000;
  await monitor.ingest(segment('s1', [1, 2]));
  now += 2000;
  let view = await monitor.show(endpoint, 'en');
  expect(view.accuracy).toMatchObject({ n: 2, rate: 0.5 });
  expect(view.feedback).toMatchObject({ total: 2, waiting: 0 });
  expect(monitor.giveFeedback(1, [{ reference: 'SN-1', label: 'ok' }], 'user:1')).toEqual({
    matched: 1,
    waiting: 0,
  });
  view = await monitor.show(endpoint, 'en');
  expect(view.accuracy).toMatchObject({ n: 2, rate: 1 });
  expect(monitor.newest(1, 10).map(({ feedback }) => feedback)).toEqual(['ok', 'ok']);
});

test('enough labels start one retraining, on a snapshot with the pictures, as the owner; then it cools down', async () => {
  const monitor = monitoring();
  await monitor.ingest(segment('s1', [1, 2, 3]));
  monitor.giveFeedback(
    1,
    [1, 2].map((n) => ({ reference: `SN-${n}`, label: 'defect' })),
    'user:1',
  );
  await monitor.evaluate();
  expect(started).toEqual([]);
  monitor.giveFeedback(1, [{ reference: 'SN-3', label: 'ok' }], 'user:1');
  await monitor.evaluate();
  expect(started).toMatchObject([
    {
      userId: 42,
      variables: {
        SETO_DATA_PARTS: 'snapshot-2',
        SETO_RETRAIN_REASON: expect.stringContaining('new_labels'),
      },
    },
  ]);
  expect(
    appended[0]?.map(({ label, group, path: name }) => ({ label, group, name: name.slice(0, 9) })),
  ).toEqual([
    { label: 'defect', group: 'part-1', name: 'feedback-' },
    { label: 'defect', group: null, name: 'feedback-' },
    { label: 'ok', group: 'part-3', name: 'feedback-' },
  ]);
  expect(await objects.head(blobKey(digestOf(pictureOf(2))))).not.toBeNull();
  await monitor.ingest(segment('s2', [4, 5, 6]));
  monitor.giveFeedback(
    1,
    [4, 5, 6].map((n) => ({ reference: `SN-${n}`, label: 'ok' })),
    'user:1',
  );
  await monitor.evaluate();
  expect((await monitor.show(endpoint, 'en')).policy?.decision.reason).toBe('cool_down');
  now += 3_600_000;
  pipelineStatus = 'running';
  await monitor.evaluate();
  expect(started).toHaveLength(1);
  pipelineStatus = 'failed';
  await monitor.evaluate();
  expect(started).toHaveLength(2);
  expect(appended[1]).toHaveLength(3);
});

test('a label that the live model does not know is refused by name, with all that came with it', async () => {
  const monitor = monitoring();
  await monitor.ingest(segment('s1', [1, 2]));
  const items = [
    { reference: 'SN-1', label: 'ok' },
    { reference: 'SN-2', label: 'defcet' },
  ];
  expect(() => monitor.giveFeedback(1, items, 'user:1')).toThrow('no label “defcet”; it knows defect, ok');
  expect((await monitor.show(endpoint, 'en')).feedback).toMatchObject({ total: 0 });
});

test('a picture labelled anew while its snapshot is made is learnt with the new label by the next one', async () => {
  const monitor = monitoring();
  await monitor.ingest(segment('s1', [1, 2, 3]));
  monitor.giveFeedback(
    1,
    [1, 2, 3].map((n) => ({ reference: `SN-${n}`, label: 'ok' })),
    'user:1',
  );
  whileAppending = () => {
    now += 1000;
    monitor.giveFeedback(1, [{ reference: 'SN-2', label: 'defect' }], 'user:1');
  };
  await monitor.evaluate();
  expect(appended).toHaveLength(1);
  expect((await monitor.show(endpoint, 'en')).feedback.sinceRetraining).toBe(1);
});

test('a picture whose bytes a power cut took does not keep the others from being learnt', async () => {
  const monitor = monitoring();
  await monitor.ingest(segment('s1', [1, 2, 3]));
  store.run('UPDATE predictions SET picture_sha256 = ? WHERE id = ?', digestOf(Buffer.from('lost')), idOf(2));
  monitor.giveFeedback(
    1,
    [1, 2, 3].map((n) => ({ reference: `SN-${n}`, label: 'ok' })),
    'user:1',
  );
  await monitor.evaluate();
  expect(appended[0]?.map(({ sha256 }) => sha256)).toEqual([1, 3].map((n) => digestOf(pictureOf(n))));
  expect(started).toHaveLength(1);
});

test('a retraining that was cut short is finished by the next process, once', async () => {
  const first = monitoring();
  await first.ingest(segment('s1', [1, 2, 3]));
  first.giveFeedback(
    1,
    [1, 2, 3].map((n) => ({ reference: `SN-${n}`, label: 'ok' })),
    'user:1',
  );
  failOnce = new Error('killed here');
  await first.evaluate();
  expect(started).toEqual([]);
  const second = monitoring();
  await second.evaluate();
  await second.evaluate();
  expect(started).toHaveLength(1);
  expect(appended).toHaveLength(1);
});

test('old pictures and rows go, labelled pictures that no data set has yet stay', async () => {
  const monitor = monitoring();
  await monitor.ingest(segment('s1', [1, 2]));
  await monitor.ingest(segment('s2', [3, 4]));
  monitor.giveFeedback(1, [{ reference: 'SN-3', label: 'ok' }], 'user:1');
  now += 31 * 86_400_000;
  expect(await forgetOld(store, objects, clock, { days: 30, maxGb: 1 })).toEqual({ segments: 1, rows: 2 });
  expect(await objects.head('predictions/s1')).toBeNull();
  expect(await objects.head('predictions/s2')).not.toBeNull();
});

test('a broken policy is shown with its place and starts nothing', async () => {
  policy = 'retrain: { endpoint: inspection, data: parts, when: { newLabels: many } }';
  const monitor = monitoring();
  await monitor.evaluate();
  const view = await monitor.show(endpoint, 'en');
  expect(view.policyProblem).toContain('.seto.yaml:1:');
  policy = 'retrain: { endpoint: inspection, data: parts, when: { newLabels: 3 }, coolDown: 1h }';
});

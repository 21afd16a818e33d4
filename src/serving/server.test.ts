import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import { silentLog } from '../shared/log.ts';
import { loadHooks } from './hooks.ts';
import { createModelServer, statisticsHeader } from './server.ts';
import { type OpenModel, openModel } from './session.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'seto-serving-'));
const version = 'a'.repeat(64);
const decision = { reject: ['defect'], threshold: 0.5 };
let model: OpenModel;
let server: Server;
let url = '';
let bright: Buffer;
let dark: Buffer;

const listen = async (made: Server): Promise<string> => {
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
};
const grey = (level: number) =>
  sharp({ create: { width: 32, height: 20, channels: 3, background: { r: level, g: level, b: level } } })
    .png()
    .toBuffer();

beforeAll(async () => {
  model = await openModel(writeTinyModel(path.join(dir, 'model'), { batch: 'N', decision }));
  server = createModelServer({ model, hooks: { pre: null, post: null }, version, log: silentLog });
  url = await listen(server);
  [bright, dark] = await Promise.all([grey(240), grey(10)]);
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await model.close();
  rmSync(dir, { recursive: true, force: true });
});

const post = (at: string, body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
  fetch(url + at, { method: 'POST', body, headers });
const codeOf = async (reply: Response) =>
  `${reply.status} ${((await reply.json()) as { error: { code: string } }).error.code}`;

describe('/predict', () => {
  it('judges a picture sent as the body or as the part `file`', async () => {
    const reply = await post('/predict', bright.slice());
    expect(reply.status).toBe(200);
    const answer = (await reply.json()) as { scores: Record<string, number>; score: number };
    expect(answer).toMatchObject({ label: 'ok', decision: 'pass', model: { name: 'tiny', version } });
    expect(answer.score).toBe(answer.scores['ok']);
    const header = JSON.parse(Buffer.from(reply.headers.get(statisticsHeader) ?? '', 'base64url').toString());
    expect(header).toMatchObject({ mean: expect.closeTo(240, 0), scores: { ok: answer.score } });
    const form = new FormData();
    form.set('reference', 'part-1');
    form.set('file', new Blob([new Uint8Array(dark)]), 'part.png');
    expect(await (await post('/predict', form)).json()).toMatchObject({
      label: 'defect',
      decision: 'reject',
    });
  });

  it('refuses what is no picture with the reason, and goes on', async () => {
    expect(await codeOf(await post('/predict', ''))).toBe('400 serving.empty_picture');
    expect(await codeOf(await post('/predict', '<svg xmlns="http://www.w3.org/2000/svg"/>'))).toBe(
      '415 serving.not_a_picture',
    );
    const form = new FormData();
    form.set('other', new Blob(['x']));
    expect(await codeOf(await post('/predict', form))).toBe('400 serving.no_file');
    const cut = '--b\r\nContent-Disposition: form-data; name="file"; filename="p"\r\n\r\nhalf a pict';
    const type = 'multipart/form-data; boundary=b';
    expect(await codeOf(await post('/predict', cut, { 'content-type': type }))).toBe('400 serving.no_file');
    expect(await codeOf(await fetch(`${url}/predict`))).toBe('405 core.method');
    expect(await codeOf(await fetch(`${url}/nowhere`))).toBe('404 core.not_found');
    expect((await post('/predict', bright.slice())).status).toBe(200);
  });

  it('refuses a body over 20 MB', async () => {
    expect(await codeOf(await post('/predict', Buffer.alloc(20 * 1024 * 1024 + 1)))).toBe(
      '413 core.too_large',
    );
  });

  it('tells whoever comes too many to come again, and answers all it took', async () => {
    const busy = createModelServer({
      model,
      hooks: { pre: (picture) => new Promise((resolve) => setTimeout(resolve, 50, picture)), post: null },
      version,
      log: silentLog,
      limits: { running: 1, waiting: 1 },
    });
    const at = await listen(busy);
    const replies = await Promise.all(
      [1, 2, 3, 4].map(() => fetch(`${at}/predict`, { method: 'POST', body: bright.slice() })),
    );
    expect(replies.map((reply) => reply.status).sort()).toEqual([200, 200, 503, 503]);
    expect(replies.find((reply) => reply.status === 503)?.headers.get('retry-after')).toBe('1');
    busy.close();
    busy.closeAllConnections();
  });

  it('runs the hooks of the commit', async () => {
    writeFileSync(
      path.join(dir, 'pre.ts'),
      `export function pre(picture: Uint8Array): Uint8Array { return picture.subarray(4); }\n`,
    );
    writeFileSync(
      path.join(dir, 'post.ts'),
      `export function post(answer: { label: string }) { return { ...answer, lamp: answer.label === 'ok' ? 'green' : 'red' }; }\n`,
    );
    const hooked = createModelServer({ model, hooks: await loadHooks(dir), version, log: silentLog });
    const at = await listen(hooked);
    const reply = await fetch(`${at}/predict`, {
      method: 'POST',
      body: Buffer.concat([Buffer.from('HEAD'), bright]),
    });
    expect(await reply.json()).toMatchObject({ label: 'ok', lamp: 'green' });
    hooked.close();
    hooked.closeAllConnections();
  });
});

describe('Open Inference Protocol v2', () => {
  const data = Array.from({ length: 128 }, (_, index) => (index < 64 ? 1 : -1));
  const input = { name: 'picture', shape: [2, 1, 8, 8], datatype: 'FP32' };
  const at = '/v2/models/tiny/infer';

  it('tells health and metadata', async () => {
    expect(await (await fetch(`${url}/v2/health/ready`)).json()).toEqual({ ready: true });
    expect(await (await fetch(`${url}/v2`)).json()).toMatchObject({ extensions: ['binary_tensor_data'] });
    expect(await (await fetch(`${url}/v2/models/tiny/versions/${version}`)).json()).toMatchObject({
      name: 'tiny',
      inputs: [{ name: 'picture', datatype: 'FP32', shape: [-1, 1, 8, 8] }],
    });
    for (const name of ['other', '%zz', 'tiny/versions/%e0'])
      expect((await fetch(`${url}/v2/models/${name}`)).status).toBe(404);
  });

  it('infers from JSON, flat or nested', async () => {
    const flat = await post(at, JSON.stringify({ id: 'q', inputs: [{ ...input, data }] }));
    const answer = (await flat.json()) as { id: string; outputs: { shape: number[]; data: number[] }[] };
    expect(answer.id).toBe('q');
    expect(answer.outputs[0]?.shape).toEqual([2, 2]);
    const [first = 0, second = 0, third = 0, fourth = 0] = answer.outputs[0]?.data ?? [];
    expect([second > first, third > fourth]).toEqual([true, true]);
    const nested = await post(
      at,
      JSON.stringify({ inputs: [{ ...input, data: [data.slice(0, 64), data.slice(64)] }] }),
    );
    expect(((await nested.json()) as typeof answer).outputs[0]?.data).toEqual(answer.outputs[0]?.data);
  });

  it('takes and gives binary tensors', async () => {
    const tensor = Buffer.from(Float32Array.from(data).buffer);
    const json = Buffer.from(
      JSON.stringify({
        inputs: [{ ...input, parameters: { binary_data_size: tensor.length } }],
        outputs: [{ name: 'scores', parameters: { binary_data: true } }],
      }),
    );
    const reply = await post(at, Buffer.concat([json, tensor]), {
      'inference-header-content-length': String(json.length),
    });
    const length = Number(reply.headers.get('inference-header-content-length'));
    const bytes = Buffer.from(await reply.arrayBuffer());
    const head = JSON.parse(bytes.subarray(0, length).toString());
    expect(head.outputs[0]).toMatchObject({ shape: [2, 2], parameters: { binary_data_size: 16 } });
    const scores = new Float32Array(new Uint8Array(bytes.subarray(length)).buffer);
    expect((scores[0] ?? 0) + (scores[1] ?? 0)).toBeCloseTo(1, 5);
  });

  it('gives all outputs where none is named', async () => {
    const reply = await post(at, JSON.stringify({ inputs: [{ ...input, data }], outputs: [] }));
    expect(await reply.json()).toMatchObject({ outputs: [{ name: 'scores', shape: [2, 2] }] });
  });

  it('takes gzip and deflate off, with a binary tensor too, and no more than its limit', async () => {
    const body = JSON.stringify({ inputs: [{ ...input, data }] });
    const packed = [gzipSync(body), deflateSync(body)];
    for (const [index, coding] of ['gzip', 'deflate'].entries())
      expect((await post(at, packed[index] ?? '', { 'content-encoding': coding })).status).toBe(200);
    const tensor = Buffer.from(Float32Array.from(data).buffer);
    const json = JSON.stringify({ inputs: [{ ...input, parameters: { binary_data_size: tensor.length } }] });
    const headers = { 'content-encoding': 'gzip', 'inference-header-content-length': String(json.length) };
    expect((await post(at, gzipSync(Buffer.concat([Buffer.from(json), tensor])), headers)).status).toBe(200);
    const refused = async (sent: Buffer, coding: string) =>
      (await post(at, sent, { 'content-encoding': coding })).status;
    expect(await refused(gzipSync(Buffer.alloc(20 * 1024 * 1024 + 1)), 'gzip')).toBe(413);
    expect(await refused(gzipSync(body).subarray(0, 40), 'gzip')).toBe(400);
    expect(await refused(Buffer.from(body), 'gzip')).toBe(400);
    expect(await refused(Buffer.from(body), 'br')).toBe(415);
  });

  it('never answers with what is no number', async () => {
    const bytes = Buffer.from(new Float32Array(64).fill(Number.NaN).buffer);
    const one = { ...input, shape: [1, 1, 8, 8] };
    const json = JSON.stringify({ inputs: [{ ...one, parameters: { binary_data_size: 256 } }] });
    const header = { 'inference-header-content-length': String(json.length) };
    const body = Buffer.concat([Buffer.from(json), bytes]);
    const problems = [
      await post(at, body, header),
      await post(at, JSON.stringify({ inputs: [{ ...one, data: '@' }] }).replace('"@"', '[NaN]')),
      await post(at, JSON.stringify({ inputs: [{ ...one, data: Array(64).fill(1e39) }] })),
      await post(at, body, { 'inference-header-content-length': '-5' }),
    ];
    expect(problems.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
    const texts = await Promise.all(
      problems.map(async (each) => ((await each.json()) as { error: string }).error),
    );
    for (const [index, what] of ['holds NaN', 'no NaN', 'data[0] is too large', 'is -5'].entries())
      expect(texts[index]).toContain(what);
    const diverged = createModelServer({
      model: { ...model, predict: async () => [new Float32Array([Number.NaN, 1])] },
      hooks: { pre: null, post: null },
      version,
      log: silentLog,
    });
    const other = await listen(diverged);
    const asked = { inputs: [{ ...one, data: Array(64).fill(1) }] };
    const reply = await fetch(other + at, { method: 'POST', body: JSON.stringify(asked) });
    expect(reply.status).toBe(422);
    expect(await reply.json()).toEqual({ error: expect.stringContaining('not numbers') });
    diverged.close();
    diverged.closeAllConnections();
  });

  it('only reads at its addresses but infer', async () => {
    const allow = async (method: string, where: string) => {
      const reply = await fetch(url + where, { method });
      return `${reply.status} ${reply.headers.get('allow')}`;
    };
    for (const where of ['/v2', '/v2/health/live', '/v2/models/tiny', '/v2/models/tiny/ready'])
      expect(await allow('PUT', where)).toBe('405 GET, HEAD');
    expect(await allow('HEAD', '/v2/health/ready')).toBe('200 null');
    expect(await allow('GET', at)).toBe('405 POST');
  });

  it.each([
    ['another name', { inputs: [{ ...input, name: 'x', data }] }],
    ['another type', { inputs: [{ ...input, datatype: 'INT64', data }] }],
    ['another shape', { inputs: [{ ...input, shape: [1, 3, 8, 8], data }] }],
    ['too few numbers', { inputs: [{ ...input, data: data.slice(1) }] }],
    ['no numbers', { inputs: [{ ...input, data: data.map(String) }] }],
    ['another output', { inputs: [{ ...input, data }], outputs: [{ name: 'scores' }, { name: 'x' }] }],
    [
      'an extension it has not',
      { inputs: [{ ...input, data }], outputs: [{ name: 'scores', parameters: { classification: 1 } }] },
    ],
    ['a size that differs', { inputs: [{ ...input, parameters: { binary_data_size: 9 } }] }],
  ])('refuses %s', async (_name, body) => {
    const reply = await post(at, JSON.stringify(body));
    expect([reply.status, typeof ((await reply.json()) as { error: unknown }).error]).toEqual([
      400,
      'string',
    ]);
  });
});

it('shows metrics', async () => {
  const text = await (await fetch(`${url}/metrics`)).text();
  expect(text).toContain(`seto_model_info{name="tiny",version="${version}"} 1`);
  expect(text).toMatch(/seto_predictions_total\{label="ok",decision="pass"\} \d/);
});

describe('a model that does not fit', () => {
  const opening = (name: string, make: (at: string) => void) => {
    const at = path.join(dir, name);
    make(at);
    return openModel(at);
  };
  it('is refused when it is cut short', async () => {
    const cut = opening('cut', (at) => {
      writeTinyModel(at);
      truncateSync(path.join(at, 'model.onnx'), 300);
    });
    await expect(cut).rejects.toMatchObject({ code: 'serving.broken_model' });
    const empty = opening('empty', (at) => {
      writeTinyModel(at);
      truncateSync(path.join(at, 'model.onnx'), 0);
    });
    await expect(empty).rejects.toMatchObject({ code: 'serving.broken_model' });
  });
  it('is refused in the runtime’s own words, without the place in its source', async () => {
    const newer = opening('newer', (at) => {
      const file = path.join(writeTinyModel(at), 'model.onnx');
      const bytes = readFileSync(file);
      // ModelProto.ir_version (1).
      expect(bytes[0]).toBe(0x08);
      bytes[1] = 99;
      writeFileSync(file, bytes);
    });
    await expect(newer).rejects.toMatchObject({
      code: 'serving.broken_model',
      values: { reason: expect.stringMatching(/^Unsupported model IR version: 99/) },
    });
  });
  it('is refused when its labels are not its outputs', async () => {
    const odd = opening('odd', (at) => writeTinyModel(at, { outputs: 3 }));
    await expect(odd).rejects.toMatchObject({ code: 'serving.labels_mismatch' });
  });
  it('is refused when a file is missing', async () => {
    await expect(openModel(path.join(dir, 'nothing'))).rejects.toMatchObject({ code: 'serving.no_model' });
  });
  it.each([
    ['serving.external_data', [0x6a]],
    // The same key for protobuf, which drops the bit above 32.
    ['serving.broken_model', [0xea, 0x80, 0x80, 0x80, 0x10]],
  ])('is refused when its weights are elsewhere: %s', async (code, key) => {
    const external = opening('external', (at) => {
      writeTinyModel(at);
      // ModelProto.graph (7) › initializer (5) › external_data (13) › key (1), value (2).
      const entry = [0x0a, 0x08, ...Buffer.from('location'), 0x12, 0x0b, ...Buffer.from('/etc/shadow')];
      const tensor = [...key, entry.length, ...entry, 0x70, 0x01];
      const graph = [0x2a, tensor.length, ...tensor];
      writeFileSync(path.join(at, 'model.onnx'), Buffer.from([0x08, 0x08, 0x3a, graph.length, ...graph]));
    });
    await expect(external).rejects.toMatchObject({ code });
  });
  it('is refused when a hook exports nothing to call', async () => {
    const hooks = path.join(dir, 'hooks');
    mkdirSync(hooks);
    writeFileSync(path.join(hooks, 'post.ts'), 'export const nothing = 1;\n');
    await expect(loadHooks(hooks)).rejects.toMatchObject({ code: 'serving.bad_hook' });
  });
});

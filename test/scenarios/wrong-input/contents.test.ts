import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeOnnx } from '../../../samples/visual-inspection/trainer/onnx-writer.ts';
import { openPlatform, type Platform } from '../../support/platform.ts';
import { askRaw, tokenOfOwner } from '../../support/raw-http.ts';
import { writeTinyModel } from '../../support/tiny-model.ts';

let platform: Platform;
let pictures: string;
let token: string;

beforeAll(async () => {
  platform = await openPlatform();
  token = tokenOfOwner(platform);
  await platform.seto(['project', 'create', 'line/contents']);
  pictures = path.join(platform.dir, 'pictures');
  let groups = 'path,group\n';
  for (const [label, level] of [
    ['ok', 200],
    ['defect', 40],
  ] as const) {
    mkdirSync(path.join(pictures, label), { recursive: true });
    for (let at = 0; at < 12; at += 1) {
      writeFileSync(path.join(pictures, label, `${at}.png`), await png(level + at));
      groups += `${label}/${at}.png,${testGroup}\n`;
    }
  }
  writeFileSync(path.join(pictures, 'groups.csv'), `${groups}ok/odd.png,${testGroup}\n`);
});
afterAll(async () => {
  expect(await platform?.close()).toEqual([]);
});

/** A group that the split puts on the test side. */
const testGroup =
  Array.from({ length: 100 }, (_, at) => `part-${at}`).find(
    (group) => createHash('sha256').update(group).digest().readUInt32BE(0) >= 0.8 * 2 ** 32,
  ) ?? '';

const png = (grey: number) =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: { r: grey, g: grey, b: grey } } })
    .png()
    .toBuffer();
const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const japanese = { LANG: 'ja_JP.UTF-8' };

/** `seto` as someone who has made a mistake: what is told, and that it was no success. */
async function told(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { code, stderr } = await platform.seto(args, { allow: [1, 2, 3], env });
  expect(code).toBeGreaterThan(0);
  expect(stderr).not.toMatch(/at .*\.ts:\d+|internal|undefined/);
  return stderr;
}

const gate = (model: string, env: Record<string, string> = {}, data = pictures) =>
  told(['model', 'gate', model, '--data', data, '--min-accuracy', '0.5'], env);

describe('pictures', () => {
  const withOdd = async (bytes: Uint8Array | string, env: Record<string, string> = {}): Promise<string> => {
    const data = path.join(platform.dir, 'with-odd');
    if (!existsSync(data)) cpSync(pictures, data, { recursive: true });
    writeFileSync(path.join(data, 'ok/odd.png'), bytes);
    return gate(writeTinyModel(path.join(platform.dir, 'good')), env, data);
  };
  const next = 'Replace or remove this file in the data set';

  it('of no bytes', async () => {
    const said = await withOdd('');
    expect(said).toContain('ok/odd.png: The picture is empty (0 bytes)');
    expect(said).toContain(next);
    const inJapanese = await withOdd('', japanese);
    expect(inJapanese).toMatch(/ok\/odd\.png.*[ぁ-ん]/);
    expect(inJapanese).not.toContain('The picture');
  });

  it('an SVG that is named .png', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
    expect(await withOdd(svg)).toContain('ok/odd.png: This is not a JPEG, PNG, BMP or TIFF picture');
  });

  it('of 100 megapixels and more: one whose head lies, and a real one', async () => {
    const lie = Buffer.from(await png(1));
    lie.writeUInt32BE(20_000, 16);
    lie.writeUInt32BE(10_000, 20);
    lie.writeUInt32BE(crc32(lie.subarray(12, 29)), 29);
    expect(await withOdd(lie)).toContain('ok/odd.png: The picture has 20000 × 10000 pixels; at most 50');
    const real = await sharp({
      create: { width: 10_001, height: 10_000, channels: 3, background: '#888' },
      limitInputPixels: false,
    })
      .toColourspace('b-w')
      .png({ compressionLevel: 1 })
      .toBuffer();
    expect(await withOdd(real)).toContain('ok/odd.png: The picture has 10001 × 10000 pixels');
  });
});

describe('models', () => {
  it('an ONNX file that is cut short', async () => {
    const model = writeTinyModel(path.join(platform.dir, 'cut'));
    truncateSync(path.join(model, 'model.onnx'), 120);
    const said = await gate(model);
    expect(said).toContain('model.onnx cannot be loaded: the file is cut short or no ONNX');
    expect(said).toContain('train again');
    expect(await told(['model', 'push', model, '--project', 'line/contents'])).toContain('cut short');
  });

  it('an ONNX file that keeps its weights in files outside of its folder', async () => {
    const model = writeTinyModel(path.join(platform.dir, 'external'));
    const key = path.join(platform.dataDir, 'secrets.key');
    writeFileSync(path.join(model, 'model.onnx'), withExternalData(key));
    const said = await gate(model);
    expect(said).toContain('model.onnx keeps its weights in other files, which Seto does not open');
    expect(said).not.toContain(readFileSync(key, 'utf8').trim());
    expect(await told(['model', 'push', model, '--project', 'line/contents'])).toContain('other files');
  });

  it('labels that do not fit the output', async () => {
    const model = writeTinyModel(path.join(platform.dir, 'labels'), { outputs: 3 });
    expect(await gate(model)).toContain('model.json names 2 labels, but the model gives 3 scores');
    expect(await gate(model, japanese)).toMatch(/2.*[ぁ-ん].*3/);
  });

  it('leave nothing registered', async () => {
    expect(await platform.setoJson<unknown[]>(['model', 'ls'])).toEqual([]);
  });
});

describe('data sets', () => {
  it('two names that differ only in Unicode form; a symbolic link', async () => {
    const dir = path.join(platform.dir, 'odd-names');
    mkdirSync(path.join(dir, 'ok'), { recursive: true });
    writeFileSync(path.join(dir, 'ok', '\u304c.png'), await png(1));
    writeFileSync(path.join(dir, 'ok', '\u304b\u3099.png'), await png(2));
    symlinkSync('/etc/passwd', path.join(dir, 'ok', 'link.png'));
    const push = ['data', 'push', 'odd', dir, '--project', 'line/contents'];
    const said = await told(push);
    expect(said).toContain('ok/\u304c.png: differs from ok/\u304c.png only in case or Unicode form');
    expect(said).toContain('ok/link.png: a symbolic link');
    expect(said).toContain('Correct the files named here');
    expect(await told(push, japanese)).toMatch(/ok\/が\.png.*Unicode 形式/);
    expect(await platform.setoJson<unknown[]>(['data', 'ls'])).toEqual([]);
  });

  it('a manifest whose paths climb out is refused through the API', async () => {
    const json = { 'content-type': 'application/json' };
    const made = await askRaw(platform.url, '/api/v1/data/evil', {
      method: 'PUT',
      token,
      headers: json,
      body: JSON.stringify({ project: 'line/contents' }),
    });
    expect(made.status).toBe(200);
    const body = await png(7);
    const digest = sha256(body);
    const blob = `/api/v1/data/evil/blobs/${digest}`;
    expect((await askRaw(platform.url, blob, { method: 'PUT', token, body })).status).toBeLessThan(300);
    for (const climb of [
      '../../up.png',
      '/etc/cron.d/x.png',
      'ok/../../x.png',
      'ok//x.png',
      'ok/a\u0007.png',
      '.git/x.png',
    ]) {
      const manifest = `${digest} ${body.length} g ${climb}\n`;
      const put = `/api/v1/data/evil/snapshots/${sha256(manifest)}`;
      const answer = await askRaw(platform.url, put, { method: 'PUT', token, body: manifest });
      expect([climb, answer.status]).toEqual([climb, 422]);
      const { code, message } = JSON.parse(answer.text).error;
      expect([code, message]).toEqual([
        'data.refused',
        expect.stringContaining(climb.replace('\u0007', '\\x07')),
      ]);
    }
    const shown = await platform.setoJson<{ all: unknown[] }>(['data', 'show', 'evil']);
    expect(shown.all).toEqual([]);
  });
});

describe('a wrong token', () => {
  it('is refused by every face, and the answer says what to do', async () => {
    const api = await askRaw(platform.url, '/api/v1/data', { token: 'seto_wrong' });
    expect(api.status).toBe(401);
    expect(JSON.parse(api.text).error).toMatchObject({ code: 'access.bad_token' });
    const headers = { 'accept-language': 'ja' };
    expect((await askRaw(platform.url, '/api/v1/data', { token: 'seto_wrong', headers })).text).toMatch(
      /トークン/,
    );
    expect((await askRaw(platform.url, '/v2/', { token: 'seto_wrong' })).text).toContain('UNAUTHORIZED');
    const { host } = new URL(platform.url);
    const clone = await platform.git(
      platform.dir,
      ['-c', 'credential.helper=', 'clone', `http://x:seto_wrong@${host}/git/line/contents.git`, 'stolen'],
      { allow: [128] },
    );
    expect(clone.stderr).toContain('The token is not known here');
    expect(await told(['login', `${platform.url}/sign-in#seto_wrong`])).toContain('sign-in link');
  });
});

/** The tiny model with its weights said to lie in another file. */
function withExternalData(file: string): Uint8Array {
  const bytes = Buffer.from(
    writeOnnx({
      name: 'tiny',
      nodes: [{ op: 'Gemm', inputs: ['picture', 'weights'], outputs: ['scores'] }],
      tensors: [],
      input: { name: 'picture', dims: [1, 64] },
      output: { name: 'scores', dims: [1, 2] },
    }),
  );
  const field = (number: number, content: Uint8Array) =>
    Buffer.concat([Buffer.from([number * 8 + 2, ...varint(content.length)]), content]);
  const entry = (key: string, value: string) =>
    field(13, Buffer.concat([field(1, Buffer.from(key)), field(2, Buffer.from(value))]));
  // TensorProto: dims (1), data_type (2), name (8), external_data (13), data_location (14).
  const tensor = Buffer.concat([
    Buffer.from([8, 64, 8, 2, 16, 1]),
    field(8, Buffer.from('weights')),
    entry('location', file),
    Buffer.from([14 * 8, 1]),
  ]);
  // A second `graph` field is merged into the first by protobuf's rules.
  return Buffer.concat([bytes, field(7, field(5, tensor))]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

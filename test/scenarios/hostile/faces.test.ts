import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { showJob } from '../../../src/api/contract/jobs.ts';
import { showPipeline } from '../../../src/api/contract/pipelines.ts';
import { issueUserToken } from '../../../src/api/contract/users.ts';
import { openPlatform, type Platform, until } from '../../support/platform.ts';
import { askRaw, type RawRequest, tokenOfOwner } from '../../support/raw-http.ts';

/** What a compromised cloud node tries with what its job holds; one line an attempt, then its tokens as an artifact. */
const cloudProgram = (main: string) => `
import { writeFileSync } from 'node:fs';
const { SETO_URL, SETO_ID_TOKEN, CI_JOB_TOKEN } = process.env;
const post = (base, path, body, token, method = 'POST', type = 'application/json') => fetch(base + path, { method, body, headers: { 'content-type': type, authorization: 'Bearer ' + token } });
const { token } = await (await post(SETO_URL, '/api/v1/session/exchange', JSON.stringify({ idToken: SETO_ID_TOKEN }), '')).json();
const digest = '${'a'.repeat(64)}';
const attempts = [
  ['verdicts', '/api/v1/projects/line/victim/verdicts', '{}'],
  ['deployments', '/api/v1/projects/line/victim/deployments', '{"endpoint":"evil"}'],
  ['models', '/api/v1/projects/line/victim/models', '{}'],
  ['images', '/api/v1/images', '{"repository":"line/victim"}'],
  ['registry', '/v2/line/victim/blobs/uploads/', ''],
  ['data', '/api/v1/data/victim', '{"project":"line/victim"}', 'PUT'],
  ['feedback', '/api/v1/endpoints/inspection/feedback', '{"items":[]}'],
  ['variables', '/api/v1/projects/line/victim/variables', undefined, 'GET'],
  ['pools', '/api/v1/pools', undefined, 'GET'],
  ['users', '/api/v1/users', undefined, 'GET'],
  ['other data', '/api/v1/data/mallorys', undefined, 'GET'],
  ['other git', '/git/mallory/own.git/info/refs?service=git-upload-pack', undefined, 'GET'],
];
for (const face of [['link', SETO_URL], ['main', '${main}']])
  for (const bearer of [['session', token], ['job', CI_JOB_TOKEN]])
    for (const [name, path, body, method] of attempts)
      console.log('ATTEMPT', face[0], bearer[0], name, (await post(face[1], path, body, bearer[1], method)).status);
console.log('ALLOWED', (await post(SETO_URL, '/api/v1/session', undefined, token, 'GET')).status);
writeFileSync('tokens.json', JSON.stringify({ token, job: CI_JOB_TOKEN, id: SETO_ID_TOKEN }));
`;

let platform: Platform;
let owner: string;
let mallory: string;
let pipeline: number;
let job: number;
let log: string;
let stolen: { token: string; job: string; id: string };

const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const layer = Buffer.from('a layer of the victim');
const json = { 'content-type': 'application/json' };
const as = (token: string, where: string, options: RawRequest = {}) =>
  askRaw(platform.url, where, { token, ...options });

beforeAll(async () => {
  platform = await openPlatform();
  owner = tokenOfOwner(platform);
  const dir = path.join(platform.dir, 'victim');
  mkdirSync(dir);
  await platform.seto(['project', 'create', 'line/victim']);
  await platform.seto(['user', 'add', 'mallory']);
  const params = { name: 'mallory' };
  mallory = (await platform.client.call(issueUserToken, { params, body: { label: 'test' } })).token;
  const own = { method: 'POST', headers: json, body: JSON.stringify({ path: 'mallory/own' }) };
  expect((await as(mallory, '/api/v1/projects', own)).status).toBe(201);
  const uploaded = await as(owner, `/v2/line/victim/blobs/uploads/?digest=sha256:${sha256(layer)}`, {
    method: 'POST',
    body: layer,
  });
  expect(uploaded.status).toBe(201);
  const set = { method: 'PUT', headers: json, body: JSON.stringify({ project: 'line/victim' }) };
  expect((await as(owner, '/api/v1/data/private', set)).status).toBe(200);
  const others = { method: 'PUT', headers: json, body: JSON.stringify({ project: 'mallory/own' }) };
  expect((await as(mallory, '/api/v1/data/mallorys', others)).status).toBe(200);
  await platform.git(dir, ['init', '--quiet', '--initial-branch', 'main']);
  await platform.git(dir, ['remote', 'add', 'origin', `${platform.url}/git/line/victim.git`]);
  writeFileSync(path.join(dir, 'attack.mjs'), cloudProgram(platform.url));
  writeFileSync(
    path.join(dir, '.gitlab-ci.yml'),
    'attack: { tags: [cloud], script: [node attack.mjs], artifacts: { paths: [tokens.json] } }\n',
  );
  await platform.git(dir, ['add', '.']);
  await platform.git(dir, ['commit', '--quiet', '--message', 'first']);
  await platform.git(dir, ['push', 'origin', 'main']);
  pipeline = 1;
  const ended = await until('the job', 40_000, async () => {
    const shown = await platform.client.call(showPipeline, { params: { id: pipeline } });
    return /success|failed/.test(shown.status) ? shown : null;
  });
  job = ended.jobs[0]?.id ?? 0;
  log = (await as(owner, `/api/v1/jobs/${job}/log`)).text;
  expect([ended.status, log]).toEqual(['success', expect.stringContaining('ALLOWED 200')]);
  const { artifacts } = await platform.client.call(showJob, { params: { id: job } });
  expect(artifacts.length).toBeGreaterThan(0);
  const zip = path.join(platform.dir, 'tokens.zip');
  const reply = await fetch(`${platform.url}/api/v4/jobs/${job}/artifacts`, {
    headers: { authorization: `Bearer ${owner}` },
  });
  writeFileSync(zip, Buffer.from(await reply.arrayBuffer()));
  stolen = JSON.parse(await entryOf(zip));
});
afterAll(async () => {
  expect(await platform?.close()).toEqual([]);
});

/** The only file of a zip. */
async function entryOf(zip: string): Promise<string> {
  const { openPromise } = await import('yauzl');
  const file = await openPromise(zip);
  for await (const entry of file.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of await file.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  }
  throw new Error('an empty archive');
}

describe('a developer of another project', () => {
  it('reads nothing of a project by its ids and names', async () => {
    const digest = `sha256:${sha256(layer)}`;
    const places = [
      `/api/v1/pipelines/${pipeline}`,
      `/api/v1/jobs/${job}`,
      `/api/v1/jobs/${job}/log`,
      `/api/v4/jobs/${job}/artifacts`,
      '/api/v1/projects/line/victim',
      '/api/v1/projects/line/victim/jobs',
      '/api/v1/projects/line/victim/pipelines',
      '/api/v1/projects/line/victim/variables',
      '/api/v1/projects/line/victim/production?model=x',
      '/api/v1/data/private',
      `/api/v1/data/private/blobs/${sha256(layer)}`,
      `/v2/line/victim/blobs/${digest}`,
      '/v2/line/victim/tags/list',
      `/v2/line/victim/manifests/${digest}`,
      '/git/line/victim.git/info/refs?service=git-upload-pack',
      '/git/line/victim.git/info/refs?service=git-receive-pack',
    ];
    const answers = await Promise.all(places.map(async (each) => [each, (await as(mallory, each)).status]));
    expect(answers.filter(([, status]) => status !== 403 && status !== 404)).toEqual([]);
    for (const list of ['/api/v1/projects', '/api/v1/data', '/api/v1/images', '/api/v1/models'])
      expect((await as(mallory, list)).text).not.toMatch(/victim|private/);
  });

  it('changes nothing of it, and gets no layer by mounting', async () => {
    const digest = `sha256:${sha256(layer)}`;
    const attempts: [string, RawRequest][] = [
      [`/api/v1/jobs/${job}/retry`, { method: 'POST' }],
      [`/api/v1/jobs/${job}/cancel`, { method: 'POST' }],
      [`/api/v1/pipelines/${pipeline}/retry`, { method: 'POST' }],
      [
        '/api/v1/data/private',
        { method: 'PUT', headers: json, body: '{"project":"mallory/own","shared":true}' },
      ],
      ['/api/v1/data/private', { method: 'DELETE' }],
      [
        '/api/v1/projects/line/victim/members/mallory',
        { method: 'PUT', headers: json, body: '{"role":"maintainer"}' },
      ],
      ['/api/v1/projects/mallory/own/verdicts', { method: 'POST', headers: json, body: '{}' }],
      ['/api/v1/runners', { method: 'POST', headers: json, body: '{}' }],
      ['/api/v1/budget', { method: 'PUT', headers: json, body: '{"yenPerMonth":1}' }],
    ];
    for (const [where, options] of attempts)
      expect([where, (await as(mallory, where, options)).status]).toEqual([
        where,
        expect.toBeOneOf([400, 403, 404]),
      ]);
    const mount = `/v2/mallory/own/blobs/uploads/?mount=${digest}&from=line/victim`;
    expect((await as(mallory, mount, { method: 'POST' })).status).toBe(202);
    expect((await as(mallory, `/v2/mallory/own/blobs/${digest}`)).status).toBe(404);
    // Saying that one has a content is not having it.
    const sent = { method: 'PUT', headers: json, body: '{"project":"mallory/own"}' };
    expect((await as(mallory, '/api/v1/data/mine', sent)).status).toBe(200);
    const manifest = `${sha256(layer)} ${layer.length} g ok/a.png\n`;
    const put = { method: 'PUT', body: manifest };
    const claimed = await as(mallory, `/api/v1/data/mine/snapshots/${sha256(manifest)}`, put);
    expect([claimed.status, claimed.text]).toEqual([404, expect.stringContaining('data.blob_missing')]);
  });

  it('cannot write refs/pipelines, not even as maintainer', async () => {
    const dir = path.join(platform.dir, 'victim');
    const pushed = await platform.git(dir, ['push', 'origin', 'main:refs/pipelines/999'], { allow: [1] });
    expect(pushed.code).toBe(1);
    expect(pushed.stderr).toMatch(/rejected/);
    const removed = await platform.git(dir, ['push', 'origin', `:refs/pipelines/${pipeline}`], {
      allow: [1],
    });
    expect(removed.code).toBe(1);
  });
});

describe('a compromised cloud job', () => {
  it('deploys, judges, writes and looks around nowhere', () => {
    const attempts = log.split('\n').filter((line) => line.includes('ATTEMPT'));
    expect(attempts).toHaveLength(48);
    expect(attempts.filter((line) => !/ 40[34]$/.test(line.trim()))).toEqual([]);
  });

  it('has nothing left when it is over', async () => {
    for (const token of [stolen.token, stolen.job]) {
      expect(token).toMatch(/^\S{20,}$/);
      expect((await as(token, '/api/v1/session')).status).toBe(401);
      expect((await as(token, `/api/v1/jobs/${job}`)).status).toBe(401);
      expect((await as(token, '/git/line/victim.git/info/refs?service=git-upload-pack')).status).toBe(401);
      const done = { method: 'PUT', headers: json, body: '{"state":"failed"}' };
      expect((await as(token, `/api/v4/jobs/${job}`, done)).status).toBe(403);
    }
    const again = { method: 'POST', headers: json, body: JSON.stringify({ idToken: stolen.id }) };
    expect((await askRaw(platform.url, '/api/v1/session/exchange', again)).status).toBe(401);
    expect(log).not.toContain(stolen.token);
    expect(log).not.toContain(stolen.job);
  });
});

describe('requests that no client would make', () => {
  it('path tricks lead nowhere', async () => {
    const paths = [
      '/git/line/..%2f..%2f..%2fsecrets.key/info/refs?service=git-upload-pack',
      '/git/line/victim.git/../../../secrets.key',
      '/git/%2e%2e/%2e%2e/info/refs?service=git-upload-pack',
      '/git/line/victim.git/objects/info/packs',
      '/git/line/victim.git/HEAD',
      '/v2/line/victim/../../etc/manifests/latest',
      '/v2/line%2fvictim/%2e%2e/blobs/sha256:%2e%2e',
      '/api/v1/models/x/versions/y/files/..%2f..%2f..%2fsecrets.key',
      '/api/v1/data/..%2f..%2fsecrets.key',
      `/api/v1/data/private/blobs/${'..%2f'.repeat(8)}etc%2fpasswd`,
      '/api/v1/endpoints/..%2f..%2frun/logs',
      '/%00',
      '/api/v1/jobs/1e9',
      '/api/v1/jobs/99999999999999999999',
      '/api/v1/pipelines/-1',
      '//etc/passwd',
    ];
    const answers = await Promise.all(paths.map(async (each) => [each, (await as(owner, each)).status]));
    expect(answers.filter(([, status]) => ![400, 403, 404].includes(Number(status)))).toEqual([]);
    const gateway = ['/e/..%2f..%2fsecrets.key/predict', '/e/%2e%2e/predict', '/e//predict', '/e/x/../../y'];
    for (const each of gateway)
      expect([each, (await askRaw(platform.gatewayUrl, each, { method: 'POST', body: 'x' })).status]).toEqual(
        [each, expect.toBeOneOf([400, 404])],
      );
  });

  it('oversized heads and bodies, another host, broken HTTP: refused, and it answers on', async () => {
    const headers = { 'x-large': 'a'.repeat(20_000) };
    for (const origin of [platform.url, platform.gatewayUrl])
      expect((await askRaw(origin, '/healthz', { headers })).status).toBe(431);
    const body = JSON.stringify({ path: 'a'.repeat(5_000_000) });
    const large = await as(owner, '/api/v1/projects', { method: 'POST', headers: json, body }).catch(
      () => null,
    );
    expect([413, undefined]).toContain(large?.status);
    const elsewhere = await as(owner, '/api/v1/projects', { headers: { host: 'evil.example' } });
    expect([elsewhere.status, elsewhere.text]).toEqual([
      expect.toBeOneOf([400, 403, 421]),
      expect.stringContaining('access.wrong_host'),
    ]);
    const deep = await as(owner, '/api/v1/projects', {
      method: 'POST',
      headers: json,
      body: '['.repeat(1_000_000),
    });
    expect(deep.status).toBe(400);
    for (const junk of [
      'GET / HTTP/9.9\r\n\r\n',
      'POST /api/v1/projects HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ])
      expect(await rawSocket(platform.url, junk)).toMatch(/^(HTTP\/1\.1 (400|403|421|505)|$)/);
    for (const origin of [platform.url, platform.gatewayUrl])
      expect((await askRaw(origin, '/healthz')).status).toBe(200);
    expect(platform.log()).not.toMatch(/a request failed inside|uncaught/i);
  });
});

/** Bytes as they are; what came back before the end. */
function rawSocket(origin: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.end(bytes));
    let said = '';
    socket.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    socket.on('error', () => resolve(said));
    socket.on('close', () => resolve(said));
  });
}

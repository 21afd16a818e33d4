import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RegistryFixture, registryFixture } from '../../test/support/registry-fixture.ts';
import { digestOf, mediaTypes } from '../images/image.ts';

let server: RegistryFixture;
beforeAll(async () => {
  server = await registryFixture();
});
afterAll(() => server.close());

const base = '/v2/factory/one';

async function upload(bytes: Uint8Array, at = base): Promise<string> {
  const digest = digestOf(bytes);
  const reply = await server.fetch(`${at}/blobs/uploads/?digest=${digest}`, {
    method: 'POST',
    body: bytes.slice(),
  });
  expect(reply.status).toBe(201);
  return digest;
}

async function pushManifest(reference: string, extra: object = {}, at = base): Promise<string> {
  const config = Buffer.from(JSON.stringify({ r: reference, at }));
  const layer = randomBytes(100);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: { mediaType: mediaTypes.config, digest: await upload(config, at), size: config.length },
      layers: [{ mediaType: mediaTypes.layer, digest: await upload(layer, at), size: layer.length }],
      ...extra,
    }),
  );
  const reply = await server.fetch(`${at}/manifests/${reference}`, {
    method: 'PUT',
    body: manifest,
    headers: { 'content-type': mediaTypes.manifest },
  });
  expect(reply.status).toBe(201);
  expect(reply.headers.get('location')).toBe(`${at}/manifests/${digestOf(manifest)}`);
  return digestOf(manifest);
}

const codeOf = async (reply: Response): Promise<string> => {
  const body = (await reply.json()) as { errors: { code: string }[] };
  return `${reply.status} ${body.errors[0]?.code}`;
};

describe('who may', () => {
  it('asks for a token in the form docker understands', async () => {
    const reply = await server.fetch('/v2/', { token: null });
    expect(reply.headers.get('www-authenticate')).toBe('Basic realm="seto"');
    expect(await codeOf(reply)).toBe('401 UNAUTHORIZED');
    expect((await server.fetch('/v2/')).status).toBe(200);
  });
  it('takes GET and HEAD on /v2/ alone', async () => {
    expect((await server.fetch('/v2/', { method: 'HEAD' })).status).toBe(200);
    for (const method of ['PUT', 'POST', 'PATCH', 'DELETE']) {
      const reply = await server.fetch('/v2/', { method });
      expect(reply.headers.get('allow')).toBe('GET, HEAD');
      expect(await codeOf(reply)).toBe('405 UNSUPPORTED');
    }
  });
  it('keeps other projects’ repositories shut and names unknown ones', async () => {
    expect(await codeOf(await server.fetch('/v2/factory/secret/tags/list'))).toBe('403 DENIED');
    expect(await codeOf(await server.fetch('/v2/factory/none/tags/list'))).toBe('404 NAME_UNKNOWN');
    expect(await codeOf(await server.fetch('/v2/UPPER/x/tags/list'))).toBe('400 NAME_INVALID');
  });
  it('does not show a blob to a repository that did not bring it', async () => {
    const digest = await upload(randomBytes(50));
    const head = await server.fetch(`/v2/factory/two/blobs/${digest}`, { method: 'HEAD' });
    expect(head.status).toBe(404);
  });
});

describe('blobs', () => {
  it('takes one whole by POST and by POST then PUT, and gives it and parts of it back', async () => {
    const bytes = randomBytes(3000);
    const digest = await upload(bytes);
    const whole = await server.fetch(`${base}/blobs/${digest}`);
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
    expect(whole.headers.get('docker-content-digest')).toBe(digest);
    const part = await server.fetch(`${base}/blobs/${digest}`, { headers: { range: 'bytes=10-19' } });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 10-19/3000']);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(10, 20))).toBe(true);
    const beyond = await server.fetch(`${base}/blobs/${digest}`, { headers: { range: 'bytes=3000-' } });
    expect(beyond.status).toBe(416);
    const head = await server.fetch(`${base}/blobs/${digest}`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '3000']);

    const second = randomBytes(500);
    const begun = await server.fetch(`${base}/blobs/uploads/`, { method: 'POST' });
    expect(begun.status).toBe(202);
    const put = await server.fetch(`${begun.headers.get('location')}?digest=${digestOf(second)}`, {
      method: 'PUT',
      body: second,
    });
    expect(put.status).toBe(201);
  });

  it('refuses bytes of another digest and keeps none of them', async () => {
    const digest = digestOf(Buffer.from('other'));
    const reply = await server.fetch(`${base}/blobs/uploads/?digest=${digest}`, {
      method: 'POST',
      body: 'these',
    });
    expect(await codeOf(reply)).toBe('400 DIGEST_INVALID');
    expect((await server.fetch(`${base}/blobs/${digest}`, { method: 'HEAD' })).status).toBe(404);
  });

  it('takes chunks in order only, tells how far it is, and can be cancelled', async () => {
    const bytes = randomBytes(900);
    const begun = await server.fetch(`${base}/blobs/uploads/`, { method: 'POST' });
    const at = begun.headers.get('location') ?? '';
    const chunk = (first: number, last: number) =>
      server.fetch(at, {
        method: 'PATCH',
        body: bytes.subarray(first, last + 1),
        headers: { 'content-range': `${first}-${last}`, 'content-type': 'application/octet-stream' },
      });
    expect((await chunk(300, 599)).status).toBe(416);
    const first = await chunk(0, 299);
    expect([first.status, first.headers.get('range')]).toEqual([202, '0-299']);
    expect((await chunk(0, 299)).status).toBe(416);
    expect((await chunk(300, 599)).status).toBe(202);
    const status = await server.fetch(at);
    expect([status.status, status.headers.get('range')]).toEqual([204, '0-599']);
    const done = await server.fetch(`${at}?digest=${digestOf(bytes)}`, {
      method: 'PUT',
      body: bytes.subarray(600),
      headers: { 'content-range': '600-899' },
    });
    expect(done.status).toBe(201);
    expect((await server.fetch(at)).status).toBe(404);
    const got = await server.fetch(`${base}/blobs/${digestOf(bytes)}`);
    expect(Buffer.from(await got.arrayBuffer()).equals(bytes)).toBe(true);

    const other =
      (await server.fetch(`${base}/blobs/uploads/`, { method: 'POST' })).headers.get('location') ?? '';
    expect((await server.fetch(other, { method: 'DELETE' })).status).toBe(204);
    expect(await codeOf(await server.fetch(other))).toBe('404 BLOB_UPLOAD_UNKNOWN');
  });

  it('mounts from a repository the caller may read, else opens an upload', async () => {
    const digest = await upload(randomBytes(80));
    const mount = (from: string) =>
      server.fetch(`/v2/factory/two/blobs/uploads/?mount=${digest}&from=${from}`, { method: 'POST' });
    expect((await mount('factory/secret')).status).toBe(202);
    expect((await mount('factory/one')).status).toBe(201);
    expect((await server.fetch(`/v2/factory/two/blobs/${digest}`, { method: 'HEAD' })).status).toBe(200);
  });
});

describe('manifests', () => {
  it('puts, gets by tag and digest, and checks what they refer to', async () => {
    const digest = await pushManifest('v1');
    const byTag = await server.fetch(`${base}/manifests/v1`);
    expect(byTag.headers.get('docker-content-digest')).toBe(digest);
    expect(byTag.headers.get('content-type')).toBe(mediaTypes.manifest);
    expect(digestOf(Buffer.from(await byTag.arrayBuffer()))).toBe(digest);
    expect((await server.fetch(`${base}/manifests/${digest}`, { method: 'HEAD' })).status).toBe(200);
    const unknown = await server.fetch(`${base}/manifests/bad`, {
      method: 'PUT',
      headers: { 'content-type': mediaTypes.manifest },
      body: JSON.stringify({
        schemaVersion: 2,
        config: { mediaType: 'x', digest: digestOf(Buffer.from('nowhere')), size: 1 },
        layers: [],
      }),
    });
    expect(await codeOf(unknown)).toBe('404 MANIFEST_BLOB_UNKNOWN');
    const broken = await server.fetch(`${base}/manifests/bad`, { method: 'PUT', body: '{' });
    expect(await codeOf(broken)).toBe('400 MANIFEST_INVALID');
    expect(await codeOf(await server.fetch(`${base}/manifests/none`))).toBe('404 MANIFEST_UNKNOWN');
  });

  it('lists tags in order, in pages', async () => {
    for (const tag of ['b', 'a', 'c']) await pushManifest(tag, {}, '/v2/factory/one/paged');
    const list = async (query: string) => {
      const reply = await server.fetch(`/v2/factory/one/paged/tags/list${query}`);
      return { ...((await reply.json()) as { tags: string[] }), link: reply.headers.get('link') };
    };
    expect((await list('')).tags).toEqual(['a', 'b', 'c']);
    const page = await list('?n=2');
    expect(page.tags).toEqual(['a', 'b']);
    expect(page.link).toBe('</v2/factory/one/paged/tags/list?n=2&last=b>; rel="next"');
    expect((await list('?n=2&last=b')).tags).toEqual(['c']);
    expect((await list('?n=0')).tags).toEqual([]);
  });

  it('answers referrers, also by artifact type', async () => {
    const subject = await pushManifest('subject');
    const child = await pushManifest(
      'child',
      {
        artifactType: 'application/vnd.seto.test',
        subject: { mediaType: mediaTypes.manifest, digest: subject, size: 1 },
        annotations: { note: 'yes' },
      },
      base,
    );
    const reply = await server.fetch(`${base}/referrers/${subject}?artifactType=application/vnd.seto.test`);
    expect(reply.headers.get('oci-filters-applied')).toBe('artifactType');
    expect(reply.headers.get('content-type')).toContain(mediaTypes.index);
    const index = (await reply.json()) as { manifests: { digest: string; annotations: object }[] };
    expect(index.manifests).toMatchObject([{ digest: child, annotations: { note: 'yes' } }]);
    const none = await server.fetch(`${base}/referrers/${subject}?artifactType=other`);
    expect(((await none.json()) as { manifests: [] }).manifests).toEqual([]);
  });

  it('deletes a tag alone, a manifest with its tags, a blob nobody refers to', async () => {
    const digest = await pushManifest('gone');
    const manifest = (await (await server.fetch(`${base}/manifests/gone`)).json()) as {
      layers: { digest: string }[];
    };
    const layer = manifest.layers[0]?.digest ?? '';
    const remove = (path: string) => server.fetch(`${base}/${path}`, { method: 'DELETE' });
    expect(await codeOf(await remove(`blobs/${layer}`))).toBe('409 DENIED');
    expect((await remove('manifests/gone')).status).toBe(202);
    expect((await server.fetch(`${base}/manifests/gone`)).status).toBe(404);
    expect((await remove(`manifests/${digest}`)).status).toBe(202);
    expect((await server.fetch(`${base}/manifests/${digest}`)).status).toBe(404);
    expect((await remove(`blobs/${layer}`)).status).toBe(202);
    expect((await server.fetch(`${base}/blobs/${layer}`, { method: 'HEAD' })).status).toBe(404);
  });
});

describe('garbage', () => {
  it('takes bytes that a crash left without a row', async () => {
    await server.registry.collectGarbage();
    const key = `images/sha256/ff/${'f'.repeat(64)}`;
    await server.objects.put(key, Readable.from([Buffer.from('orphan')]));
    await server.objects.put('uploads/gone/000000', Readable.from([Buffer.from('chunk')]));
    expect(await server.registry.collectGarbage()).toMatchObject({ blobs: 1, bytes: 6 });
    expect([await server.objects.head(key), await server.objects.head('uploads/gone/000000')]).toEqual([
      null,
      null,
    ]);
  });

  it('takes only what nothing refers to and no pin holds', async () => {
    const loose = randomBytes(700);
    const digest = await upload(loose);
    await pushManifest('kept');
    await server.fetch(`${base}/blobs/uploads/`, { method: 'POST' });
    expect(await server.registry.collectGarbage()).toMatchObject({ uploads: 0 });
    expect((await server.fetch(`${base}/blobs/${digest}`, { method: 'HEAD' })).status).toBe(200);
    server.ahead.ms += 25 * 3_600_000;
    const freed = await server.registry.collectGarbage();
    expect(freed.bytes).toBeGreaterThanOrEqual(700);
    expect(freed.uploads).toBeGreaterThanOrEqual(1);
    expect((await server.fetch(`${base}/blobs/${digest}`, { method: 'HEAD' })).status).toBe(404);
    const kept = (await (await server.fetch(`${base}/manifests/kept`)).json()) as {
      layers: { digest: string }[];
    };
    const head = await server.fetch(`${base}/blobs/${kept.layers[0]?.digest}`, { method: 'HEAD' });
    expect(head.status).toBe(200);
  });
});

describe('the list of images', { timeout: 30_000 }, () => {
  it('holds the newest that the caller may see, however many newer ones others made', async () => {
    const projectId = (path: string) => server.identity.projectByPath(path)?.id ?? 0;
    const add = (project: number, digest: string) =>
      server.store.run(
        `INSERT INTO images (digest, repository, project_id, pipeline_id, job_id, model_digest, tag, created_at)
         VALUES (?, 'r', ?, 3, 7, 'm', 't', 1)`,
        digest,
        project,
      );
    for (const digest of ['older', 'old']) add(projectId('factory/one'), digest);
    for (let i = 0; i < 1001; i++) add(projectId('factory/secret'), `foreign-${i}`);
    const listed = async (query: string) =>
      ((await (await server.fetch(`/api/v1/images?${query}`)).json()) as { digest: string }[]).map(
        ({ digest }) => digest,
      );
    expect(await listed('limit=1')).toEqual(['old']);
    expect((await listed('project=factory/one')).slice(0, 2)).toEqual(['old', 'older']);
    expect(await listed('project=factory/secret')).toEqual([]);
    expect((await listed('pipeline=3&limit=1000')).slice(0, 2)).toEqual(['old', 'older']);
  });
});

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { showPipeline } from '../../../src/api/contract/pipelines.ts';
import { type CrashProject, logOf, openProject } from '../../support/crash-project.ts';
import { openPlatform, type Platform, until } from '../../support/platform.ts';
import { askRaw, tokenOfOwner } from '../../support/raw-http.ts';

let platform: Platform;
let project: CrashProject;

beforeAll(async () => {
  platform = await openPlatform();
  project = await openProject(platform, 'archives');
});
afterAll(async () => {
  expect(await platform?.close()).toEqual([]);
});

const sha256 = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

it('an artifact whose link leads out is not unpacked by the jobs that need it', async () => {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from('/etc/passwd'), 'model/link', { mode: 0o120777 });
  zip.addBuffer(Buffer.from('harmless'), 'model/file', { mode: 0o100644 });
  zip.end();
  writeFileSync(path.join(project.dir, 'evil.zip'), await buffer(zip.outputStream));
  writeFileSync(
    path.join(project.dir, 'send.mjs'),
    `import { readFileSync } from 'node:fs';
const form = new FormData();
form.set('file', new Blob([readFileSync('evil.zip')]), 'artifacts.zip');
const { SETO_URL, CI_JOB_ID, CI_JOB_TOKEN } = process.env;
const reply = await fetch(SETO_URL + '/api/v4/jobs/' + CI_JOB_ID + '/artifacts?artifact_format=zip', { method: 'POST', body: form, headers: { 'job-token': CI_JOB_TOKEN } });
console.log('SENT', reply.status);
`,
  );
  const id = await project.push(`
stages: [a, b]
default: { tags: [onprem] }
evil: { stage: a, script: [node send.mjs] }
after: { stage: b, script: [ls -la model, cat model/link] }
`);
  const ended = await until('the pipeline', 40_000, async () => {
    const shown = await platform.client.call(showPipeline, { params: { id } });
    return /success|failed/.test(shown.status) ? shown : null;
  });
  const logs = await Promise.all(ended.jobs.map(({ id: job }) => logOf(platform, job)));
  expect([ended.status, logs[0]]).toEqual(['failed', expect.stringContaining('SENT 201')]);
  expect(logs[1]).toContain('The archive of evil was refused: the link model/link leads out of the folder');
  expect(logs[1]).not.toContain('$ ls');
  expect(logs[1]).not.toContain('root:');
});

it('an image whose layer writes through a link does not become a release', async () => {
  const token = tokenOfOwner(platform);
  const escaped = path.join(platform.dir, 'escaped');
  const tar = pack();
  tar.entry({ name: 'out', type: 'symlink', linkname: platform.dir });
  tar.entry({ name: 'out/escaped' }, 'escaped');
  tar.finalize();
  const layer = await buffer(tar);
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Entrypoint: ['/bin/true'] },
      rootfs: { type: 'layers', diff_ids: [sha256(layer)] },
    }),
  );
  const descriptor = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    digest: sha256(bytes),
    size: bytes.length,
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar', layer)],
  });
  for (const body of [layer, config]) {
    const where = `/v2/line/archives/blobs/uploads/?digest=${sha256(body)}`;
    expect((await askRaw(platform.url, where, { method: 'POST', token, body })).status).toBe(201);
  }
  const put = await askRaw(platform.url, '/v2/line/archives/manifests/evil', {
    method: 'PUT',
    token,
    headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
    body: manifest,
  });
  expect(put.status).toBe(201);
  const deployed = await platform.seto(
    ['deploy', 'archives', '--image', 'line/archives:evil', '--ungated', '--project', 'line/archives'],
    { allow: [1, 2, 3], cwd: project.dir },
  );
  expect([deployed.code, deployed.stderr]).toEqual([
    1,
    expect.stringContaining('The image layer is refused: out goes through a link'),
  ]);
  expect(existsSync(escaped)).toBe(false);
  expect(readFileSync(path.join(platform.dataDir, 'run/routes.json'), 'utf8')).not.toContain('evil');
});

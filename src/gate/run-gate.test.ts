import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DataServer, startDataServer } from '../../test/support/data-server.ts';
import { need } from '../../test/support/need.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import { showVersion } from '../api/contract/models.ts';
import { modelHandlers } from '../api/models.ts';
import type { Client } from '../client/client.ts';
import { pullFolder } from '../datasets/pull.ts';
import { pushFolder } from '../datasets/push.ts';
import type { JobPrincipal } from '../identity/principal.ts';
import { createModels, type Models } from '../models/models.ts';
import { detectSandbox } from '../sandbox/detect.ts';
import { splitOf } from '../shared/data-folder.ts';
import { SetoError } from '../shared/errors.ts';
import type { GateRules } from './judge.ts';
import type { ProductionModels } from './production-models.ts';
import { runGate } from './run-gate.ts';

const base = mkdtempSync(path.join(tmpdir(), 'seto-gate-'));
const project = { group: 'shop', name: 'parts' };
const rules: GateRules = { minAccuracy: 0.9, minRecall: {}, minSamples: 10, notWorse: null };
const inJob = { CI_JOB_ID: '1', SETO_SANDBOX: 'bubblewrap', CI_COMMIT_SHA: 'c0ffee' };
let server: DataServer;
let models: Models;
let live: ReturnType<ProductionModels['newestLive']> = null;
let snapshot = '';
let job: JobPrincipal;
let client: Client;
const testDir = path.join(base, 'test');
const good = path.join(base, 'good');
const bad = path.join(base, 'bad');

const gate = (modelDir: string, more: Partial<Parameters<typeof runGate>[0]> = {}) =>
  runGate({ client, lang: 'en', env: inJob, cwd: base, modelDir, dataDir: testDir, project, rules, ...more });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof SetoError ? error.code : String(error)),
  );

beforeAll(async () => {
  server = await startDataServer(({ store, clock, blobs, lineage, identity, datasets }) => {
    models = createModels({ store, clock, blobs, lineage, audit: identity.audit });
    return modelHandlers({
      models,
      blobs,
      lineage,
      identity,
      datasets,
      production: { newestLive: () => live },
    });
  });
  const pictures = path.join(base, 'pictures');
  for (const label of ['ok', 'defect']) mkdirSync(path.join(pictures, label), { recursive: true });
  let lines = 'path,group\n';
  for (let i = 0; i < 120; i++) {
    const label = i % 2 === 0 ? 'ok' : 'defect';
    const where = `${label}/${i}.png`;
    const grey = (label === 'ok' ? 200 : 20) + (i % 30);
    const raw = { width: 8, height: 8, channels: 1 as const };
    await sharp(Buffer.alloc(64, grey).fill(i, 0, 1), { raw })
      .png()
      .toFile(path.join(pictures, where));
    lines += `${where},part-${i}\n`;
  }
  writeFileSync(path.join(pictures, 'groups.csv'), lines);
  const pushed = await pushFolder({
    client: server.client,
    lang: 'en',
    name: 'parts',
    dir: pictures,
    project: 'shop/parts',
  });
  snapshot = pushed.snapshot;
  job = {
    kind: 'job',
    jobId: 11,
    projectId: server.projectId,
    pipelineId: 5,
    userId: 1,
    ref: 'main',
    protectedRef: true,
    site: 'onprem',
    nodeId: 'node-1',
  };
  client = server.clientOf(job);
  await pullFolder({ client, name: 'parts', snapshot: undefined, dir: testDir, split: 'test', force: false });
  writeTinyModel(good);
  writeTinyModel(bad, { bias: 50 });
});
afterAll(async () => {
  await server.close();
  rmSync(base, { recursive: true, force: true });
});

describe('the gate in a job', () => {
  it('passes a good model, records it, and says where it all came from', async () => {
    const { verdict, recorded } = await gate(good);
    const expected = Array.from({ length: 120 }, (_, i) => `part-${i}`).filter(
      (part) => splitOf(part) === 'test',
    );
    expect(verdict).toMatchObject({
      passed: true,
      pictures: expected.length,
      data: { state: 'verified', snapshot },
    });
    expect([recorded, verdict.notes, verdict.isolation]).toEqual([true, [], 'bubblewrap (job)']);
    expect(models.hasPassedGate(verdict.model.digest, server.projectId)).toBe(true);
    expect(models.hasPassedGate(verdict.model.digest, server.projectId + 1)).toBe(false);
    expect((await models.manifest(verdict.model.digest))?.name).toBe('tiny');
    expect(models.labels(verdict.model.digest)).toEqual(['defect', 'ok']);
    const shown = await client.call(showVersion, {
      params: { model: 'tiny', version: verdict.model.digest },
    });
    const facts = [...shown.lineage.before, ...shown.lineage.after].map(({ object, subject }) => [
      subject,
      object,
    ]);
    for (const thing of ['pipeline:5', 'commit:c0ffee', `snapshot:${snapshot}`, 'verdict:1'])
      expect(facts.flat()).toContain(thing);
    expect(readFileSync(path.join(base, 'gate.xml'), 'utf8')).toContain('failures="0"');
    expect(readFileSync(path.join(base, 'metrics.txt'), 'utf8')).toMatch(/^gate_passed 1\naccuracy 1\n/);
  });

  it('refuses a model that calls everything a defect, with the reasons, and records that too', async () => {
    const strict = { ...rules, minRecall: { ok: 0.5 } };
    const { verdict } = await gate(bad, { rules: strict });
    expect(verdict.findings.filter(({ passed }) => !passed).map(({ rule }) => rule)).toEqual([
      'accuracy',
      'recall',
    ]);
    expect(models.hasPassedGate(verdict.model.digest, server.projectId)).toBe(false);
    expect(models.verdicts(server.projectId, verdict.model.digest)).toHaveLength(1);
    expect(readFileSync(path.join(base, 'gate.xml'), 'utf8')).toContain('<failure message="accuracy');
  });

  it('compares with what is live, from the files that were kept', async () => {
    const notWorse = { endpoint: null, margin: null };
    const nothing = await gate(good, { rules: { ...rules, notWorse } });
    expect(nothing.verdict.notes).toEqual(['nothing-in-production']);
    live = { modelDigest: nothing.verdict.model.digest, endpoint: 'line' };
    const worse = await gate(bad, { rules: { ...rules, minAccuracy: 0, notWorse } });
    expect(worse.verdict).toMatchObject({ passed: false, comparison: { endpoint: 'line', accuracy: 1 } });
    live = { modelDigest: 'f'.repeat(64), endpoint: 'line' };
    expect((await gate(good, { rules: { ...rules, notWorse } })).verdict.notes).toEqual([
      'production-not-kept',
    ]);
    live = null;
    const named = { ...rules, notWorse: { endpoint: 'line', margin: null } };
    expect(await codeOf(gate(good, { rules: named }))).toBe('gate.no_endpoint');
  });

  it('says when the pictures are not exactly the test side of the pipeline’s snapshot', async () => {
    const other = path.join(base, 'other');
    await pullFolder({ client, name: 'parts', snapshot: undefined, dir: other, split: 'test', force: false });
    const [first = ''] = ['ok', 'defect'].flatMap((label) =>
      Array.from({ length: 120 }, (_, i) => `${label}/${i}.png`).filter((name) =>
        existsSync(path.join(other, name)),
      ),
    );
    rmSync(path.join(other, first));
    const { verdict } = await gate(good, { dataDir: other });
    expect([verdict.data.state, verdict.notes]).toEqual(['unverified', ['data-unverified']]);
    const elsewhere = server.clientOf({ ...job, jobId: 12, pipelineId: 6 });
    server.datasets.pinSnapshot(6, 'parts', snapshot);
    expect((await gate(good, { client: elsewhere })).verdict.data.state).toBe('verified');
  });

  it('lets no job in the cloud give a verdict', async () => {
    const cloud = server.clientOf({ ...job, jobId: 13, site: 'cloud' });
    expect(await codeOf(gate(good, { client: cloud }))).toBe('access.refused');
  });

  it('names a broken model and a broken picture', async () => {
    const broken = path.join(base, 'broken');
    writeTinyModel(broken);
    writeFileSync(
      path.join(broken, 'model.onnx'),
      readFileSync(path.join(good, 'model.onnx')).subarray(0, 100),
    );
    expect(await codeOf(gate(broken))).toBe('serving.broken_model');
    const spoiled = path.join(base, 'spoiled');
    mkdirSync(path.join(spoiled, 'ok'), { recursive: true });
    for (let i = 0; i < 30; i++) writeFileSync(path.join(spoiled, `ok/${i}.png`), `no picture ${i}`);
    expect(await codeOf(gate(good, { dataDir: spoiled }))).toBe('serving.picture_file');
    mkdirSync(path.join(base, 'empty'));
    expect(await codeOf(gate(good, { dataDir: path.join(base, 'empty') }))).toBe('gate.no_pictures');
  });
});

it('wraps the evaluation itself outside of a job, and records nothing', async (context) => {
  const { ability } = await detectSandbox();
  need(context, ability.isolation === 'bubblewrap', `no bubblewrap: ${ability.reason}`);
  const { verdict, recorded } = await gate(good, { env: {}, client: server.client });
  expect([verdict.passed, verdict.isolation, recorded]).toEqual([true, 'bubblewrap', false]);
});

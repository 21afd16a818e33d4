import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import sharp from 'sharp';
import { costIntervals } from '../../src/api/contract/costs.ts';
import { showEndpoint } from '../../src/api/contract/endpoints.ts';
import { type JobJson, jobLog } from '../../src/api/contract/jobs.ts';
import { listPipelines, showPipeline } from '../../src/api/contract/pipelines.ts';
import { listNodes } from '../../src/api/contract/pools.ts';
import type { Marks } from './marks.ts';
import { type Platform, sleep, until } from './platform.ts';
import { writeTinyModel } from './tiny-model.ts';

/** A project with a ready model and quick jobs, for what happens around them. */
export interface CrashProject {
  dir: string;
  /** A folder of pictures, one sub-folder per label. */
  pictures: string;
  /** Writes `.gitlab-ci.yml` and a model with this bias, commits, pushes; the pipeline that the push made. */
  push(ci: string, bias?: number): Promise<number>;
  /** Commits and pushes until the push is acknowledged, without waiting for the platform to tell the pipeline. */
  pushOnly(ci: string, bias?: number): Promise<void>;
  /** The newest pipeline after `after`. */
  pipelineAfter(after: number): Promise<number>;
}

const endedStates = ['success', 'failed', 'canceled', 'skipped'];

export async function openProject(platform: Platform, name: string): Promise<CrashProject> {
  const dir = path.join(platform.dir, name);
  mkdirSync(dir);
  writeFileSync(path.join(dir, '.gitlab-ci.yml'), '');
  await platform.seto(['init', dir, '--project', `line/${name}`]);
  const pictures = path.join(platform.dir, `${name}-pictures`);
  await writePictures(pictures);
  let last = 0;
  const pushOnly: CrashProject['pushOnly'] = async (ci, bias = 0) => {
    writeFileSync(path.join(dir, '.gitlab-ci.yml'), ci);
    writeTinyModel(path.join(dir, 'model'), { bias });
    await platform.git(dir, ['add', '--all']);
    await platform.git(dir, ['commit', '--quiet', '--allow-empty', '--message', 'change']);
    // A push that the platform's end cut off is repeated, as a person would.
    await until('a push', 60_000, async () => {
      const push = ['push', '--quiet', '--set-upstream', 'origin', 'main'];
      return (await platform.git(dir, push, { allow: [1, 128] })).code === 0;
    });
  };
  const pipelineAfter = async (after: number): Promise<number> =>
    until('a pipeline', 15_000, async () => {
      const [newest] = await patiently(() =>
        platform.client.call(listPipelines, {
          params: { group: 'line', name },
          query: { limit: 1, ref: undefined, status: undefined },
        }),
      );
      return newest && newest.id > after ? newest.id : null;
    });
  return {
    dir,
    pictures,
    pushOnly,
    pipelineAfter,
    push: async (ci, bias) => {
      await pushOnly(ci, bias);
      last = await pipelineAfter(last);
      return last;
    },
  };
}

/** Bright pictures are `ok`, dark ones `defect`; each its own content, so that the test split has both. */
async function writePictures(dir: string): Promise<void> {
  for (const [label, level] of [
    ['ok', 200],
    ['defect', 50],
  ] as const) {
    mkdirSync(path.join(dir, label), { recursive: true });
    for (let at = 0; at < 90; at += 1) {
      const grey = Buffer.alloc(64, level);
      grey[at % 64] = level + 1 + Math.floor(at / 64);
      const png = await sharp(grey, { raw: { width: 8, height: 8, channels: 1 } })
        .png()
        .toBuffer();
      writeFileSync(path.join(dir, label, `${at}.png`), png);
    }
  }
}

/** Jobs of a pipeline as they are now, the newest attempt of each name last. */
export async function jobsOf(platform: Platform, pipeline: number): Promise<JobJson[]> {
  return (await patiently(() => platform.client.call(showPipeline, { params: { id: pipeline } }))).jobs;
}

/** Waits for the end of a pipeline; throws with the logs of what failed unless it succeeded. */
export async function succeeds(platform: Platform, pipeline: number, limitMs = 60_000): Promise<JobJson[]> {
  const ended = await until(`pipeline ${pipeline}`, limitMs, async () => {
    const shown = await patiently(() => platform.client.call(showPipeline, { params: { id: pipeline } }));
    return endedStates.includes(shown.status) ? shown : null;
  }).catch(async (error: unknown) => {
    const jobs = await jobsOf(platform, pipeline);
    throw new Error(`${String(error)}\n${JSON.stringify(jobs, null, 1)}\n${platform.log().slice(-3000)}`);
  });
  if (ended.status === 'success') return ended.jobs;
  const failed = ended.jobs.filter(({ status }) => status === 'failed');
  const logs = await Promise.all(
    failed.map(async (job) => `${JSON.stringify(job)}\n${await logOf(platform, job.id)}`),
  );
  throw new Error(`pipeline ${pipeline}: ${ended.status}\n${logs.join('\n')}`);
}

export async function logOf(platform: Platform, job: number): Promise<string> {
  return patiently(async () => text((await platform.client.stream(jobLog, { params: { id: job } })).body));
}

/** A call that is repeated while the control plane is away, as a person would. */
export async function patiently<T>(call: () => Promise<T>, limitMs = 30_000): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;)
    try {
      return await call();
    } catch (error) {
      const away = /ECONN|EPIPE|UND_ERR|unreachable|terminated|other side closed/i.test(String(error));
      if (!away || performance.now() > end) throw error;
      await sleep(100);
    }
}

/** A client that predicts one picture after the other until stopped; what was not a good answer is a failure. */
export function keepPredicting(platform: Platform, endpoint: string, file: string) {
  const body = readFileSync(file);
  const failures: string[] = [];
  const releases = new Set<string>();
  let sent = 0;
  let going = true;
  const loop = async () => {
    while (going) {
      sent += 1;
      try {
        const reply = await fetch(`${platform.gatewayUrl}/e/${endpoint}/predict`, { method: 'POST', body });
        const answer = await reply.text();
        if (reply.status === 200) releases.add(String(JSON.parse(answer).model.version));
        else failures.push(`${new Date().toISOString()} ${reply.status} ${answer.slice(0, 200)}`);
      } catch (error) {
        failures.push(`${new Date().toISOString()} ${String(error)} ${String((error as Error).cause)}`);
      }
      await sleep(10);
    }
  };
  const running = Promise.all([loop(), loop()]);
  return {
    failures,
    versions: releases,
    sent: () => sent,
    stop: async () => {
      going = false;
      await running;
      return { sent, failures };
    },
  };
}

/**
 * Holds the ledger against what the nodes themselves wrote: each billed node that ran has an interval, and it covers
 * the node's own record. Waits for the nodes to end. Answers how many nodes were compared.
 */
export async function ledgerCovers(platform: Platform, limitMs = 40_000): Promise<number> {
  await until('the cloud nodes to end', limitMs, async () =>
    (await patiently(() => platform.client.call(listNodes))).every(
      ({ site, state }) => site !== 'cloud' || state === 'ended',
    ),
  );
  const { intervals } = await patiently(() =>
    platform.client.call(costIntervals, { query: { limit: 10_000 } }),
  );
  const root = path.join(platform.dataDir, 'run', 'nodes');
  let compared = 0;
  for (const name of readdirSync(root)) {
    const read = (file: string): Record<string, unknown> | null =>
      existsSync(path.join(root, name, file))
        ? JSON.parse(readFileSync(path.join(root, name, file), 'utf8'))
        : null;
    const note = read('machine.json');
    if (note === null || note['pool'] !== 'train') continue;
    const record = read('record.json');
    if (record === null) continue;
    const booked = intervals.find(({ nodeId }) => nodeId === name);
    if (booked === undefined) throw new Error(`${name} ran and nothing is booked: ${JSON.stringify(record)}`);
    const startedAt = Number(record['startedAt']);
    const endedAt = Number(record['endedAt'] ?? startedAt);
    if (booked.from > startedAt || booked.to < endedAt)
      throw new Error(`${name}: booked ${JSON.stringify(booked)}, ran ${JSON.stringify({ record, note })}`);
    compared += 1;
  }
  return compared;
}

/** Files that no compression makes smaller. */
export function writeNoise(dir: string, files: number, bytes: number): void {
  mkdirSync(dir, { recursive: true });
  for (let at = 0; at < files; at += 1) writeFileSync(path.join(dir, `${at}.bin`), randomBytes(bytes));
}

/** One job of a pipeline: it makes its mark, then does `script`. */
export function jobYaml(
  marks: Marks,
  name: string,
  tag: string,
  script: readonly string[],
  more = '',
): string {
  const lines = [marks.script, ...script].map((line) => `    - ${JSON.stringify(line)}\n`).join('');
  return `${name}:\n  stage: ${name}\n  tags: [${tag}]\n  script:\n${lines}${more}`;
}

/**
 * A `.gitlab-ci.yml` of these jobs, one stage each, in their order. A newer push leaves its pipeline alone: by
 * default it would cancel one none of whose jobs had started, and which had started is chance here.
 */
export function pipelineYaml(jobs: readonly string[]): string {
  const names = jobs.map((job) => job.slice(0, job.indexOf(':')));
  return [
    'workflow: { auto_cancel: { on_new_commit: none } }',
    'default: { id_tokens: { SETO_ID_TOKEN: { aud: seto } } }',
    `stages: [${names.join(', ')}]`,
    jobs.join(''),
  ].join('\n');
}

/** Gate, image and deployment of the model in the repository; `before` are jobs that come first. */
export function releaseYaml(marks: Marks, endpoint: string, before: readonly string[] = []): string {
  return pipelineYaml([
    ...before,
    jobYaml(marks, 'gate', 'onprem', [
      'seto data pull parts data/ --split test',
      'seto model gate model/ --data data/ --min-accuracy 0.9',
    ]),
    jobYaml(marks, 'build-image', 'onprem', ['seto image build model/ --push']),
    jobYaml(marks, 'deploy', 'onprem', [`seto deploy ${endpoint}`]),
  ]);
}

/** The live release of an endpoint. */
export async function deployed(platform: Platform, endpoint: string) {
  return (await patiently(() => platform.client.call(showEndpoint, { params: { endpoint } }))).live;
}

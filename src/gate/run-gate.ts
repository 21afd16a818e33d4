import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { postVerdict, productionModel, type Verdict } from '../api/contract/gate.ts';
import type { Client } from '../client/client.ts';
import { modelDigest } from '../models/digest.ts';
import { fetchModel } from '../models/fetch-model.ts';
import { pushModel } from '../models/push-model.ts';
import { parseModelManifest } from '../serving/model-manifest.ts';
import { fault } from '../shared/errors.ts';
import type { Lang } from '../shared/text/format.ts';
import { checkData } from './check-data.ts';
import { type GateRules, judge, notKept, type Rival } from './judge.ts';
import { toJunit, toMetrics } from './reports.ts';
import { createEvaluator, type Evaluator } from './run-evaluation.ts';

export interface GateRequest {
  /** Null outside of any platform: then nothing is compared or recorded. */
  client: Client | null;
  lang: Lang;
  env: Readonly<Record<string, string | undefined>>;
  /** Where gate.xml and metrics.txt go. */
  cwd: string;
  modelDir: string;
  dataDir: string;
  project: { group: string; name: string } | null;
  rules: GateRules;
}

export interface GateResult {
  verdict: Verdict;
  /** False outside of a job: only an on-premises job's verdict counts. */
  recorded: boolean;
}

/**
 * The accuracy test: candidate and production on the same pictures, each in a process of its own; the verdict written
 * to gate.xml and metrics.txt and, from a job, recorded together with the model's files. Refusal is a verdict, not an
 * error.
 */
export async function runGate(request: GateRequest): Promise<GateResult> {
  const { client, project, modelDir, dataDir, rules, env } = request;
  const evaluator = await createEvaluator(env);
  const temporary = await mkdtemp(path.join(tmpdir(), 'seto-gate-'));
  try {
    const digest = await modelDigest(modelDir);
    // Side by side: each is one process, and the shop's machine has two cores. Both end before the folder goes.
    const [candidate, production] = await Promise.allSettled([
      evaluator.evaluate({ dir: modelDir, digest }, dataDir),
      readName(modelDir).then((name) => findRival(request, evaluator, name, temporary)),
    ]);
    if (candidate.status === 'rejected') throw candidate.reason;
    if (production.status === 'rejected') throw production.reason;
    const evaluation = candidate.value;
    const rival = production.value;
    if (evaluation.pictures.length === 0) throw fault('gate.no_pictures', { dir: dataDir });
    const judgement = judge(evaluation, rules, rival);
    const data = await checkData(client, dataDir, evaluation.pictures);
    const notes = [...judgement.notes];
    if (data.state === 'unverified') notes.push('data-unverified');
    if (!evaluator.isolation.startsWith('bubblewrap')) notes.push('not-isolated');
    let verdict: Verdict = { ...judgement, notes, data, isolation: evaluator.isolation };
    const recorded = client !== null && project !== null && Boolean(env['CI_JOB_ID']);
    if (recorded) {
      await pushModel(client, { dir: modelDir, project, commit: env['CI_COMMIT_SHA'] });
      const answer = await client.call(postVerdict, { params: project, body: verdict });
      verdict = answer.detail as Verdict;
    }
    await writeFile(path.join(request.cwd, 'gate.xml'), toJunit(verdict, request.lang));
    await writeFile(path.join(request.cwd, 'metrics.txt'), toMetrics(verdict));
    return { verdict, recorded };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function readName(modelDir: string): Promise<string> {
  const text = await readFile(path.join(modelDir, 'model.json'), 'utf8').catch((cause: unknown) => {
    throw fault('serving.no_model', { file: 'model.json' }, { cause });
  });
  return parseModelManifest(text).name;
}

async function findRival(
  { client, project, rules, dataDir }: GateRequest,
  evaluator: Evaluator,
  model: string,
  temporary: string,
): Promise<Rival | typeof notKept | null> {
  if (rules.notWorse === null || client === null || project === null) return null;
  const { endpoint } = rules.notWorse;
  const { production } = await client.call(productionModel, {
    params: project,
    query: { model, ...(endpoint === null ? {} : { endpoint }) },
  });
  if (production === null) {
    if (endpoint !== null) throw fault('gate.no_endpoint', { endpoint });
    return null;
  }
  if (production.model === null) return notKept;
  const version = { model: production.model, version: production.digest };
  const digest = await fetchModel(client, { ...version, dir: temporary });
  const evaluation = await evaluator.evaluate({ dir: temporary, digest }, dataDir);
  return { endpoint: production.endpoint, evaluation };
}

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { showEndpoint } from '../../api/contract/endpoints.ts';
import { type MonitoringView, showMonitoring } from '../../api/contract/monitoring.ts';
import { listPipelines } from '../../api/contract/pipelines.ts';
import { fault } from '../../shared/errors.ts';
import type { Lang } from '../../shared/text/format.ts';
import { type PhraseKey, say } from '../../shared/text.ts';
import type { Figures } from './figures.ts';
import { type Followed, followPipeline, logOf } from './follow.ts';
import {
  type DemoPicture,
  type DemoSet,
  fewestTestPictures,
  majorityRate,
  readPictures,
} from './pictures.ts';
import type { Stage } from './stage.ts';
import { type EndpointClient, type Score, scoreOf } from './traffic.ts';

/** What the acts share. */
export interface Play {
  stage: Stage;
  lang: Lang;
  tell(line: string): void;
  signal: AbortSignal;
  project: string;
  projectDir: string;
  endpoint: string;
  dataSet: string;
}

/**
 * Changes that are tried in turn. Rendered parts get dirt; of photographs nobody knows what they bear, so the mildest
 * change that costs ten points is taken, since a model can be trained to see through it.
 */
const changes = {
  rendered: ['dirt', 'glare', 'blur', 'light'],
  photographs: ['light', 'glare', 'blur', 'dirt'],
} as const;
const leastFall = 0.1;
/** Test pictures of each label that the gate asks for by itself. */
const gateSamples = 10;
/** Pictures of a set that the line sends whole. */
const smallSet = 500;
/** Labels that stand for a sound part; the others are defects where one of these is among them. */
const sound = ['ok', 'good', 'pass', 'sound', '良品'];

export const percent = (rate: number) => `${(rate * 100).toFixed(1)} %`;

/** Act 1: the project from the sample, its pictures, the data set. */
export async function prepareProject(
  play: Play,
  images: DemoSet | null,
): Promise<DemoSet & { facts: Figures['pictures']; snapshot: string }> {
  const { stage, lang, tell, projectDir } = play;
  await stage.seto(['init', projectDir, '--project', play.project]);
  const rendered = path.join(stage.dir, 'pictures');
  if (images === null) await stage.seto(['exec', 'node', 'generate.ts', rendered], { cwd: projectDir });
  const { dir, pictures } = images ?? (await readPictures(rendered));
  const groups = new Set(pictures.map(({ group }) => group)).size;
  const labels = [...new Set(pictures.map(({ label }) => label))];
  tell(
    say(lang, images === null ? 'demo.rendered' : 'demo.photographs', {
      count: pictures.length,
      groups,
      labels: labels.join(', '),
    }),
  );
  const majority = majorityRate(pictures);
  const floor = images === null ? 0.9 : Math.min(0.99, Math.ceil((majority + 0.1) * 1000) / 1000);
  if (images !== null) tell(say(lang, 'demo.floor', { floor: percent(floor), majority: percent(majority) }));
  const samples = fewestTestPictures(pictures);
  const fewer = samples < gateSamples ? ` --min-samples ${samples}` : '';
  if (fewer !== '') tell(say(lang, 'demo.few_samples', { samples, usual: gateSamples }));
  edit(path.join(projectDir, '.gitlab-ci.yml'), (text) =>
    text.replace(/--min-accuracy [\d.]+/, `--min-accuracy ${floor}${fewer}`),
  );
  const pushed = await stage.setoJson<{ snapshot: string }>(['data', 'push', play.dataSet, dir], {
    cwd: projectDir,
  });
  tell(say(lang, 'demo.pushed_data', { name: play.dataSet, snapshot: pushed.snapshot.slice(0, 12) }));
  return {
    pictures,
    dir,
    facts: { source: images?.dir ?? 'generated', count: pictures.length, groups, labels, floor, majority },
    snapshot: pushed.snapshot,
  };
}

/** Act 2: a commit and the real git's push; answers the pipeline that it started. */
export async function pushCode(play: Play, labels: number): Promise<number> {
  const { stage, projectDir, tell } = play;
  edit(path.join(projectDir, '.seto.yaml'), (text) =>
    text.replace(/when: .*/, `when: { newLabels: ${labels} }`).replace(/coolDown: .*/, 'coolDown: 1h'),
  );
  await stage.git(projectDir, [
    'commit',
    '--quiet',
    '--all',
    '--message',
    'Gate and retraining policy of this line',
  ]);
  const { stderr } = await stage.git(projectDir, ['push', '--quiet', '--set-upstream', 'origin', 'main']);
  for (const line of stderr.trim().split('\n').filter(Boolean)) tell(line);
  return newestPipeline(play, 0);
}

/** Act 3: the four stages, and the URL where the release answers. */
export async function runPipeline(
  play: Play,
  id: number,
): Promise<{ followed: Followed; url: string; model: string }> {
  const { stage, lang, tell } = play;
  const followed = await followPipeline(stage.client, id, lang, tell, play.signal);
  const gate = followed.jobs.find(({ name }) => name === 'gate');
  for (const line of (await logOf(stage.client, gate?.id ?? 0)).split('\n'))
    if (/accuracy|正解率/.test(line) && !line.includes('seto model gate'))
      tell(say(lang, 'demo.verdict', { line: line.trim() }));
  const shown = await stage.client.call(showEndpoint, { params: { endpoint: play.endpoint } });
  if (shown.live === null) throw fault('demo.figure', { expected: 'a live release', seen: 'none' });
  tell(say(lang, 'demo.live', { release: shown.live.id, url: shown.url }));
  return { followed, url: shown.url, model: shown.live.modelDigest ?? '' };
}

/** Acts 4 and 5 measure by the endpoint's own answers. */
export async function measure(
  play: Play,
  client: EndpointClient,
  what: PhraseKey,
  pictures: readonly DemoPicture[],
): Promise<Score> {
  const answers = await client.predictAll(pictures);
  const score = scoreOf(answers, rejectLabels(pictures));
  const { lang } = play;
  const rates =
    score.missed === null || score.falseAlarms === null
      ? ''
      : say(lang, 'demo.rates', { missed: percent(score.missed), alarms: percent(score.falseAlarms) });
  play.tell(
    say(lang, 'demo.score', {
      what: say(lang, what),
      accuracy: percent(score.accuracy),
      pictures: score.pictures,
      rates,
    }),
  );
  return score;
}

function rejectLabels(pictures: readonly DemoPicture[]): string[] {
  const labels = [...new Set(pictures.map(({ label }) => label))];
  return labels.some((label) => sound.includes(label))
    ? labels.filter((label) => !sound.includes(label))
    : [];
}

/** The first change of the line that costs the deployed model ten points; throws where none does. */
export async function changeLine(
  play: Play,
  client: EndpointClient,
  dir: string,
  clean: Score,
  kind: keyof typeof changes,
): Promise<{ change: Figures['change']; pictures: DemoPicture[]; before: Score }> {
  const { stage, lang, tell } = play;
  const tried: Figures['change']['tried'] = [];
  for (const name of changes[kind]) {
    const out = path.join(stage.dir, `changed-${name}`);
    await stage.seto(['exec', 'node', 'generate.ts', out, '--from', dir, '--change', name], {
      cwd: play.projectDir,
    });
    const { pictures } = await readPictures(out);
    const unseen = pictures.filter(({ split }) => split === 'test');
    const { accuracy } = scoreOf(await client.predictAll(unseen), []);
    tried.push({ name, accuracy });
    const enough = clean.accuracy - accuracy >= leastFall;
    tell(
      say(lang, enough ? 'demo.try_change' : 'demo.change_small', {
        change: say(lang, `demo.change_${name}`),
        before: percent(clean.accuracy),
        after: percent(accuracy),
      }),
    );
    if (!enough) continue;
    const before = await measure(play, client, 'demo.before', unseen);
    return { change: { name, before: clean.accuracy, after: accuracy, tried }, pictures, before };
  }
  throw fault('demo.no_change', { tried: tried.map(({ name }) => name).join(', ') });
}

/**
 * What the line sends with serial numbers: the parts that training may see and those it never sees. Of a large set
 * every second of the former, so that retraining does not take twice as long as training did.
 */
export function pickLine(pictures: readonly DemoPicture[]): DemoPicture[] {
  if (pictures.length <= smallSet) return [...pictures];
  const groups = [
    ...new Set(pictures.filter(({ split }) => split === 'train').map(({ group }) => group)),
  ].sort();
  const picked = new Set(groups.filter((_, at) => at % 2 === 0));
  return pictures.filter(({ split, group }) => split === 'test' || picked.has(group));
}

/** The line's pictures arrive with their serial numbers, and drift shows before any label is known. */
export async function sendLine(
  play: Play,
  client: EndpointClient,
  line: readonly DemoPicture[],
): Promise<MonitoringView['drift']> {
  const { lang, tell } = play;
  await client.predictAll(line, serialOf);
  tell(say(lang, 'demo.line_sent', { count: line.length }));
  const seen = await until(play, 20_000, async () => {
    const view = await play.stage.client.call(showMonitoring, { params: { endpoint: play.endpoint } });
    return view.predictions.total >= line.length && (view.drift?.drift ?? 0) > 1 ? view : null;
  });
  if (seen?.drift == null) throw fault('demo.figure', { expected: 'drift > 1', seen: 'none within 20 s' });
  const tests = seen.drift.tests.map(({ name, ratio }) => `${name} ${ratio.toFixed(2)}`).join(', ');
  tell(say(lang, 'demo.drift', { drift: seen.drift.drift.toFixed(2), tests }));
  return seen.drift;
}

const serialOf = (at: number) => `SN-${String(at + 1).padStart(6, '0')}`;

/** True labels by serial number; the policy starts a pipeline, and a client predicts until its release is live. */
export async function retrain(
  play: Play,
  client: EndpointClient,
  line: readonly DemoPicture[],
  first: number,
): Promise<{
  followed: Followed;
  retraining: Figures['retraining'];
  rollout: Figures['rollout'];
  model: string;
}> {
  const { stage, lang, tell } = play;
  const csv = path.join(stage.dir, 'labels.csv');
  const rows = line.map(({ label }, at) => `${serialOf(at)},"${label.replaceAll('"', '""')}"`);
  writeFileSync(csv, `reference,label\n${rows.join('\n')}\n`);
  await stage.seto(['feedback', play.endpoint, '--csv', csv]);
  tell(say(lang, 'demo.feedback', { count: line.length }));
  const started = await until(play, 60_000, async () => {
    const view = await stage.client.call(showMonitoring, { params: { endpoint: play.endpoint } });
    return view.retrainings.find(({ pipelineId }) => pipelineId !== null && pipelineId > first) ?? null;
  });
  if (started?.pipelineId == null)
    throw fault('demo.figure', { expected: 'a retraining pipeline', seen: 'none within 60 s' });
  tell(say(lang, 'demo.retraining', { pipeline: started.pipelineId, reason: started.reason }));
  const traffic = client.keepPredicting(line);
  const { followed, model } = await runPipeline(play, started.pipelineId).catch(async (error: unknown) => {
    await traffic.stop();
    throw error;
  });
  const { sent, failed } = await traffic.stop();
  tell(say(lang, 'demo.traffic', { sent, failed: failed.length }));
  if (failed.length > 0)
    throw fault('demo.figure', { expected: '0 failed requests', seen: failed.slice(0, 3).join('; ') });
  return {
    followed,
    retraining: { reason: started.reason, pipelineId: started.pipelineId, snapshot: started.snapshotId },
    rollout: { sent, failed: failed.length },
    model,
  };
}

async function newestPipeline(play: Play, after: number): Promise<number> {
  const [group = '', name = ''] = play.project.split('/');
  const found = await until(play, 10_000, async () => {
    const [newest] = await play.stage.client.call(listPipelines, {
      params: { group, name },
      query: { limit: 1, ref: undefined, status: undefined },
    });
    return newest && newest.id > after ? newest.id : null;
  });
  if (found === null) throw fault('demo.figure', { expected: 'a pipeline', seen: 'none' });
  return found;
}

async function until<T>(play: Play, limitMs: number, look: () => Promise<T | null>): Promise<T | null> {
  const end = performance.now() + limitMs;
  while (performance.now() < end) {
    play.signal.throwIfAborted();
    const found = await look();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  return null;
}

function edit(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}

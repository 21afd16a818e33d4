import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { type JobJson, jobLog } from '../src/api/contract/jobs.ts';
import { listPipelines, showPipeline } from '../src/api/contract/pipelines.ts';
import type { Stage } from '../src/cli/demo/stage.ts';
import { median, type Row } from './table.ts';

/** What the four stages run, besides the time stamps around it. */
type Scripts = Record<'train' | 'gate' | 'build-image' | 'deploy', string[]>;

const empty: Scripts = {
  train: ['mkdir -p model', 'head -c 400000 /dev/urandom > model/model.onnx'],
  gate: ['test -s model/model.onnx'],
  'build-image': ['true'],
  deploy: ['true'],
};

/** The sample's own scripts; few epochs, since the time of a net's answer does not depend on its training. */
const real = (seed: number): Scripts => ({
  train: ['seto data pull parts data/ --split train', `node train.ts data/ model/ --epochs 1 --seed ${seed}`],
  gate: [
    'seto data pull parts data/ --split test',
    'seto model gate model/ --data data/ --min-accuracy 0.01',
  ],
  'build-image': ['seto image build model/ --push'],
  deploy: ['seto deploy inspection'],
});

const emptyRuns = 3;
const limitMs = 90_000;

interface Timed {
  /** Seconds from the start of `git push`. */
  firstLine: number;
  whole: number;
  overhead: number;
  /** Seconds of each stage's script. */
  scripts: Record<string, number>;
  /** Wall milliseconds when the script of `deploy` began. */
  deployBegan: number;
}

/** The first and the next pipeline of the sample, then the bare mechanism: stages that do nothing. */
export async function measurePipelines(
  stage: Stage,
  projectDir: string,
  firstAnswer: (model: string | null) => Promise<{ at: number; model: string }>,
  tell: (line: string) => void,
): Promise<Row[]> {
  const answers: number[] = [];
  const runs: Timed[] = [];
  let model: string | null = null;
  for (const seed of [1, 2]) {
    const answered = firstAnswer(model);
    answered.catch(() => undefined);
    const timed = await runOnce(stage, projectDir, real(seed));
    const answer = await answered;
    model = answer.model;
    answers.push((answer.at - timed.deployBegan) / 1000);
    runs.push(timed);
    tell(`pipeline of the sample: ${timed.whole.toFixed(1)} s`);
  }
  const bare: Timed[] = [];
  for (let at = 0; at < emptyRuns; at += 1) bare.push(await runOnce(stage, projectDir, empty));
  tell(`pipelines of empty stages: ${bare.map(({ whole }) => whole.toFixed(1)).join(', ')} s`);
  const [cold, warm] = runs;
  const [firstRelease = Number.NaN, nextRelease = Number.NaN] = answers;
  const scripts = Object.entries(warm?.scripts ?? {}).map(([name, s]) => `${name} ${s.toFixed(2)}`);
  const parts = (pick: (timed: Timed) => number) => bare.map((each) => pick(each).toFixed(2)).join(', ');
  return [
    {
      what: 'push → first line of the job’s log, node up',
      value: median(bare.map(({ firstLine }) => firstLine)),
      unit: 's',
      beside: `runs ${parts(({ firstLine }) => firstLine)}; no node up ${cold?.firstLine.toFixed(2)}`,
      aim: { most: 1 },
    },
    {
      what: 'four stages beyond their scripts, node up',
      value: median(bare.map(({ overhead }) => overhead)),
      unit: 's',
      beside: `runs ${parts(({ overhead }) => overhead)}; the sample’s ${warm?.overhead.toFixed(2)}, its scripts ${scripts.join(', ')}; no node up ${cold?.overhead.toFixed(2)}`,
      aim: { most: 3 },
    },
    {
      what: 'image assembled and pushed, first time (whole command)',
      value: cold?.scripts['build-image'] ?? Number.NaN,
      unit: 's',
      beside: '',
      aim: { most: 3 },
    },
    {
      what: 'image assembled and pushed, base layer present (whole command)',
      value: warm?.scripts['build-image'] ?? Number.NaN,
      unit: 's',
      beside: '',
      aim: { most: 0.5 },
    },
    {
      what: 'deploy → first answer, first release',
      value: firstRelease,
      unit: 's',
      beside: 'from the start of the deploy script',
      aim: { most: 2 },
    },
    {
      what: 'deploy → first answer, next release',
      value: nextRelease,
      unit: 's',
      beside: 'from the start of the deploy script',
      aim: { most: 2 },
    },
  ];
}

/** Commits the stages, pushes them with git, and follows the pipeline to its end. */
async function runOnce(stage: Stage, projectDir: string, scripts: Scripts): Promise<Timed> {
  writeFileSync(path.join(projectDir, '.gitlab-ci.yml'), ciFile(scripts));
  // One picture again and again is drift, and a retraining would run between the pipelines that are measured.
  rmSync(path.join(projectDir, '.seto.yaml'), { force: true });
  await stage.git(projectDir, ['commit', '--quiet', '--all', '--allow-empty', '--message', 'Bench']);
  const before = (await newest(stage))?.id ?? 0;
  const began = Date.now();
  const pushed = stage.git(projectDir, ['push', '--quiet', '--set-upstream', 'origin', 'main']);
  pushed.catch(() => undefined);
  const id = await eventually(async () => {
    const found = await newest(stage);
    return found && found.id > before ? found.id : null;
  });
  const firstLine = await eventually(async () => {
    const [job] = (await stage.client.call(showPipeline, { params: { id } })).jobs.filter(
      ({ name }) => name === 'train',
    );
    return job && (await logOf(stage, job.id)) !== '' ? Date.now() : null;
  });
  await pushed;
  const ended = await eventually(async () => {
    const pipeline = await stage.client.call(showPipeline, { params: { id } });
    return ['success', 'failed', 'canceled'].includes(pipeline.status) ? pipeline : null;
  }, 100);
  const stamps = await stampsOf(stage, ended);
  const seconds = Object.fromEntries(
    Object.entries(stamps).map(([name, { begin, end }]) => [name, (end - begin) / 1000]),
  );
  const finished = Math.max(...ended.jobs.map(({ finishedAt }) => finishedAt ?? Number.NaN));
  const whole = (finished - began) / 1000;
  return {
    firstLine: (firstLine - began) / 1000,
    whole,
    overhead: whole - Object.values(seconds).reduce((sum, each) => sum + each, 0),
    scripts: seconds,
    deployBegan: stamps['deploy']?.begin ?? Number.NaN,
  };
}

async function stampsOf(
  stage: Stage,
  pipeline: { jobs: readonly JobJson[] },
): Promise<Record<string, { begin: number; end: number }>> {
  const stamps: Record<string, { begin: number; end: number }> = {};
  for (const job of pipeline.jobs) {
    const log = await logOf(stage, job.id);
    const at = (which: string) => Number(new RegExp(`^bench-${which} (\\d+)`, 'm').exec(log)?.[1]);
    if (job.status !== 'success') throw new Error(`${job.name}: ${job.status}\n${log.slice(-3000)}`);
    stamps[job.name] = { begin: at('begin'), end: at('end') };
  }
  return stamps;
}

async function logOf(stage: Stage, id: number): Promise<string> {
  return text((await stage.client.stream(jobLog, { params: { id } })).body);
}

async function newest(stage: Stage): Promise<{ id: number } | undefined> {
  const [found] = await stage.client.call(listPipelines, {
    params: { group: 'bench', name: 'inspection' },
    query: { limit: 1, ref: undefined, status: undefined },
  });
  return found;
}

/** Looks every few milliseconds until something is there. */
export async function eventually<T>(look: () => Promise<T | null>, everyMs = 15): Promise<T> {
  const until = performance.now() + limitMs;
  while (performance.now() < until) {
    const found = await look();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  throw new Error(`nothing within ${limitMs / 1000} s`);
}

/** The sample's stages, tags and artifacts around other scripts, each script between two time stamps. */
function ciFile(scripts: Scripts): string {
  const stamp = (which: string) => `echo "bench-${which} $(date +%s%3N)"`;
  const job = (name: keyof Scripts, stage: string, tag: string, rest: string[]) => [
    `${name}:`,
    `  stage: ${stage}`,
    `  tags: [${tag}]`,
    '  script:',
    ...[stamp('begin'), ...scripts[name], stamp('end')].map((line) => `    - '${line}'`),
    ...rest,
  ];
  return [
    'default: { id_tokens: { SETO_ID_TOKEN: { aud: seto } } }',
    'stages: [train, test, image, deploy]',
    ...job('train', 'train', 'cloud', ['  timeout: 10m', '  artifacts: { paths: [model/] }']),
    ...job('gate', 'test', 'onprem', []),
    ...job('build-image', 'image', 'onprem', []),
    ...job('deploy', 'deploy', 'onprem', ['  resource_group: production']),
    '',
  ].join('\n');
}

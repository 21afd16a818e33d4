/**
 * Trains a small convolutional net for visual inspection and writes model.onnx and model.json.
 *   node train.ts data/ model/ [--seed N] [--epochs N] [--threads N] [--split train|test]
 * data/ has one folder per label; groups.csv keeps the pictures of one part together.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  buildReference,
  decide,
  driftScore,
  type LoadedPicture,
  loadPictures,
  type ModelInput,
  type ModelManifest,
  type PictureStatistics,
  parseModelManifest,
} from 'seto/pictures';
import { exportModel } from './trainer/export-model.ts';
import { assignFolds } from './trainer/folds.ts';
import { areaUnderCurve, chooseThreshold, type Judged, rejectLabels, unsureBand } from './trainer/judge.ts';
import { type NetShape, softmax } from './trainer/net.ts';
import { deriveSeed } from './trainer/random.ts';
import { chooseInput } from './trainer/survey.ts';
import type { Examples } from './trainer/train-net.ts';
import { trainNets } from './trainer/train-nets.ts';

/**
 * Nets in the model; each leaves out its share of the parts, which then judge it. More nets see more parts each and
 * agree better, but take longer; small pictures show their defects more plainly.
 */
const netsFor = { 64: 3, 128: 6 } as const;

/** Stands in while only names are read: the real input is chosen from the pictures. */
const anyInput: ModelInput = {
  name: 'picture',
  shape: [1, 1, 64, 64],
  colour: 'grey',
  resize: 'stretch',
  normalise: 'per-image',
};

async function main(): Promise<void> {
  const { positionals, values: options } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: process.env['SETO_SEED'] ?? '1' },
      epochs: { type: 'string' },
      threads: { type: 'string', default: '2' },
      split: { type: 'string' },
      name: { type: 'string', default: 'inspection' },
    },
  });
  const [dataDir = 'data/', modelDir = 'model/'] = positionals;
  const seed = Number(options.seed);
  const started = performance.now();
  const seconds = () => ((performance.now() - started) / 1000).toFixed(1);

  const { split } = options;
  if (split !== undefined && split !== 'train' && split !== 'test')
    throw new Error('--split is train or test');
  const pictures = await Array.fromAsync(
    loadPictures(dataDir, anyInput, split === undefined ? {} : { split }),
  );
  const labels = [...new Set(pictures.map((picture) => picture.label))].sort();
  const parts = new Set(pictures.map((picture) => picture.group)).size;
  if (labels.length < 2)
    throw new Error(
      `${dataDir} needs at least two folders with pictures, one per label; found: ${labels.join(', ') || 'none'}`,
    );
  if (parts < 2)
    throw new Error(`${dataDir} needs pictures of at least two parts; groups.csv names only one`);

  const input = await chooseInput(dataDir, pictures);
  const { examples, statistics } = await readAll(dataDir, input, pictures, labels);
  const shape: NetShape = {
    channels: input.shape[1],
    input: input.shape[2] === 128 ? 128 : 64,
    labels: labels.length,
  };
  const folds = Math.min(parts, netsFor[shape.input]);
  const epochs =
    options.epochs === undefined ? epochsFor(shape.input, pictures.length) : Number(options.epochs);
  console.log(
    `${pictures.length} pictures of ${parts} parts, labels ${labels.join(', ')}; ${shape.input} px ${input.colour}; ${folds} nets, ${epochs} epochs (${seconds()} s)`,
  );

  const foldOf = assignFolds(pictures, folds, seed);
  const orders = Array.from({ length: folds }, (_, fold) => ({
    shape,
    seed: deriveSeed(seed, fold),
    epochs,
    train: foldOf.flatMap((f, i) => (f === fold ? [] : [i])),
    score: foldOf.flatMap((f, i) => (f === fold ? [i] : [])),
  }));
  const trained = await trainNets(orders, examples, Number(options.threads), (finished) =>
    console.log(`net ${finished} of ${folds} trained (${seconds()} s)`),
  );

  const scores: number[][] = [];
  orders.forEach((order, fold) => {
    order.score.forEach((picture, i) => {
      scores[picture] = softmax(trained[fold]?.logits[i] ?? []);
    });
  });
  const manifest = describe(options.name, input, labels, pictures, scores, { epochs, seed });
  const observed = pictures.map((picture, i) => ({
    group: picture.group,
    statistics: statistics[i] as PictureStatistics,
    score: driftScore(decide(scores[i] ?? [], manifest)),
  }));
  manifest.reference = buildReference(observed);

  await mkdir(modelDir, { recursive: true });
  await writeFile(
    join(modelDir, 'model.onnx'),
    exportModel(
      options.name,
      shape,
      trained.map(({ net }) => net),
    ),
  );
  const text = `${JSON.stringify(manifest, null, 1)}\n`;
  parseModelManifest(text);
  await writeFile(join(modelDir, 'model.json'), text);
  for (const [name, value] of Object.entries(manifest.metrics ?? {})) console.log(`${name} ${value}`);
  const { user, system } = process.cpuUsage();
  console.log(
    `wrote ${join(modelDir, 'model.onnx')} and model.json (${seconds()} s, ${((user + system) / 1e6).toFixed(1)} s of processor time)`,
  );
}

/**
 * Passes over the pictures: twelve for a few hundred small plain ones, twenty for as many photographs. With more
 * pictures each pass makes more steps, so fewer will do: time grows with the root of their number.
 */
function epochsFor(side: 64 | 128, pictures: number): number {
  const [most, enough] = side === 128 ? [20, 1000] : [12, 400];
  return Math.max(4, Math.round(most * Math.min(1, Math.sqrt(enough / pictures))));
}

async function readAll(
  dir: string,
  input: ModelInput,
  pictures: readonly LoadedPicture[],
  labels: readonly string[],
): Promise<{ examples: Examples; statistics: PictureStatistics[] }> {
  const [, channels, height, width] = input.shape;
  const length = channels * height * width;
  const tensors = new Float32Array(new SharedArrayBuffer(pictures.length * length * 4));
  const targets = new Int32Array(new SharedArrayBuffer(pictures.length * 4));
  const at = new Map(pictures.map((picture, i) => [picture.path, i]));
  const statistics: PictureStatistics[] = [];
  for await (const picture of loadPictures(dir, input)) {
    const i = at.get(picture.path);
    if (i === undefined) continue;
    const prepared = await picture.prepare();
    tensors.set(prepared.tensor, i * length);
    targets[i] = labels.indexOf(picture.label);
    statistics[i] = prepared.statistics;
  }
  return { examples: { tensors, targets }, statistics };
}

/** model.json without the reference. All figures come from nets that had not seen the picture's part. */
function describe(
  name: string,
  input: ModelInput,
  labels: string[],
  pictures: readonly LoadedPicture[],
  scores: readonly number[][],
  run: { epochs: number; seed: number },
): ModelManifest {
  const manifest: ModelManifest = {
    name,
    task: 'image-classification',
    input,
    output: { name: 'scores' },
    labels,
  };
  const reject = rejectLabels(labels);
  const judged: Judged[] = pictures.map((picture, i) => ({
    bad: reject?.includes(picture.label) ?? false,
    score: labels.reduce((sum, label, k) => (reject?.includes(label) ? sum + (scores[i]?.[k] ?? 0) : sum), 0),
  }));
  if (reject !== undefined) {
    const threshold = chooseThreshold(judged);
    const unsure = unsureBand(judged, threshold);
    manifest.decision = { reject, threshold, ...(unsure === undefined ? {} : { unsure }) };
  }
  const right = pictures.filter(
    (picture, i) => decide(scores[i] ?? [], manifest).label === picture.label,
  ).length;
  const round = (x: number) => Number(x.toFixed(4));
  manifest.metrics = {
    crossValidatedAccuracy: round(right / pictures.length),
    ...(reject === undefined ? {} : { crossValidatedAuc: round(areaUnderCurve(judged)) }),
    pictures: pictures.length,
    ...run,
  };
  return manifest;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

/**
 * Trains the sample on its own pictures and on the magnetic tiles, five seeds each, and prints accuracy on parts that
 * training never saw. Takes many minutes; not part of the tests.
 *   node scripts/accuracy.ts [--tiles DIR] [--seeds 1,2,3,4,5] [--only default|tiles]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { changePictures, changes, generatePictures } from '../samples/visual-inspection/generate.ts';
import { areaUnderCurve } from '../samples/visual-inspection/trainer/judge.ts';
import { decide } from '../src/serving/decide.ts';
import { loadPictures } from '../src/serving/pictures.ts';
import { openModel } from '../src/serving/session.ts';

const root = join(import.meta.dirname, '..');
const { values: options } = parseArgs({
  options: {
    tiles: { type: 'string', default: join(root, '../shared/data/magnetic-tile') },
    seeds: { type: 'string', default: '1,2,3,4,5' },
    only: { type: 'string' },
  },
});

/** Trains on the train split; answers the trainer's last line, which has its seconds. */
function train(data: string, model: string, seed: string): string {
  const trainer = join(root, 'samples/visual-inspection/train.ts');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [trainer, data, model, '--split', 'train', '--seed', seed],
    { cwd: root, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  return /\(([^()]*)\)\s*$/.exec(stdout)?.[1] ?? '';
}

/** Accuracy and area under the curve on the test split of a folder. */
async function measure(
  model: string,
  data: string,
): Promise<{ pictures: number; accuracy: number; auc: number }> {
  const opened = await openModel(model);
  const judged: { score: number; bad: boolean; right: boolean }[] = [];
  for await (const picture of loadPictures(data, opened.manifest.input, { split: 'test' })) {
    const [scores = new Float32Array()] = await opened.predict(await picture.tensor());
    const answer = decide(scores, opened.manifest);
    const bad = opened.manifest.decision?.reject.includes(picture.label) ?? false;
    judged.push({ score: answer.rejectScore ?? 0, bad, right: answer.label === picture.label });
  }
  await opened.close();
  const accuracy = judged.filter(({ right }) => right).length / judged.length;
  return { pictures: judged.length, accuracy, auc: areaUnderCurve(judged) };
}

const folder = mkdtempSync(join(tmpdir(), 'accuracy-'));
try {
  const seeds = options.seeds.split(',');
  const line = (...cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
  line(
    'pictures',
    'seed',
    'test',
    'accuracy',
    'AUC',
    'seconds',
    ...changes.map((change) => `after ${change}`),
  );
  line(...new Array(7 + changes.length).fill('---'));
  for (const set of ['default', 'tiles'].filter(
    (name) => options.only === undefined || options.only === name,
  )) {
    if (set === 'tiles' && !existsSync(options.tiles)) {
      console.log(`tiles left out: there is no ${options.tiles}`);
      continue;
    }
    const data = set === 'tiles' ? options.tiles : join(folder, 'default');
    if (set === 'default') await generatePictures(data);
    for (const change of changes) await changePictures(data, join(folder, `${set}-${change}`), change);
    for (const seed of seeds) {
      const model = join(folder, 'model');
      const seconds = train(data, model, seed);
      const clean = await measure(model, data);
      const changed: string[] = [];
      for (const change of changes)
        changed.push((await measure(model, join(folder, `${set}-${change}`))).accuracy.toFixed(3));
      line(set, seed, clean.pictures, clean.accuracy.toFixed(3), clean.auc.toFixed(3), seconds, ...changed);
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}

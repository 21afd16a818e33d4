import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { decide } from '../serving/decide.ts';
import { type LoadedPicture, loadPictures } from '../serving/pictures.ts';
import { openModel } from '../serving/session.ts';
import { SetoError } from '../shared/errors.ts';
import type { EvaluationLine } from './run-evaluation.ts';

/**
 * The evaluation as a process of its own, since it loads a model and decodes pictures that others made:
 * `node src/gate/evaluate-main.ts --model DIR --data DIR`. Writes one JSON document a line: the model, each test
 * picture, `done`; or an error and exit 1.
 */

/** Pictures in work at once: decoding uses libvips' threads, so a few keep them busy. */
const inWork = 8;

const write = async (line: EvaluationLine): Promise<void> => {
  if (!process.stdout.write(`${JSON.stringify(line)}\n`)) await once(process.stdout, 'drain');
};

async function evaluate(modelDir: string, dataDir: string): Promise<void> {
  const model = await openModel(modelDir);
  const { manifest } = model;
  const size = manifest.input.shape.reduce((product, side) => product * side, 1);
  await write({
    kind: 'model',
    name: manifest.name,
    labels: manifest.labels,
    reject: manifest.decision?.reject ?? null,
  });
  const prepare = async (picture: LoadedPicture) => {
    const bytes = await readFile(path.join(dataDir, picture.path));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { picture, sha256, tensor: await picture.tensor() };
  };
  const score = async (batch: Awaited<ReturnType<typeof prepare>>[]): Promise<void> => {
    const tensors = new Float32Array(size * batch.length);
    for (const [i, { tensor }] of batch.entries()) tensors.set(tensor, i * size);
    const scores = model.batches
      ? await model.predict(tensors)
      : (await Promise.all(batch.map(({ tensor }) => model.predict(tensor)))).flat();
    for (const [i, { picture, sha256 }] of batch.entries()) {
      const { label, decision } = decide(scores[i] ?? [], manifest);
      const { path: where, group, label: truth } = picture;
      await write({ kind: 'picture', path: where, sha256, group, truth, label, decision });
    }
  };
  let waiting: ReturnType<typeof prepare>[] = [];
  const flush = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    if (batch.length > 0) await score(await Promise.all(batch));
  };
  for await (const picture of loadPictures(dataDir, manifest.input, { split: 'test' })) {
    const work = prepare(picture);
    // Awaited with its batch; until then a failure must not count as unhandled.
    work.catch(() => undefined);
    waiting.push(work);
    if (waiting.length === inWork) await flush();
  }
  await flush();
  await write({ kind: 'done' });
  await model.close();
}

const { values } = parseArgs({ options: { model: { type: 'string' }, data: { type: 'string' } } });
evaluate(values.model ?? 'model', values.data ?? 'data').catch(async (error: unknown) => {
  if (error instanceof SetoError) await write({ kind: 'error', code: error.code, values: error.values });
  else process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});

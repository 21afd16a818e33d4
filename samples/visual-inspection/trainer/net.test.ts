import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openModel } from '../../../src/serving/session.ts';
import { exportModel } from './export-model.ts';
import { Net, type NetShape, softmax } from './net.ts';
import { Random } from './random.ts';
import { type NetOrder, scorePicture, trainNet } from './train-net.ts';

const shapes: NetShape[] = [
  { channels: 1, input: 64, labels: 2 },
  { channels: 1, input: 128, labels: 2 },
  { channels: 3, input: 64, labels: 10 },
  { channels: 3, input: 128, labels: 3 },
];

function noise(length: number, seed: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length }, () => random.normal());
}

it.each(shapes)('gradients of $channels × $input px, $labels labels are those of the loss', (shape) => {
  const count = 4;
  const net = Net.create(shape, count, 11);
  net.input.values.set(noise(net.input.values.length, 5));
  const targets = Array.from({ length: count }, (_, n) => n % shape.labels);
  // No dropout: every feature is kept.
  const steady = new Random(1);
  steady.next = () => 0.9;
  const loss = () => {
    net.forward(count, steady);
    return targets.reduce((sum, target, n) => {
      const scores = softmax(net.logits.subarray(n * shape.labels, (n + 1) * shape.labels));
      return sum - Math.log(scores[target] ?? 0) / count;
    }, 0);
  };
  loss();
  net.backward(targets, count);
  // Along the gradient itself the loss must rise by its squared length: one number for all parameters of a layer.
  for (const { values, gradient } of net.parameters) {
    const start = values.slice();
    const slope = gradient.slice();
    const length = Math.sqrt(slope.reduce((sum, g) => sum + g * g, 0));
    const reach = 2e-3;
    const at = (sign: number) => {
      values.set(start.map((v, i) => v + (sign * reach * (slope[i] ?? 0)) / length));
      return loss();
    };
    const measured = (at(1) - at(-1)) / (2 * reach);
    values.set(start);
    expect(measured / length).toBeGreaterThan(0.9);
    expect(measured / length).toBeLessThan(1.1);
  }
});

it.each(shapes)('ONNX of $channels × $input px agrees with the trainer', async (shape) => {
  const length = shape.channels * shape.input ** 2;
  const pictures = 40;
  const examples = {
    tensors: noise(length * pictures, 3),
    targets: Int32Array.from({ length: pictures }, (_, i) => i % shape.labels),
  };
  const order: NetOrder = {
    shape,
    seed: 1,
    epochs: 2,
    train: examples.targets.map((_, i) => i) as never,
    score: [0, 1, 2],
  };
  const orders = [1, 2].map((seed) => ({
    ...order,
    seed,
    train: Array.from({ length: pictures }, (_, i) => i),
  }));
  const trained = orders.map((each) => trainNet(each, examples));
  const dir = await mkdtemp(join(tmpdir(), 'onnx-'));
  try {
    await writeFile(
      join(dir, 'model.onnx'),
      exportModel(
        'test',
        shape,
        trained.map(({ net }) => net),
      ),
    );
    const manifest = {
      name: 'test',
      task: 'image-classification',
      input: {
        name: 'picture',
        shape: [1, shape.channels, shape.input, shape.input],
        colour: shape.channels === 1 ? 'grey' : 'rgb',
        resize: 'stretch',
        normalise: 'per-image',
      },
      output: { name: 'scores' },
      labels: Array.from({ length: shape.labels }, (_, i) => `label-${i}`),
    };
    await writeFile(join(dir, 'model.json'), JSON.stringify(manifest));
    const model = await openModel(dir);
    const answers = await model.predict(examples.tensors.slice(0, 3 * length));
    await model.close();
    for (let n = 0; n < 3; n += 1) {
      const mean = Array.from(
        { length: shape.labels },
        (_, k) => ((trained[0]?.logits[n]?.[k] ?? 0) + (trained[1]?.logits[n]?.[k] ?? 0)) / 2,
      );
      softmax(mean).forEach((score, k) => {
        expect(Math.abs((answers[n]?.[k] ?? Number.NaN) - score)).toBeLessThanOrEqual(1e-5);
      });
    }
  } finally {
    await rm(dir, { recursive: true });
  }
});

it('a score does not depend on what else is in the batch', () => {
  const shape: NetShape = { channels: 1, input: 64, labels: 2 };
  const net = Net.create(shape, 32, 1);
  const tensor = noise(4096, 9);
  const alone = scorePicture(net, tensor);
  net.input.values.set(noise(net.input.values.length, 2));
  expect(scorePicture(net, tensor)).toEqual(alone);
});

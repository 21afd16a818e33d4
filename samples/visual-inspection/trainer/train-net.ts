import { AdamW, rateAt } from './adamw.ts';
import { augment, mirror } from './augment.ts';
import { type FinishedNet, Net, type NetShape } from './net.ts';
import { Random } from './random.ts';

/** Pictures as tensors, one after another; `targets` are label numbers. Shared between threads. */
export interface Examples {
  tensors: Float32Array;
  targets: Int32Array;
}

/** One net to train: on some pictures, then scoring others that it has not seen. */
export interface NetOrder {
  shape: NetShape;
  seed: number;
  epochs: number;
  train: number[];
  score: number[];
}

/** The finished net and its logits for `score`, averaged over the four mirrored views. */
export interface TrainedNet {
  net: FinishedNet;
  logits: number[][];
  losses: number[];
}

const batch = 32;
const peakRate = 0.01;
const weightDecay = 1e-4;

/** Trains one net. Nothing but the order and the pictures decides the result. */
export function trainNet(order: NetOrder, examples: Examples): TrainedNet {
  const { shape, epochs } = order;
  const net = Net.create(shape, batch, order.seed);
  const random = new Random(order.seed ^ 0x5e70);
  const optimiser = new AdamW(net.parameters);
  const size = { channels: shape.channels, side: shape.input };
  const length = shape.channels * shape.input ** 2;
  const pictures = order.train.slice();
  // A batch of one or two pictures says nothing about mean and variance: the rest joins the last full batch's epoch.
  const perEpoch = Math.max(1, Math.floor(pictures.length / batch));
  const losses: number[] = [];
  for (let epoch = 0, step = 0; epoch < epochs; epoch += 1) {
    random.shuffle(pictures);
    let loss = 0;
    for (let b = 0; b < perEpoch; b += 1, step += 1) {
      const chosen = pictures.slice(b * batch, (b + 1) * batch);
      chosen.forEach((picture, n) => {
        augment(
          examples.tensors.subarray(picture * length, (picture + 1) * length),
          net.input.values,
          n * length,
          size,
          random,
        );
      });
      net.forward(chosen.length, random);
      loss +=
        net.backward(
          chosen.map((picture) => examples.targets[picture] as number),
          chosen.length,
        ) / perEpoch;
      optimiser.step(rateAt(step, epochs * perEpoch, peakRate), weightDecay);
    }
    losses.push(loss);
  }
  const logits = order.score.map((picture) =>
    scorePicture(net, examples.tensors.subarray(picture * length, (picture + 1) * length)),
  );
  return { net: net.finish(), logits, losses };
}

/** Mean logits of a picture's four mirrored views. */
export function scorePicture(net: Net, tensor: Float32Array): number[] {
  const { labels, channels, input } = net.shape;
  for (let view = 0; view < 4; view += 1)
    mirror(tensor, net.input.values, view * tensor.length, { channels, side: input }, view);
  net.forward(4);
  return Array.from({ length: labels }, (_, k) => {
    let sum = 0;
    for (let view = 0; view < 4; view += 1) sum += net.logits[view * labels + k] as number;
    return sum / 4;
  });
}

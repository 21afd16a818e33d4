import { Arena, type Block } from './arena.ts';
import { Convolution, type Parameter } from './convolution.ts';
import { Normalisation } from './normalisation.ts';
import { Random } from './random.ts';

/** The shape of the net; `input` is the side of the square picture grid. */
export interface NetShape {
  channels: 1 | 3;
  input: 64 | 128;
  labels: number;
}

/** A finished convolution with the normalisation folded in, as it goes into the model. */
export interface FinishedConvolution {
  filters: number;
  channels: number;
  kernel: number;
  stride: number;
  pool: boolean;
  /** OIHW. */
  weight: Float32Array;
  bias: Float32Array;
}

/** A finished net: what the model file holds. */
export interface FinishedNet {
  convolutions: FinishedConvolution[];
  /** labels × features: first the largest value of each filter, then the mean of each. */
  dense: { weight: Float32Array; bias: Float32Array; features: number };
}

const dropout = 0.2;

interface Stage {
  convolution: Convolution;
  normalisation: Normalisation;
}

/**
 * Four convolutions (8, 16, 32, 32 filters) with batch normalisation and ReLU, the first three followed by 2×2
 * pooling; the largest and the mean value of each of the last filters; one dense layer. Pictures of 128 pixels enter
 * through a 5×5 filter with stride 2, those of 64 through 3×3.
 */
export class Net {
  readonly shape: NetShape;
  readonly input: Block;
  readonly batch: number;
  readonly parameters: Parameter[];
  readonly logits: Float32Array;
  readonly #stages: Stage[];
  readonly #features: Float32Array;
  readonly #featureGradient: Float32Array;
  readonly #largest: Int32Array;
  readonly #kept: Float32Array;
  readonly #weight: Parameter;
  readonly #bias: Parameter;

  private constructor(arena: Arena, shape: NetShape, batch: number) {
    this.shape = shape;
    this.batch = batch;
    this.input = arena.floats(batch * shape.channels * shape.input ** 2);
    this.#stages = [];
    let size = {
      channels: shape.channels as number,
      height: shape.input as number,
      width: shape.input as number,
    };
    [8, 16, 32, 32].forEach((filters, i) => {
      const first = shape.input === 128 && i === 0;
      const convolution = new Convolution(
        arena,
        { ...size, filters, kernel: first ? 5 : 3, stride: first ? 2 : 1 },
        batch,
      );
      const { outHeight: height, outWidth: width } = convolution;
      const normalisation = new Normalisation(arena, {
        channels: filters,
        height,
        width,
        pool: i < 3,
        batch,
      });
      size = { channels: filters, height: normalisation.outputHeight, width: normalisation.outputWidth };
      this.#stages.push({ convolution, normalisation });
    });
    const features = size.channels * 2;
    this.#features = new Float32Array(batch * features);
    this.#featureGradient = new Float32Array(batch * features);
    this.#kept = new Float32Array(batch * features);
    this.#largest = new Int32Array(batch * size.channels);
    this.#weight = {
      values: new Float32Array(shape.labels * features),
      gradient: new Float32Array(shape.labels * features),
    };
    this.#bias = { values: new Float32Array(shape.labels), gradient: new Float32Array(shape.labels) };
    this.logits = new Float32Array(batch * shape.labels);
    this.parameters = [
      ...this.#stages.flatMap(({ convolution, normalisation }) => [
        convolution.weight,
        normalisation.scale,
        normalisation.shift,
      ]),
      this.#weight,
      this.#bias,
    ];
  }

  /** A net with He's start (K. He et al., 2015), reproducible from the seed. */
  static create(shape: NetShape, batch: number, seed: number): Net {
    const net = Arena.build((arena) => new Net(arena, shape, batch));
    const random = new Random(seed);
    for (const { convolution } of net.#stages) {
      const { channels, filters, kernel } = convolution.shape;
      const inputs = channels * kernel ** 2;
      for (let f = 0; f < filters; f += 1)
        for (let t = 0; t < inputs; t += 1)
          convolution.weight.values[f * convolution.taps + t] = random.normal() * Math.sqrt(2 / inputs);
    }
    const spread = 1 / Math.sqrt(net.#weight.values.length / shape.labels);
    for (let i = 0; i < net.#weight.values.length; i += 1)
      net.#weight.values[i] = (random.next() * 2 - 1) * spread;
    return net;
  }

  /** Logits of the first `count` pictures in `input`; dropout only while training, when `random` is given. */
  forward(count: number, random?: Random): void {
    let values = this.input.values;
    for (const { convolution, normalisation } of this.#stages) {
      convolution.forward(values, count);
      normalisation.forward(convolution.output.values, count, random !== undefined);
      values = normalisation.output.values;
    }
    this.#gather(values, count, random);
    const { labels } = this.shape;
    const features = this.#features.length / this.batch;
    for (let n = 0; n < count; n += 1)
      for (let k = 0; k < labels; k += 1) {
        let sum = this.#bias.values[k] as number;
        for (let f = 0; f < features; f += 1)
          sum +=
            (this.#features[n * features + f] as number) * (this.#weight.values[k * features + f] as number);
        this.logits[n * labels + k] = sum;
      }
  }

  #gather(values: Float32Array, count: number, random: Random | undefined): void {
    const last = this.#stages.at(-1) as Stage;
    const channels = last.convolution.shape.filters;
    const places = values.length / this.batch / channels;
    for (let n = 0; n < count; n += 1)
      for (let c = 0; c < channels; c += 1) {
        const start = (n * channels + c) * places;
        let best = start;
        let sum = 0;
        for (let i = start; i < start + places; i += 1) {
          if ((values[i] as number) > (values[best] as number)) best = i;
          sum += values[i] as number;
        }
        this.#largest[n * channels + c] = best;
        this.#features[n * channels * 2 + c] = values[best] as number;
        this.#features[n * channels * 2 + channels + c] = sum / places;
      }
    if (random === undefined) return;
    for (let i = 0; i < count * channels * 2; i += 1) {
      const keep = random.next() < dropout ? 0 : 1 / (1 - dropout);
      this.#kept[i] = keep;
      this.#features[i] = (this.#features[i] as number) * keep;
    }
  }

  /** Cross-entropy's mean over the batch, after forward; fills every parameter's gradient. */
  backward(targets: ArrayLike<number>, count: number): number {
    const { labels } = this.shape;
    const features = this.#features.length / this.batch;
    for (const { gradient } of this.parameters) gradient.fill(0);
    this.#featureGradient.fill(0);
    let loss = 0;
    for (let n = 0; n < count; n += 1) {
      const scores = softmax(this.logits.subarray(n * labels, (n + 1) * labels));
      loss -= Math.log(Math.max(1e-12, scores[targets[n] as number] as number)) / count;
      for (let k = 0; k < labels; k += 1) {
        const error = ((scores[k] as number) - (targets[n] === k ? 1 : 0)) / count;
        this.#bias.gradient[k] = (this.#bias.gradient[k] as number) + error;
        for (let f = 0; f < features; f += 1) {
          const i = n * features + f;
          const w = k * features + f;
          this.#weight.gradient[w] =
            (this.#weight.gradient[w] as number) + error * (this.#features[i] as number);
          this.#featureGradient[i] =
            (this.#featureGradient[i] as number) + error * (this.#weight.values[w] as number);
        }
      }
    }
    this.#spread(count);
    for (let s = this.#stages.length - 1; s >= 0; s -= 1) {
      const { convolution, normalisation } = this.#stages[s] as Stage;
      const before = this.#stages[s - 1];
      normalisation.backward(convolution.output.values, convolution.outputGradient.values, count);
      const input = before?.normalisation.output.values ?? this.input.values;
      convolution.backward(input, before?.normalisation.outputGradient, count);
    }
    return loss;
  }

  #spread(count: number): void {
    const { normalisation, convolution } = this.#stages.at(-1) as Stage;
    const channels = convolution.shape.filters;
    const gradient = normalisation.outputGradient.values;
    const places = gradient.length / this.batch / channels;
    for (let n = 0; n < count; n += 1)
      for (let c = 0; c < channels; c += 1) {
        const f = n * channels * 2 + c;
        const mean =
          ((this.#featureGradient[f + channels] as number) * (this.#kept[f + channels] as number)) / places;
        const start = (n * channels + c) * places;
        gradient.fill(mean, start, start + places);
        const best = this.#largest[n * channels + c] as number;
        gradient[best] =
          (gradient[best] as number) + (this.#featureGradient[f] as number) * (this.#kept[f] as number);
      }
  }

  /** Folds normalisation into the convolutions; the result no longer depends on this net's memory. */
  finish(): FinishedNet {
    const convolutions = this.#stages.map(({ convolution, normalisation }) => {
      const { channels, filters, kernel, stride } = convolution.shape;
      const { gain, bias } = normalisation.folded();
      const inputs = channels * kernel ** 2;
      const weight = new Float32Array(filters * inputs);
      for (let f = 0; f < filters; f += 1)
        for (let t = 0; t < inputs; t += 1)
          weight[f * inputs + t] =
            (convolution.weight.values[f * convolution.taps + t] as number) * (gain[f] as number);
      return { filters, channels, kernel, stride, pool: normalisation.pool, weight, bias };
    });
    const features = this.#features.length / this.batch;
    return {
      convolutions,
      dense: { weight: this.#weight.values.slice(), bias: this.#bias.values.slice(), features },
    };
  }
}

/** Scores that add up to 1. */
export function softmax(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const most = Math.max(...values);
  const powers = values.map((x) => Math.exp(x - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((x) => x / sum);
}

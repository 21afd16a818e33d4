import type { Arena, Block } from './arena.ts';
import type { Parameter } from './convolution.ts';

const epsilon = 1e-5;
const momentum = 0.1;

/**
 * Batch normalisation, ReLU, and where asked for the largest of each 2×2 square, in one pass (S. Ioffe and
 * C. Szegedy, 2015). Running mean and variance are what the finished model uses.
 */
export class Normalisation {
  readonly scale: Parameter;
  readonly shift: Parameter;
  readonly runningMean: Float32Array;
  readonly runningVariance: Float32Array;
  readonly output: Block;
  readonly outputGradient: Block;
  readonly pool: boolean;
  readonly #channels: number;
  readonly #height: number;
  readonly #width: number;
  readonly #mean: Float64Array;
  readonly #inverse: Float64Array;
  /** Where in its plane each output value came from. */
  readonly #source: Uint16Array;

  constructor(
    arena: Arena,
    size: { channels: number; height: number; width: number; pool: boolean; batch: number },
  ) {
    const { channels, height, width, pool, batch } = size;
    this.#channels = channels;
    this.#height = height;
    this.#width = width;
    this.pool = pool;
    this.scale = { values: new Float32Array(channels).fill(1), gradient: new Float32Array(channels) };
    this.shift = { values: new Float32Array(channels), gradient: new Float32Array(channels) };
    this.runningMean = new Float32Array(channels);
    this.runningVariance = new Float32Array(channels).fill(1);
    this.#mean = new Float64Array(channels);
    this.#inverse = new Float64Array(channels);
    const length = (batch * channels * height * width) / (pool ? 4 : 1);
    this.output = arena.floats(length);
    this.outputGradient = arena.floats(length);
    this.#source = new Uint16Array(pool ? length : 0);
  }

  get outputHeight(): number {
    return this.pool ? this.#height / 2 : this.#height;
  }

  get outputWidth(): number {
    return this.pool ? this.#width / 2 : this.#width;
  }

  forward(input: Float32Array, count: number, training: boolean): void {
    const size = this.#height * this.#width;
    for (let c = 0; c < this.#channels; c += 1) {
      if (training) this.#measure(input, c, count);
      else {
        this.#mean[c] = this.runningMean[c] as number;
        this.#inverse[c] = 1 / Math.sqrt((this.runningVariance[c] as number) + epsilon);
      }
      const gain = (this.scale.values[c] as number) * (this.#inverse[c] as number);
      const bias = (this.shift.values[c] as number) - (this.#mean[c] as number) * gain;
      for (let n = 0; n < count; n += 1) {
        const plane = n * this.#channels + c;
        if (this.pool) this.#pooled(input, plane, gain, bias);
        else {
          const output = this.output.values;
          for (let i = plane * size; i < (plane + 1) * size; i += 1) {
            const value = (input[i] as number) * gain + bias;
            output[i] = value > 0 ? value : 0;
          }
        }
      }
    }
  }

  #measure(input: Float32Array, c: number, count: number): void {
    const size = this.#height * this.#width;
    let sum = 0;
    let squares = 0;
    for (let n = 0; n < count; n += 1) {
      const start = (n * this.#channels + c) * size;
      for (let i = start; i < start + size; i += 1) {
        const value = input[i] as number;
        sum += value;
        squares += value * value;
      }
    }
    const total = count * size;
    const mean = sum / total;
    const variance = Math.max(0, squares / total - mean * mean);
    this.#mean[c] = mean;
    this.#inverse[c] = 1 / Math.sqrt(variance + epsilon);
    const unbiased = (variance * total) / Math.max(1, total - 1);
    this.runningMean[c] = (1 - momentum) * (this.runningMean[c] as number) + momentum * mean;
    this.runningVariance[c] = (1 - momentum) * (this.runningVariance[c] as number) + momentum * unbiased;
  }

  #pooled(input: Float32Array, plane: number, gain: number, bias: number): void {
    const width = this.#width;
    const start = plane * this.#height * width;
    const output = this.output.values;
    const source = this.#source;
    let at = start / 4;
    for (let y = 0; y < this.#height; y += 2)
      for (let x = 0; x < width; x += 2, at += 1) {
        const place = y * width + x;
        // The largest after the affine map is the largest or smallest before it, by the sign of the gain.
        let best = place;
        let value = (input[start + place] as number) * gain;
        const right = (input[start + place + 1] as number) * gain;
        if (right > value) {
          value = right;
          best = place + 1;
        }
        const below = (input[start + place + width] as number) * gain;
        if (below > value) {
          value = below;
          best = place + width;
        }
        const across = (input[start + place + width + 1] as number) * gain;
        if (across > value) {
          value = across;
          best = place + width + 1;
        }
        value += bias;
        output[at] = value > 0 ? value : 0;
        source[at] = best;
      }
  }

  /** Sets the gradients of scale and shift, and fills the input's. */
  backward(input: Float32Array, inputGradient: Float32Array, count: number): void {
    const size = this.#height * this.#width;
    const shrunk = this.pool ? size / 4 : size;
    const output = this.output.values;
    const gradient = this.outputGradient.values;
    const source = this.#source;
    if (this.pool) inputGradient.fill(0, 0, count * this.#channels * size);
    for (let c = 0; c < this.#channels; c += 1) {
      const mean = this.#mean[c] as number;
      const inverse = this.#inverse[c] as number;
      let sum = 0;
      let product = 0;
      for (let n = 0; n < count; n += 1) {
        const plane = n * this.#channels + c;
        for (let i = 0; i < shrunk; i += 1) {
          const at = plane * shrunk + i;
          const value = (output[at] as number) > 0 ? (gradient[at] as number) : 0;
          const from = plane * size + (this.pool ? (source[at] as number) : i);
          if (value !== 0 || !this.pool) inputGradient[from] = value;
          sum += value;
          product += value * ((input[from] as number) - mean) * inverse;
        }
      }
      this.shift.gradient[c] = sum;
      this.scale.gradient[c] = product;
      const total = count * size;
      const gain = (this.scale.values[c] as number) * inverse;
      const constant = sum / total;
      const slope = (product / total) * inverse;
      for (let n = 0; n < count; n += 1) {
        const start = (n * this.#channels + c) * size;
        for (let i = start; i < start + size; i += 1)
          inputGradient[i] =
            gain * ((inputGradient[i] as number) - constant - ((input[i] as number) - mean) * slope);
      }
    }
  }

  /** The finished model's affine map per channel: y = gain·x + bias. */
  folded(): { gain: Float32Array; bias: Float32Array } {
    const gain = this.scale.values.map(
      (g, c) => g / Math.sqrt((this.runningVariance[c] as number) + epsilon),
    );
    return {
      gain,
      bias: this.shift.values.map((b, c) => b - (this.runningMean[c] as number) * (gain[c] as number)),
    };
  }
}

import type { Arena, Block } from './arena.ts';

/** Sizes of one convolution. Padding keeps the size: (kernel − 1) / 2 on each side, halved by stride 2. */
export interface ConvolutionShape {
  channels: number;
  height: number;
  width: number;
  /** Number of filters, a multiple of 4. */
  filters: number;
  kernel: 3 | 5;
  stride: 1 | 2;
}

/** A learnt tensor and its gradient, summed over the batch. */
export interface Parameter {
  values: Float32Array;
  gradient: Float32Array;
}

/**
 * A convolution without bias (batch normalisation follows and has one). The gradient of its input is a convolution
 * itself, of the output's gradient with the filters turned round.
 */
export class Convolution {
  readonly shape: ConvolutionShape;
  readonly outHeight: number;
  readonly outWidth: number;
  /** Filters × taps, rows padded to `taps`. */
  readonly weight: Parameter;
  /** channels × kernel × kernel, rounded up to a multiple of 4; the padding stays zero. */
  readonly taps: number;
  readonly output: Block;
  readonly outputGradient: Block;
  readonly #arena: Arena;
  readonly #weight: Block;
  readonly #weightGradient: Block;
  readonly #byTap: Block;
  readonly #turned: Block;
  readonly #input: Padded;
  readonly #gradient: Padded;

  constructor(arena: Arena, shape: ConvolutionShape, batch: number) {
    const { channels, height, width, filters, kernel, stride } = shape;
    this.shape = shape;
    this.#arena = arena;
    this.outHeight = height / stride;
    this.outWidth = width / stride;
    if (this.outWidth % 8 !== 0)
      throw new Error(`a convolution needs a width that is a multiple of 8, not ${this.outWidth}`);
    this.taps = Math.ceil((channels * kernel ** 2) / 4) * 4;
    this.#weight = arena.floats(filters * this.taps);
    this.#weightGradient = arena.floats(filters * this.taps);
    this.#byTap = arena.floats(filters * this.taps);
    this.#turned = arena.floats(filters * this.taps);
    this.#input = new Padded(arena, channels, height, width, kernel, stride);
    this.#gradient = new Padded(arena, filters, this.outHeight, this.outWidth, kernel, 1);
    const places = batch * filters * this.outHeight * this.outWidth;
    this.output = arena.floats(places);
    this.outputGradient = arena.floats(places);
    this.weight = { values: this.#weight.values, gradient: this.#weightGradient.values };
  }

  /** Convolves the first `count` pictures of the batch. */
  forward(input: Float32Array, count: number): void {
    const { filters } = this.shape;
    const { outHeight, outWidth, taps } = this;
    const padded = this.#input;
    for (let f = 0; f < filters; f += 1)
      for (let t = 0; t < taps; t += 1)
        this.#byTap.values[t * filters + f] = this.#weight.values[f * taps + t] as number;
    for (let n = 0; n < count; n += 1) {
      padded.fill(input, n);
      this.#arena.kernels.correlate(
        filters,
        outHeight,
        outWidth / 8,
        taps,
        this.#byTap.address,
        padded.table.address,
        padded.block.address,
        this.output.address + n * filters * outHeight * outWidth * 4,
        padded.row * 4 * this.shape.stride,
        outWidth * 4,
        outHeight * outWidth * 4,
      );
    }
  }

  /** Adds to the weight's gradient; fills the input's where it is asked for (stride 1 only). */
  backward(input: Float32Array, inputGradient: Block | undefined, count: number): void {
    const { filters, channels, height, width, kernel, stride } = this.shape;
    const { outHeight, outWidth } = this;
    const { correlate, weightGradient } = this.#arena.kernels;
    if (inputGradient !== undefined) this.#turn();
    for (let n = 0; n < count; n += 1) {
      this.#input.fill(input, n);
      weightGradient(
        filters,
        outHeight,
        outWidth / 8,
        this.taps,
        this.#weightGradient.address,
        this.#input.table.address,
        this.#input.block.address,
        this.outputGradient.address + n * filters * outHeight * outWidth * 4,
        this.#input.row * 4 * stride,
        outWidth * 4,
        outHeight * outWidth * 4,
      );
      if (inputGradient === undefined) continue;
      const padded = this.#gradient;
      padded.fill(this.outputGradient.values, n);
      correlate(
        channels,
        height,
        width / 8,
        filters * kernel ** 2,
        this.#turned.address,
        padded.table.address,
        padded.block.address,
        inputGradient.address + n * channels * height * width * 4,
        padded.row * 4,
        width * 4,
        height * width * 4,
      );
    }
    this.#clearPadding();
  }

  /** The filters turned by half a turn, by tap of the gradient (filter, dy, dx), then by channel. */
  #turn(): void {
    const { filters, channels, kernel } = this.shape;
    const window = kernel ** 2;
    for (let f = 0; f < filters; f += 1)
      for (let c = 0; c < channels; c += 1)
        for (let t = 0; t < window; t += 1)
          this.#turned.values[(f * window + window - 1 - t) * channels + c] = this.#weight.values[
            f * this.taps + c * window + t
          ] as number;
  }

  /** Taps beyond the last real one read some pixel or other; their weights must stay zero. */
  #clearPadding(): void {
    const real = this.shape.channels * this.shape.kernel ** 2;
    for (let f = 0; f < this.shape.filters; f += 1)
      this.#weightGradient.values.fill(0, f * this.taps + real, (f + 1) * this.taps);
  }
}

/**
 * One picture with a border of zeros, and the table of where each tap reads. For stride 2 the even columns of a row
 * come first, then the odd ones, so that neighbouring places read neighbouring numbers.
 */
class Padded {
  readonly block: Block;
  readonly table: Block;
  /** Numbers in a row. */
  readonly row: number;
  readonly #channels: number;
  readonly #height: number;
  readonly #width: number;
  readonly #edge: number;
  readonly #stride: number;
  readonly #half: number;

  constructor(arena: Arena, channels: number, height: number, width: number, kernel: number, stride: 1 | 2) {
    this.#channels = channels;
    this.#height = height;
    this.#width = width;
    this.#edge = (kernel - 1) / 2;
    this.#stride = stride;
    this.#half = Math.ceil((width + kernel - 1) / stride);
    this.row = this.#half * stride;
    const plane = this.row * (height + kernel - 1);
    this.block = arena.floats(channels * plane);
    const taps = channels * kernel ** 2;
    this.table = arena.floats(Math.ceil(taps / 4) * 4);
    const table = new Int32Array(
      this.table.values.buffer,
      this.table.values.byteOffset,
      this.table.values.length,
    );
    for (let t = 0; t < Math.min(taps, table.length); t += 1) {
      const [c, dy, dx] = [Math.floor(t / kernel ** 2), Math.floor(t / kernel) % kernel, t % kernel];
      table[t] = (c * plane + dy * this.row + (dx % stride) * this.#half + Math.floor(dx / stride)) * 4;
    }
  }

  /** Copies picture `n` of a batch inside the border. */
  fill(pictures: Float32Array, n: number): void {
    const values = this.block.values;
    const edge = this.#edge;
    const stride = this.#stride;
    const width = this.#width;
    let from = n * this.#channels * this.#height * width;
    for (let c = 0; c < this.#channels; c += 1)
      for (let y = 0; y < this.#height; y += 1) {
        const row = (c * (this.#height + 2 * edge) + y + edge) * this.row;
        if (stride === 1)
          for (let x = 0; x < width; x += 1) values[row + edge + x] = pictures[from + x] as number;
        else
          for (let x = 0; x < width; x += 1)
            values[row + ((x + edge) & 1) * this.#half + ((x + edge) >> 1)] = pictures[from + x] as number;
        from += width;
      }
  }
}

import { expect, it } from 'vitest';
import { Arena } from './arena.ts';
import { Convolution, type ConvolutionShape } from './convolution.ts';
import { Random } from './random.ts';

/** The definition: every filter over every place, zeros outside. */
function plainly(
  input: Float32Array,
  weight: Float32Array,
  taps: number,
  shape: ConvolutionShape,
  f: number,
  y: number,
  x: number,
): number {
  const { channels, height, width, kernel, stride } = shape;
  let sum = 0;
  for (let c = 0; c < channels; c += 1)
    for (let dy = 0; dy < kernel; dy += 1)
      for (let dx = 0; dx < kernel; dx += 1) {
        const sy = y * stride + dy - (kernel - 1) / 2;
        const sx = x * stride + dx - (kernel - 1) / 2;
        if (sy < 0 || sy >= height || sx < 0 || sx >= width) continue;
        sum +=
          (input[(c * height + sy) * width + sx] ?? 0) *
          (weight[f * taps + (c * kernel + dy) * kernel + dx] ?? 0);
      }
  return sum;
}

const shapes: ConvolutionShape[] = [
  { channels: 1, height: 16, width: 16, filters: 8, kernel: 3, stride: 1 },
  { channels: 3, height: 16, width: 32, filters: 4, kernel: 5, stride: 2 },
  { channels: 8, height: 8, width: 8, filters: 12, kernel: 3, stride: 1 },
];

it.each(shapes)('convolves $channels×$height×$width by $filters of $kernel, stride $stride', (shape) => {
  const batch = 2;
  const random = new Random(4);
  const layer = Arena.build((arena) => new Convolution(arena, shape, batch));
  const input = Float32Array.from({ length: batch * shape.channels * shape.height * shape.width }, () =>
    random.normal(),
  );
  const real = shape.channels * shape.kernel ** 2;
  for (let f = 0; f < shape.filters; f += 1)
    for (let t = 0; t < real; t += 1) layer.weight.values[f * layer.taps + t] = random.normal();
  layer.forward(input, batch);
  const { outHeight, outWidth } = layer;
  const size = shape.channels * shape.height * shape.width;
  for (let n = 0; n < batch; n += 1)
    for (let f = 0; f < shape.filters; f += 1)
      for (let y = 0; y < outHeight; y += 3)
        for (let x = 0; x < outWidth; x += 1) {
          const place = ((n * shape.filters + f) * outHeight + y) * outWidth + x;
          const expected = plainly(input.subarray(n * size), layer.weight.values, layer.taps, shape, f, y, x);
          expect(layer.output.values[place]).toBeCloseTo(expected, 3);
        }
});
